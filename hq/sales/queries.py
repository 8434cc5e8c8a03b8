"""Reading sales. Money is net: sales less returns; a column adds up to the row that was chosen before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from hq.sales.model import LATE_MS, StoreState, is_day
from hq.settings.queries import chain
from hq.statements import sum_of
from kit.sql import Row, SqlDatabase
from retail.civil import business_day
from schemas.events.base import INTEGER_MAX


def _net(column: str) -> str:
    """A column of sales less that of returns; `s` is the receipt."""
    return sum_of(f"CASE WHEN s.kind = 'sale' THEN {column} ELSE -{column} END")


_AMOUNTS = {
    "returns_minor": sum_of("CASE WHEN s.kind = 'return' THEN s.payable_minor ELSE 0 END"),
    "sales_minor": sum_of("CASE WHEN s.kind = 'sale' THEN s.payable_minor ELSE 0 END"),
    "pieces": _net("s.pieces"),
    "rounding_minor": _net("s.rounding_minor"),
}
SUMS = (
    "count(*) AS receipts, coalesce(sum(CASE WHEN s.kind = 'return' THEN 1 ELSE 0 END), 0) AS returns, "
    + ", ".join(f"coalesce({amount}, 0) AS {name}" for name, amount in _AMOUNTS.items())
)

AFTER_ALL_DAYS = "9999-12-32"
NO_DAYS_MAX = 31
"""So many texts that are no dates are passed over one by one: a store may tell any number of them."""

# A receipt behind the end of a branch that is trusted (SYNC §10, I5) is shown and counts in no sum.
UNTRUSTED = (
    "EXISTS (SELECT 1 FROM trusted_branch b WHERE b.node = s.node AND b.inc = s.inc AND s.seq > b.seq)"
)


@dataclass(frozen=True)
class ClosedAgain:
    """A further Z of a shift, named like the columns of the shift itself."""

    terminal: str
    closed_at: int
    z_number: int
    expected_minor: int
    counted_minor: int
    difference_minor: int
    state: str = "again"


@dataclass(frozen=True)
class Sums:
    """The sums of some receipts."""

    net_minor: int = 0
    receipts: int = 0
    returns: int = 0
    returns_minor: int = 0
    sales_minor: int = 0
    pieces: int = 0
    rounding_minor: int = 0

    @classmethod
    def of(cls, row: Row) -> Sums:
        """From a row with the columns of `SUMS`."""
        told = {name: int(getattr(row, name)) for name in ("receipts", "returns", *_AMOUNTS)}
        net = told["sales_minor"] - told["returns_minor"]
        return cls(net_minor=max(-INTEGER_MAX, min(net, INTEGER_MAX)), **told)

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, n) + getattr(other, n) for n in Sums.__dataclass_fields__))


def store_states(db: SqlDatabase, seen: frozenset[str] | None, now_ms: int) -> list[StoreState]:
    """Every store with its business day now and the age of HQ's knowledge."""
    day_turn = chain(db).day_turn
    rows = db.rows(
        "SELECT s.code, s.name, s.zone, s.time_zone, n.node, c.hello_at, c.push_at,"
        " (SELECT max(t.at) FROM telemetry t WHERE t.node = n.node) AS told_at,"
        " (SELECT max(k.at) FROM scope_cursor k WHERE k.node = n.node) AS asked_at,"
        " (SELECT t.facts FROM telemetry t WHERE t.node = n.node ORDER BY t.at DESC LIMIT 1) AS facts"
        " FROM store s LEFT JOIN node n ON n.store = s.code LEFT JOIN contact c ON c.node = n.node"
        " WHERE s.open = 1 ORDER BY s.code"
    )
    found = []
    for row in rows:
        if seen is not None and row.code not in seen:
            continue
        heard = max((at for at in (row.hello_at, row.push_at, row.told_at, row.asked_at) if at), default=None)
        facts = msgspec.json.decode(row.facts) if row.facts else {}
        late = row.node is not None and (heard is None or now_ms - heard > LATE_MS)
        found.append(
            StoreState(
                row.code, row.name, row.zone, row.time_zone, row.node is not None, heard, facts.get("unsent"),
                business_day(now_ms, row.time_zone, day_turn), late,
            )
        )  # fmt: skip
    return found


