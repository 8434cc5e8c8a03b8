"""Parked and waiting events: run again, give up with a reason, let the ones behind them go on."""

from __future__ import annotations

from collections.abc import Sequence

from hq.ingest.apply import handle_again, park, read_entry
from hq.ingest.handlers import Registry
from hq.ingest.model import HOLDS_UP_NOTHING, Entry
from kit.sql import Connection, run

_ENTRIES = (
    "SELECT p.node, n.store, p.inc, p.seq, l.bh, b.recv_at, b.body, p.state, p.reason, p.booked, p.handler_version"
    " FROM parked p JOIN node n ON n.node = p.node"
    " JOIN link l ON l.node = p.node AND l.inc = p.inc AND l.seq = p.seq"
    " JOIN body b ON b.node = p.node AND b.inc = p.inc AND b.seq = p.seq"
    " JOIN inc i ON i.node = p.node AND i.inc = p.inc WHERE p.state IN ('parked', 'waiting')"
)
_ORDER = " ORDER BY i.first_seen_at, i.ordinal, p.node, p.seq"


def open_entries(connection: Connection) -> list[tuple[Entry, str, str, bool, int]]:
    """(entry, state, reason, booked, handler version) of all that is not settled, in the order of their logs."""
    return [
        (
            read_entry(row[0], row[1], row[2], row[3], bytes(row[4]), row[5], bytes(row[6])),
            row[7], row[8], bool(row[9]), int(row[10]),
        )
        for row in run(connection, _ENTRIES + _ORDER)
    ]  # fmt: skip


def retry_improved(connection: Connection, registry: Registry, now: int) -> int:
    """Run every parked event whose handler is newer than the one that failed; returns how many were settled."""
    wanted = [
        entry
        for entry, state, _, booked, version in open_entries(connection)
        if state == "parked" and booked and entry.event is not None
        and entry.event.type in registry and registry[entry.event.type].version > version
    ]  # fmt: skip
    return retry(connection, wanted, registry, now)


def retry(connection: Connection, entries: Sequence[Entry], registry: Registry, now: int) -> int:
    """Run handlers again for parked events; what then has nothing before it any more goes on."""
    settled = 0
    for entry in entries:
        settled += _run(connection, entry, registry, now)
    return settled + release(connection, registry, now)


def release(connection: Connection, registry: Registry, now: int) -> int:
    """Let waiting events go on that no earlier open event blocks, in the order of their logs."""
    blocked: set[str] = set()
    settled = 0
    for entry, state, reason, _, _ in open_entries(connection):
        free = state == "waiting" and not blocked.intersection(entry.keys)
        if free and _run(connection, entry, registry, now):
            settled += 1
            continue
        if reason not in HOLDS_UP_NOTHING:
            blocked.update(entry.keys)
    return settled


def _run(connection: Connection, entry: Entry, registry: Registry, now: int) -> bool:
    verdict = handle_again(connection, entry, registry)
    if verdict.open:
        park(connection, [verdict], now)
        return False
    settle(connection, entry, "handled", by="", note="", now=now)
    return True


def settle(connection: Connection, entry: Entry, state: str, *, by: str, note: str, now: int) -> None:
    """No longer open; its documents are free as far as this event is concerned."""
    facts = {
        "node": entry.node, "inc": entry.inc, "seq": entry.seq, "state": state, "by": by, "note": note, "now": now,
    }  # fmt: skip
    run(
        connection,
        "UPDATE parked SET state = :state, settled_at = :now, settled_by = :by, note = :note"
        " WHERE node = :node AND inc = :inc AND seq = :seq",
        facts,
    )
    run(connection, "DELETE FROM parked_key WHERE node = :node AND inc = :inc AND seq = :seq", facts)


def reopen(connection: Connection, entry: Entry) -> None:
    """Settled for want of trust, and trusted again: it is open as it was."""
    facts = {"node": entry.node, "inc": entry.inc, "seq": entry.seq}
    run(
        connection,
        "UPDATE parked SET state = 'parked', settled_at = NULL, settled_by = NULL, note = ''"
        " WHERE node = :node AND inc = :inc AND seq = :seq",
        facts,
    )
