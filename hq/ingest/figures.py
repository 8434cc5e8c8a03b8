"""Figures out of bounds: a store that lies about itself is booked in its own books, and a person is told (SC-14).

A store may sell what it wants, so nothing is refused. But a negative amount, ten thousand pieces of a thing in one
line, a day that has not come yet and a cashier whom nobody ever sent there are no trade: each raises one alarm a store,
open until somebody has looked. What happens to honest stores raises none: returns (their amounts are positive), months
without a line, a computer whose clock leapt and was corrected, people who have moved to another store since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from hq.ingest.alarms import alarm, open_of
from hq.ingest.handlers.statements import columns
from hq.ingest.model import Entry, Verdict
from hq.ingest.rules import HQ_NODE
from kit.sql import Connection, insert, run
from retail.civil import store_local

if TYPE_CHECKING:
    from hq.config import HqConfig
    from hq.running import Running

DAY_MS = 86_400_000
YEAR_9999_MS = 253_370_764_800_000
DATE = "figures.date"
NOT_LOOKED_AT = (
    "SELECT id, day FROM sale s WHERE store = :store AND (day > :last OR (day <> '' AND day < :first))"
    " AND NOT EXISTS (SELECT 1 FROM sale_looked_at l WHERE l.store = s.store AND l.id = s.id) ORDER BY day, id"
)
GOODS_IN_TIMES = 100
"""A delivery brings more than a basket takes out: so many times the pieces of a line."""
_ID = columns("sale")["id"]  # the second of every row
_STAFF, _QUANTITY, _LINES = (
    columns("sale")["staff"],
    columns("sale_line")["quantity"],
    columns("stock_document")["lines"],
)
_AMOUNTS = {
    name: tuple(columns(name)[column] for column in amounts)
    for name, amounts in {
        "sale": ("gross_minor", "total_minor", "payable_minor"),
        "sale_line": ("unit_price_minor", "gross_minor", "discount_minor", "total_minor"),
        "cash_move": ("amount_minor",),
    }.items()
}


class Alarm(NamedTuple):
    """Which bound, in which event, and the figure."""

    code: str
    event: str
    figure: str | int


def flag(connection: Connection, config: HqConfig, verdicts: Iterable[Verdict], now: int) -> None:
    """Look at what was handled just now, of one origin; one alarm a store and kind."""
    found: dict[str, Alarm] = {}
    store, staff = "", {}
    for verdict in verdicts:
        if verdict.entry.node == HQ_NODE:
            return
        store = verdict.entry.store
        for one in _dated(verdict.entry):
            found.setdefault(one.code, one)
        for name, values in verdict.rows:
            for one in _looked_at(name, values, config):
                found.setdefault(one.code, one)
            if name == "sale":
                staff[values[_STAFF]] = values[_ID]
    for number in _strangers(connection, store, set(staff)):
        found.setdefault("figures.cashier", Alarm("figures.cashier", staff[number], number))
    _tell(connection, store, found.values(), now)


def _looked_at(name: str, values: tuple[Any, ...], config: HqConfig) -> Iterator[Alarm]:
    most, pieces = config.figures_amount_max_minor, config.figures_pieces_max * 1000
    for at in _AMOUNTS.get(name, ()):
        if not 0 <= values[at] <= most:
            yield Alarm("figures.amount", values[_ID], values[at])
    if name == "sale_line" and not 0 < values[_QUANTITY] <= pieces:
        yield Alarm("figures.quantity", values[_ID], values[_QUANTITY])
    if name == "stock_document":
        for line in json.loads(values[_LINES]):
            if not 0 < line["quantity"] <= pieces * GOODS_IN_TIMES:
                yield Alarm("figures.quantity", values[_ID], line["quantity"])


def _strangers(connection: Connection, store: str, numbers: set[str]) -> list[str]:
    """Those whom HQ never sent to this store. A store for which HQ has named nobody is not judged."""
    if not numbers:
        return []
    facts = {"store": store}
    here = {row[0] for row in run(connection, "SELECT number FROM staff_store WHERE store = :store", facts)}
    return (
        [] if not here else [one for one in sorted(numbers - here) if not _was_here(connection, one, store)]
    )


def _was_here(connection: Connection, number: str, store: str) -> bool:
    """Does the audit trail know this person in this store? Who moved yesterday sold here the day before."""
    rows = run(
        connection, "SELECT facts FROM audit_entry WHERE subject = :subject", {"subject": f"staff:{number}"}
    )
    for row in rows:
        said = json.loads(row[0])
        if any(store in (said.get(side) or {}).get("stores", ()) for side in ("before", "after")):
            return True
    return False


# -- dates -------------------------------------------------------------------------------------------------


def _dated(entry: Entry) -> Iterator[Alarm]:
    """A moment that no calendar has, of whatever happened then: its business date may be a good one."""
    event = entry.event
    if event is not None and event.at >= YEAR_9999_MS:
        yield Alarm(DATE, event.id, store_local(event.at, "UTC")[:10])


class Bounds(NamedTuple):
    """The days between which a store may have sold, `YYYY-MM-DD`, and how far its clock may be off."""

    first: str
    last: str
    time_zone: str
    slack_ms: int

    def explained_by(self, day: str, before: int, after: int) -> bool:
        """Did a clock that stood at `before`, until it was put right to `after`, write this impossible day?"""
        stood = store_local(before, self.time_zone)[:10]
        reached = day <= store_local(before + self.slack_ms, self.time_zone)[:10]
        return reached and (after < before if day > self.last else stood < self.first and after > before)


def flag_dates(hq: Running) -> None:
    """Sales of days that have not come, or before the store had a computer, where no corrected clock explains it.

    While an alarm is open its store is left alone; what the alarm was about raises none again when it is closed.
    """
    now, slack = hq.clock.now_ms(), hq.config.figures_days_ahead * DAY_MS
    with hq.db.write(durable=False) as connection:
        stores = run(
            connection,
            "SELECT s.code, s.time_zone, min(k.enrolled_at) AS since FROM store s JOIN node n ON n.store = s.code"
            " JOIN node_key k ON k.node = n.node GROUP BY s.code, s.time_zone",
        )
        open_ones = set(open_of(connection, DATE))
        for row in list(stores):
            if f"{DATE}|{row.code}" in open_ones:
                continue
            first, last = (store_local(at, row.time_zone)[:10] for at in (row.since - slack, now + slack))
            _flag_days(connection, row.code, Bounds(first, last, row.time_zone, slack), now)


def _flag_days(connection: Connection, store: str, bounds: Bounds, now: int) -> None:
    sales = run(connection, NOT_LOOKED_AT, {"store": store, "first": bounds.first, "last": bounds.last}).all()
    if not sales:
        return
    leaps = _leaps(connection, store)
    odd = [sale for sale in sales if not any(bounds.explained_by(sale.day, *leap) for leap in leaps)]
    if odd:
        worst = odd[-1] if odd[-1].day > bounds.last else odd[0]
        facts = {"event": worst.id, "figure": worst.day, "sales": len(odd)}
        alarm(connection, store=store, code=DATE, subject=store, now_ms=now, facts=facts)
    insert(connection, "sale_looked_at", "store, id", [(store, sale.id) for sale in sales])


def _leaps(connection: Connection, store: str) -> list[tuple[int, int]]:
    """Where the store's clock stood, as it says itself, and where it was put; what no calendar has is left out."""
    rows = run(
        connection, "SELECT facts FROM till_note WHERE store = :store AND kind = 'clock'", {"store": store}
    )
    said = [json.loads(row[0]) for row in rows]
    return [(one["before"], one["after"]) for one in said if 0 <= one["before"] < YEAR_9999_MS]


def _tell(connection: Connection, store: str, found: Iterable[Alarm], now: int) -> None:
    for one in found:
        facts = {"event": one.event, "figure": one.figure}
        alarm(connection, store=store, code=one.code, subject=store, now_ms=now, facts=facts)