def sums_by_store(db: SqlDatabase, day: str) -> dict[str, Sums]:
    """The day of every store that sold. Store by store, as `store` leads every index: without it all years are read."""
    rows = db.rows(
        f"SELECT s.store, {SUMS} FROM sale s WHERE s.store IN (SELECT code FROM store) AND s.day = :d"
        f" AND NOT {UNTRUSTED} GROUP BY s.store",
        {"d": day},
    )
    return {row.store: Sums.of(row) for row in rows}


def sums_by_terminal(db: SqlDatabase, store: str, day: str) -> list[tuple[str, Sums]]:
    """The terminals of a store's day."""
    rows = db.rows(
        f"SELECT s.terminal, {SUMS} FROM sale s WHERE s.store = :s AND s.day = :d AND NOT {UNTRUSTED}"
        " GROUP BY s.terminal ORDER BY s.terminal",
        {"s": store, "d": day},
    )
    return [(row.terminal, Sums.of(row)) for row in rows]


def receipts(db: SqlDatabase, store: str, day: str, terminal: str = "") -> list[Row]:
    """The receipts of a store's day, newest first, with their tenders."""
    return db.rows(
        "SELECT s.id, s.kind, s.number, s.series, s.n, s.terminal, s.at, s.payable_minor, s.pieces, s.staff, s.bh,"
        f" {UNTRUSTED} AS untrusted,"
        " (SELECT count(*) FROM sale_tender t WHERE t.store = s.store AND t.id = s.id) AS tenders,"
        " (SELECT min(t.kind) FROM sale_tender t WHERE t.store = s.store AND t.id = s.id) AS tender"
        " FROM sale s WHERE s.store = :s AND s.day = :d AND (:t = '' OR s.terminal = :t) ORDER BY s.at DESC, s.n DESC",
        {"s": store, "d": day, "t": terminal},
    )


def by_hour(db: SqlDatabase, stores: dict[str, str]) -> dict[int, int]:
    """Net amount by UTC hour, for some stores with a business day each."""
    found: dict[int, int] = {}
    for store, day in stores.items():
        rows = db.rows(
            f"SELECT s.at / 3600000 AS hour, {_net('s.payable_minor')} AS net FROM sale s"
            f" WHERE s.store = :s AND s.day = :d AND NOT {UNTRUSTED} GROUP BY s.at / 3600000",
            {"s": store, "d": day},
        )
        for row in rows:
            found[int(row.hour)] = found.get(int(row.hour), 0) + int(row.net)
    return found


def newest_day(db: SqlDatabase, store: str) -> str | None:
    """The newest business day of a store's sales, of those that are dates; None after `NO_DAYS_MAX` that are none."""
    sql = "SELECT day FROM sale WHERE store = :s AND day <> '' AND day < :below ORDER BY day DESC LIMIT 1"
    day = AFTER_ALL_DAYS
    for _ in range(NO_DAYS_MAX):
        day = str(db.value(sql, {"s": store, "below": day}, ""))
        if not day or is_day(day):
            return day or None
    return None


# -- one receipt -------------------------------------------------------------------------------------------


def receipt(db: SqlDatabase, store: str, event_id: str) -> Row | None:
    """The projection of one sale or return."""
    return db.row(
        f"SELECT s.*, {UNTRUSTED} AS untrusted, f.name AS staff_name FROM sale s"
        " LEFT JOIN staff f ON f.number = s.staff"
        " WHERE s.store = :s AND s.id = :id",
        {"s": store, "id": event_id},
    )


def by_number(db: SqlDatabase, number: str) -> list[Row]:
    """Receipts that carry a printed number: two of them are a sign of a clone."""
    return db.rows("SELECT store, id, day, terminal FROM sale WHERE number = :n ORDER BY at", {"n": number})


