"""Parked and waiting events: run again, give up with a reason, let the ones behind them go on.

A store may have told gigabytes that nobody can read, so what is open is looked at by its place; a body is read when
its event is run, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from hq.ingest.alarms import close
from hq.ingest.apply import apply, handle_again, park, read_entry
from hq.ingest.handlers import Registry
from hq.ingest.model import HOLDS_UP_NOTHING, Entry
from hq.ingest.numbers import name_copies
from kit.sql import Connection, Row, run

Place = tuple[str, str, int]
_OPEN = (
    "SELECT p.node, p.inc, p.seq, p.state, p.reason, p.booked, p.type, p.handler_version"
    " FROM parked p JOIN inc i ON i.node = p.node AND i.inc = p.inc WHERE p.state IN ('parked', 'waiting')"
)
_ORDER = " ORDER BY i.first_seen_at, i.ordinal, p.node, p.seq"
_ENTRY = (
    "SELECT n.store, l.bh, b.recv_at, b.body FROM node n"
    " JOIN link l ON l.node = n.node AND l.inc = :inc AND l.seq = :seq"
    " JOIN body b ON b.node = n.node AND b.inc = :inc AND b.seq = :seq WHERE n.node = :node"
)
_KINDS = "SELECT DISTINCT type, handler_version FROM parked WHERE state = 'parked'"
_KEYS = (
    "SELECT p.node, p.inc, p.seq, p.state, k.agg FROM parked p"
    " JOIN inc i ON i.node = p.node AND i.inc = p.inc"
    " LEFT JOIN parked_key k ON k.node = p.node AND k.inc = p.inc AND k.seq = p.seq"
    " WHERE p.state IN ('parked', 'waiting')"
)


class Open(NamedTuple):
    """An event that is not settled, without its body."""

    node: str
    inc: str
    seq: int
    state: str
    reason: str
    booked: bool
    type: str
    version: int

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.node, self.inc, self.seq


def open_ones(connection: Connection, reason: str = "") -> Iterator[Open]:
    """All that is not settled, or what is so for this reason, in the order of their logs."""
    only = " AND p.reason = :reason" if reason else ""
    for row in run(connection, _OPEN + only + _ORDER, {"reason": reason} if reason else {}):
        yield _open(row)


def open_at(connection: Connection, place: Place) -> Open | None:
    """What is not settled at this place."""
    of_one = " AND p.node = :node AND p.inc = :inc AND p.seq = :seq"
    row = run(connection, _OPEN + of_one, _facts(place)).first()
    return None if row is None else _open(row)


def _open(row: Row) -> Open:
    return Open(row[0], row[1], int(row[2]), row[3], row[4], bool(row[5]), row[6], int(row[7]))


def entry_at(connection: Connection, place: Place) -> Entry:
    """The event that stands there, as stage 2 meets it."""
    row = run(connection, _ENTRY, _facts(place)).one()
    node, inc, seq = place
    return read_entry(node, row[0], inc, seq, bytes(row[1]), row[2], bytes(row[3]))


def retry_improved(connection: Connection, registry: Registry, now: int) -> int:
    """Run every parked event whose handler is newer than the one that met it; returns how many were settled."""
    kinds = {
        (type_, version)
        for type_, version in run(connection, _KINDS)
        if type_ in registry and registry[type_].version > version
    }
    improved = [
        one
        for one in (open_ones(connection) if kinds else ())
        if one.state == "parked" and (one.type, one.version) in kinds and one.reason not in HOLDS_UP_NOTHING
    ]
    return retry(connection, improved, registry, now)


def retry(connection: Connection, parked: Sequence[Open], registry: Registry, now: int) -> int:
    """Run parked events again; what then has nothing before it any more goes on. Returns how many were settled.

    What booked nothing when it came is taken as if it came now: this program may allow what the one before refused.
    """
    settled = 0
    for one in parked:
        settled += (
            _run(connection, one.place, registry, now)
            if one.booked
            else _take(connection, one, registry, now)
        )
    return settled + release(connection, registry, now)


def release(connection: Connection, registry: Registry, now: int) -> int:
    """Let waiting events go on that no earlier open event blocks, in the order of their logs."""
    blocked: set[str] = set()
    settled = 0
    # All are read before anything is written; a body is read when it is run.
    rows = run(connection, _KEYS + _ORDER).all()
    for place, of_one in groupby(rows, lambda row: (row[0], row[1], int(row[2]))):
        held = list(of_one)
        keys = {row[4] for row in held if row[4] is not None}
        free = held[0][3] == "waiting" and not blocked.intersection(keys)
        if free and _run(connection, place, registry, now):
            settled += 1
            continue
        blocked |= keys
    return settled


def _run(connection: Connection, place: Place, registry: Registry, now: int) -> bool:
    verdict = handle_again(connection, entry_at(connection, place), registry)
    if verdict.open:
        park(connection, [verdict], now)
        return False
    name_copies(connection, [verdict], now)
    settle(connection, place, "handled", by="", note="", now=now)
    return True


def _take(connection: Connection, one: Open, registry: Registry, now: int) -> bool:
    """It holds nothing up while it is looked at; what it blocks afterwards is said anew when it is parked again."""
    _free_keys(connection, one.place)
    verdicts = apply(connection, [entry_at(connection, one.place)], registry, now)
    if not verdicts:
        return False  # of a branch that nobody trusts any more, and settled when that is carried out
    (verdict,) = verdicts
    name_copies(connection, verdicts, now)
    if verdict.books or not verdict.open:
        subject = "/".join(map(str, one.place))
        close(connection, f"event.{one.reason}|{subject}", by="", note="", now_ms=now)
    if verdict.open:
        return False
    facts = _facts(one.place) | {"booked": int(verdict.books)}
    run(
        connection,
        "UPDATE parked SET booked = :booked WHERE node = :node AND inc = :inc AND seq = :seq",
        facts,
    )
    settle(connection, one.place, "handled", by="", note="", now=now)
    return True


def settle(connection: Connection, place: Place, state: str, *, by: str, note: str, now: int) -> None:
    """No longer open; its documents are free as far as this event is concerned."""
    run(
        connection,
        "UPDATE parked SET state = :state, settled_at = :now, settled_by = :by, note = :note"
        " WHERE node = :node AND inc = :inc AND seq = :seq",
        _facts(place) | {"state": state, "by": by, "note": note, "now": now},
    )
    _free_keys(connection, place)


def reopen(connection: Connection, place: Place) -> None:
    """Settled for want of trust, and trusted again: it is open as it was."""
    run(
        connection,
        "UPDATE parked SET state = 'parked', settled_at = NULL, settled_by = NULL, note = ''"
        " WHERE node = :node AND inc = :inc AND seq = :seq",
        _facts(place),
    )


def _free_keys(connection: Connection, place: Place) -> None:
    run(
        connection,
        "DELETE FROM parked_key WHERE node = :node AND inc = :inc AND seq = :seq",
        _facts(place),
    )


def _facts(place: Place) -> dict[str, Any]:
    return dict(zip(("node", "inc", "seq"), place, strict=True))
