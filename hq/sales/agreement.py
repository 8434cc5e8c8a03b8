"""Do stores and HQ have the same past days? Every hour, without anybody's opening the page of the proof.

A lag is no disagreement. A day is compared when the store told of it after it was over, has nothing left to send, and
HQ has booked all that came. Then the same two counts must differ in two tellings, at two looks. That is an alarm,
which ends when both agree; one that a person has closed comes again only with other counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from hq.ingest import alarms
from hq.sales import queries
from hq.sales.model import shifted
from hq.settings.queries import chain
from kit.sql import Connection, Row, SqlDatabase, run
from retail.agreement import DayDigest, DayReceipt, day_digest, from_text
from retail.civil import business_day
from retail.errors import Invalid

if TYPE_CHECKING:
    from hq.running import Running

CODE = "day.differs"
DAYS = 14
"""No older day is compared: a store may tell any."""
SUSPECTS = "day_differs:"
"""In `hq_meta`, for each store: day → [when it was told, the two counts] of the last look."""

Suspects = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Told:
    """What the newest computer of a store has told of its days, and when."""

    store: str
    at: int
    days: dict[str, DayDigest]


def hq_digest(db: SqlDatabase, store: str, day: str, *, marks: bool = True) -> DayDigest:
    """HQ's own count of a store's day."""
    rows = queries.day_receipts(db, store, day)
    receipts = [
        DayReceipt(r.terminal, r.series, r.n, r.kind, r.payable_minor, r.pieces, bytes(r.bh)) for r in rows
    ]
    return day_digest(day, receipts, marks=marks)


def compare(hq: Running) -> None:
    """Look at every store, one after the other."""
    with hq.db.read() as connection:
        open_ones = set(alarms.open_of(connection, CODE))
    tellings = queries.newest_tellings(hq.db)
    day_turn = chain(hq.db).day_turn if tellings else ""
    for row in tellings:
        told = _told(hq.db, row, day_turn)
        if told is not None:
            _compare(hq, told, open_ones)


def _told(db: SqlDatabase, row: Row, day_turn: str) -> Told | None:
    """The days that are over; None while something is on its way, or waits to be booked."""
    said: dict[str, Any] = msgspec.json.decode(queries.telling(db, row.node, row.inc))
    if said.get("unsent") != 0 or queries.is_behind(db, row.node):
        return None
    today = business_day(row.at, row.time_zone, day_turn)
    known = {f"day:{shifted(today, -back)}" for back in range(1, DAYS + 1)}
    facts = {name: text for name, text in (said.get("facts") or {}).items() if name in known}
    return Told(row.store, row.at, {digest.day: digest for digest in _digests(facts)})


def _digests(facts: dict[str, Any]) -> Iterator[DayDigest]:
    for name, text in facts.items():
        try:
            digest = from_text(str(text))
        except Invalid:
            continue
        if name == f"day:{digest.day}":
            yield digest


def _compare(hq: Running, told: Told, open_ones: set[str]) -> None:
    differing: Suspects = {}
    for day, theirs in told.days.items():
        ours = hq_digest(hq.db, told.store, day, marks=False)
        if not theirs.agrees(ours):
            differing[day] = (told.at, f"{theirs.hash} {ours.hash}")
    before = _suspects(hq.db, told.store)
    ended = [day for day in told.days if day not in differing and _id(told.store, day) in open_ones]
    ended += _come_right(hq.db, told, open_ones)
    if not differing and not before and not ended:
        return
    now = hq.clock.now_ms()
    with hq.db.write() as connection:
        for day, (at, counts) in differing.items():
            known = before.get(day)
            if known is not None and known[1] == counts and known[0] < at:
                _raise(connection, told.store, day, counts, now)
        for day in ended:
            alarms.close(connection, _id(told.store, day), by="", note="", now_ms=now)
        _keep(connection, told.store, differing)


def _come_right(db: SqlDatabase, told: Told, open_ones: set[str]) -> Iterator[str]:
    """Days with an alarm that the store tells no more, of which HQ has now what the store had counted."""
    start = _id(told.store, "")
    for day in sorted(id_.removeprefix(start) for id_ in open_ones if id_.startswith(start)):
        if day not in told.days:
            with db.read() as connection:
                theirs = str(alarms.last_facts(connection, start + day).get("counts", "")).partition(" ")[0]
            if theirs == hq_digest(db, told.store, day, marks=False).hash:
                yield day


def _raise(connection: Connection, store: str, day: str, counts: str, now_ms: int) -> None:
    id_ = _id(store, day)
    if alarms.closed_by(connection, id_) and alarms.last_facts(connection, id_).get("counts") == counts:
        return
    facts = {"day": day, "counts": counts}
    alarms.alarm(connection, store=store, code=CODE, subject=f"{store}/{day}", now_ms=now_ms, facts=facts)
    alarms.tell_anew(connection, id_, facts)


def _id(store: str, day: str) -> str:
    return f"{CODE}|{store}/{day}"


def _suspects(db: SqlDatabase, store: str) -> Suspects:
    text = db.value("SELECT value FROM hq_meta WHERE name = :name", {"name": SUSPECTS + store})
    return msgspec.json.decode(text, type=Suspects) if text else {}


def _keep(connection: Connection, store: str, suspects: Suspects) -> None:
    facts = {"name": SUSPECTS + store, "value": msgspec.json.encode(suspects).decode()}
    run(connection, "DELETE FROM hq_meta WHERE name = :name", facts)
    if suspects:
        run(connection, "INSERT INTO hq_meta (name, value) VALUES (:name, :value)", facts)