def lines(db: SqlDatabase, store: str, event_id: str) -> list[Row]:
    """The lines of a receipt."""
    return db.rows(
        "SELECT line, sku, code, name, quantity, unit, unit_price_minor, gross_minor, discount_minor, total_minor,"
        " tax_minor, price_ref FROM sale_line WHERE store = :s AND id = :id ORDER BY line",
        {"s": store, "id": event_id},
    )


def tenders(db: SqlDatabase, store: str, event_id: str) -> list[Row]:
    """How a receipt was paid."""
    return db.rows(
        "SELECT kind, amount_minor, given_minor, change_minor, approval FROM sale_tender"
        " WHERE store = :s AND id = :id ORDER BY n",
        {"s": store, "id": event_id},
    )


def postings(db: SqlDatabase, event_id: str) -> list[Row]:
    """What the event booked."""
    return db.rows(
        "SELECT account, commodity, quantity FROM posting WHERE id = :id ORDER BY store, n", {"id": event_id}
    )


def link(db: SqlDatabase, node: str, inc: str, seq: int) -> Row | None:
    """One link of a log with its body."""
    return db.row(
        "SELECT l.seq, l.prev, l.bh, l.hash, b.body, b.recv_at FROM link l LEFT JOIN body b ON b.node = l.node"
        " AND b.inc = l.inc AND b.seq = l.seq WHERE l.node = :n AND l.inc = :i AND l.seq = :q",
        {"n": node, "i": inc, "q": seq},
    )


def inc(db: SqlDatabase, node: str, inc_name: str) -> Row | None:
    """An incarnation with HQ's newest signed receipt for it."""
    return db.row(
        "SELECT i.ordinal, i.record, i.public_key, r.seq AS receipted, r.at AS receipted_at FROM inc i"
        " LEFT JOIN receipt r ON r.node = i.node AND r.inc = i.inc WHERE i.node = :n AND i.inc = :i",
        {"n": node, "i": inc_name},
    )


def handled(db: SqlDatabase, event_id: str) -> tuple[int, int]:
    """(times booked, times handled): both must be one."""
    booked = int(db.value("SELECT count(*) FROM event_seen WHERE id = :id", {"id": event_id}))
    rows = int(db.value("SELECT count(*) FROM sale WHERE id = :id", {"id": event_id}))
    return booked, rows


def numbers(db: SqlDatabase, store: str, terminal: str, series: str) -> Row | None:
    """First, last and count of the numbers of a series at one terminal."""
    return db.row(
        "SELECT min(n) AS first, max(n) AS last, count(DISTINCT n) AS found FROM sale"
        " WHERE store = :s AND terminal = :t AND series = :r",
        {"s": store, "t": terminal, "r": series},
    )


# -- a store's day -----------------------------------------------------------------------------------------


def day_receipts(db: SqlDatabase, store: str, day: str) -> list[Row]:
    """What the proof counts."""
    return db.rows(
        "SELECT terminal, series, n, kind, payable_minor, pieces, bh, number, id FROM sale"
        " WHERE store = :s AND day = :d",
        {"s": store, "d": day},
    )


def tender_sums(db: SqlDatabase, store: str, day: str) -> dict[str, int]:
    """Net amount by kind of tender."""
    rows = db.rows(
        f"SELECT t.kind, {_net('t.amount_minor')} AS net"
        " FROM sale s LEFT JOIN sale_tender t ON t.store = s.store AND t.id = s.id"
        f" WHERE s.store = :s AND s.day = :d AND NOT {UNTRUSTED} GROUP BY t.kind ORDER BY t.kind",
        {"s": store, "d": day},
    )  # LEFT, so that no engine begins with the tenders of all years
    return {row.kind: int(row.net) for row in rows if row.kind is not None}


def shifts(db: SqlDatabase, store: str, day: str) -> list[Row]:
    """The shifts of a day with the Z as the store signed it."""
    return db.rows(
        "SELECT id, terminal, state, currency, float_minor, opened_at, closed_at, closed_by, expected_minor,"
        " counted_minor, difference_minor, z_number, report FROM shift WHERE store = :s AND day = :d"
        " ORDER BY terminal, opened_at",
        {"s": store, "d": day},
    )


