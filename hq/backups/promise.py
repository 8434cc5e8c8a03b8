"""`durable`: up to where a store may delete, because HQ can restore it (SYNC §4).

The points come out of the drilled backups, never out of the live database. HQ promises to restore any of the kept
ones, so a point is the lowest that all of them contain; with fewer than three nothing is promised. `durable.json`
remembers the highest point that was ever promised: a store may have acted on it, whatever HQ promises today. Beside
it stands what a person has accepted as lost, so that nobody is asked for the same events again; it falls as far as
they are promised anew, because then HQ had them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hq.backups import queries, repository
from hq.backups.model import KEPT_MIN, VERIFIED, Head, Range
from kit import beside
from kit.sql import Connection

FILE = "durable.json"
NOTHING: dict[str, list[Any]] = {"logs": []}


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
    """Raise the remembered points; they never fall. What is promised is not lost."""
    known = {(node, inc): (seq, hash_) for node, inc, seq, hash_ in ever(home)}
    told = {(node, inc): (seq, hash_) for node, inc, seq, hash_ in heads}
    higher = {log: point for log, point in told.items() if point[0] > known.get(log, (0, ""))[0]}
    has = {log: seq for log, (seq, _) in told.items()}
    _write(
        home, [(*log, *point) for log, point in sorted((known | higher).items())], _after(has, accepted(home))
    )


def ever(home: Path) -> list[Head]:
    """The highest points that were ever promised."""
    return [
        (node, inc, int(seq), hash_) for node, inc, seq, hash_ in beside.read(home / FILE, NOTHING)["logs"]
    ]


def accepted(home: Path) -> list[Range]:
    """What HQ lacks of it because a person said so, and was never promised again; at most one range of a log."""
    found = beside.read(home / FILE, NOTHING).get("accepted", [])
    return [Range(node, inc, int(first), int(last)) for node, inc, first, last in found]


def accept(home: Path, lacking: list[Range]) -> None:
    """A restored headquarters lacks this of what was ever promised, and nothing else."""
    _write(home, ever(home), lacking)


def _write(home: Path, logs: list[Head], gone: list[Range]) -> None:
    if (logs, gone) != (ever(home), accepted(home)):
        facts: dict[str, list[Any]] = {"logs": logs}
        if gone:
            facts["accepted"] = [[one.node, one.inc, one.first, one.last] for one in gone]
        beside.write(home / FILE, facts)


def lost(promised: list[Head], heads: Iterable[Head]) -> list[Range]:
    """What an image lacks of what was promised: stores may have deleted it."""
    wanted = [Range(node, inc, 1, seq) for node, inc, seq, _ in sorted(promised)]
    return _after({(node, inc): seq for node, inc, seq, _ in heads}, wanted)


def unaccepted(lacking: list[Range], known: list[Range]) -> list[Range]:
    """What is lost and was not accepted yet: it lies before or behind what was."""
    holes, found = {(one.node, one.inc): one for one in known}, []
    for one in lacking:
        hole = holes.get((one.node, one.inc))
        if hole is None:
            found.append(one)
        else:
            found.append(replace(one, last=min(one.last, hole.first - 1)))
            found.append(replace(one, first=max(one.first, hole.last + 1)))
    return [one for one in found if one.first <= one.last]


def _after(has: dict[tuple[str, str], int], ranges: list[Range]) -> list[Range]:
    """Those parts of the ranges that lie behind what a log has."""
    cut = [replace(one, first=max(one.first, has.get((one.node, one.inc), 0) + 1)) for one in ranges]
    return [one for one in cut if one.first <= one.last]
