"""`durable`: up to where a store may delete, because HQ can restore it (SYNC §4).

The points come out of the drilled backups, never out of the live database. HQ promises to restore any of the kept
ones, so a point is the lowest that all of them contain; with fewer than three nothing is promised. `durable.json`
remembers the highest point that was ever promised: a store may have acted on it, whatever HQ promises today.
"""

from __future__ import annotations

from pathlib import Path

from hq.backups import queries, repository
from hq.backups.model import KEPT_MIN, VERIFIED, Head, Range
from kit import beside
from kit.sql import Connection

FILE = "durable.json"


def renew(connection: Connection, home: Path, epoch: str, now_ms: int) -> int:
    """Promise what all kept backups contain; returns how many logs have a point. The file is written first."""
    kept = [queries.heads_of(connection, row.id) for row in queries.in_state(connection, VERIFIED)]
    found = common(kept) if len(kept) >= KEPT_MIN else {}
    note(home, [(node, inc, seq, hash_.hex()) for (node, inc), (seq, hash_) in found.items()])
    repository.promise(connection, found, epoch, now_ms)
    return len(found)


def common(kept: list[dict[tuple[str, str], tuple[int, bytes]]]) -> dict[tuple[str, str], tuple[int, bytes]]:
    """The lowest head of each log that every backup has."""
    logs = set.intersection(*(set(heads) for heads in kept)) if kept else set()
    return {log: min(heads[log] for heads in kept) for log in logs}


def note(home: Path, heads: list[Head]) -> None:
    """Raise the remembered points; they never fall."""
    facts = beside.read(home / FILE, {"logs": []})
    known = {(node, inc): (int(seq), hash_) for node, inc, seq, hash_ in facts["logs"]}
    higher = {(n, i): (seq, h) for n, i, seq, h in heads if seq > known.get((n, i), (0, ""))[0]}
    if higher:
        logs = [[*log, *point] for log, point in sorted((known | higher).items())]
        beside.write(home / FILE, {"logs": logs})


def ever(home: Path) -> list[Head]:
    """The highest points that were ever promised."""
    facts = beside.read(home / FILE, {"logs": []})
    return [(node, inc, int(seq), hash_) for node, inc, seq, hash_ in facts["logs"]]


def lost(promised: list[Head], heads: list[Head]) -> list[Range]:
    """What an image lacks of what was promised: stores may have deleted it."""
    have = {(node, inc): seq for node, inc, seq, _ in heads}
    return [
        Range(node, inc, have.get((node, inc), 0) + 1, seq)
        for node, inc, seq, _ in sorted(promised)
        if seq > have.get((node, inc), 0)
    ]