def closed_again(db: SqlDatabase, store: str, day: str) -> list[ClosedAgain]:
    """The Zs of this day's shifts after the one that each shift has: of a disk that was cloned or put back."""
    rows = db.rows(
        "SELECT n.terminal, n.at, n.facts FROM till_note n JOIN shift s ON s.store = n.store AND s.id = n.subject"
        " WHERE n.store = :s AND n.kind = 'z' AND s.day = :d AND n.at > s.closed_at ORDER BY n.at",
        {"s": store, "d": day},
    )
    return [ClosedAgain(row.terminal, row.at, **msgspec.json.decode(row.facts)) for row in rows]


def told_days(db: SqlDatabase, store: str) -> dict[str, tuple[str, int]]:
    """The digests that the store reported itself: day → (digest as text, told at)."""
    found: dict[str, tuple[str, int]] = {}
    rows = db.rows(
        "SELECT t.at, t.facts FROM telemetry t JOIN node n ON n.node = t.node WHERE n.store = :s ORDER BY t.at",
        {"s": store},
    )
    for row in rows:
        facts: dict[str, Any] = msgspec.json.decode(row.facts).get("facts") or {}
        for name, text in facts.items():
            if name.startswith("day:") and isinstance(text, str):
                found[name[4:]] = (text, row.at)
    return found


def newest_tellings(db: SqlDatabase) -> list[Row]:
    """Of every store that tells something of itself: which incarnation did last, when, and the store's time zone."""
    rows = db.rows(
        "SELECT t.node, t.inc, t.at, s.code AS store, s.time_zone FROM telemetry t JOIN node n ON n.node = t.node"
        " JOIN store s ON s.code = n.store ORDER BY t.at"
    )
    return list({row.store: row for row in rows}.values())


def telling(db: SqlDatabase, node: str, inc: str) -> str:
    """The telemetry of an incarnation as it was sent."""
    facts = {"n": node, "i": inc}
    return str(db.value("SELECT facts FROM telemetry WHERE node = :n AND inc = :i", facts, "{}"))


def is_behind(db: SqlDatabase, node: str) -> bool:
    """Has HQ stored something of this node that it has not booked yet?"""
    behind = (
        "SELECT count(*) FROM origin o LEFT JOIN applied a ON a.node = o.node AND a.inc = o.inc"
        " WHERE o.node = :n AND o.seq > coalesce(a.seq, 0)"
    )
    return bool(db.value(behind, {"n": node}))


def parked_of_store(db: SqlDatabase, store: str) -> int:
    """Events of the store that wait for a decision."""
    return int(
        db.value(
            "SELECT count(*) FROM parked p JOIN node n ON n.node = p.node WHERE n.store = :s"
            " AND p.state IN ('parked', 'waiting')",
            {"s": store},
        )
    )


def export(db: SqlDatabase, first: str, last: str, stores: list[str]) -> list[Row]:
    """Every receipt of some stores and days."""
    names = {f"s{i}": store for i, store in enumerate(stores)}
    if not names:
        return []
    paid = sum_of("t.amount_minor")
    return db.rows(
        "SELECT s.store, s.terminal, s.number, s.day, s.at, s.kind, s.staff, s.currency, s.pieces, s.gross_minor,"
        " s.discount_minor, s.tax_minor, s.rounding_minor, s.payable_minor, s.original_number, s.bh,"
        f" (SELECT coalesce({paid}, 0) FROM sale_tender t WHERE t.store = s.store AND t.id = s.id"
        " AND t.kind = 'cash') AS cash_minor,"
        f" (SELECT coalesce({paid}, 0) FROM sale_tender t WHERE t.store = s.store AND t.id = s.id"
        f" AND t.kind = 'card') AS card_minor, {UNTRUSTED} AS untrusted FROM sale s"
        f" WHERE s.day >= :first AND s.day <= :last AND s.store IN ({', '.join(':' + n for n in names)})"
        " ORDER BY s.store, s.day, s.at, s.n",
        {"first": first, "last": last, **names},
    )
