"""A store's database and HQ's, row beside row: every table is read on both sides in the order of its key.

Nothing is summed up and little is held: a row of either side at a time, so that half a million receipts take no more
memory than one. `lianpu-verify` judges more and holds both logs whole while it does. What HQ shows is compared with the
store's own rows (receipts, lines, tenders, postings) and, where those say nothing of it (taxes, discounts, names), with
the bodies in the store's log; the bodies themselves with HQ's byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from kit.db import Connection, engine_last_state
from proof.verify.crypto import body_hash
from schemas.events.sales import SaleCompleted

Row = tuple[Any, ...]
Shaped = Callable[[Row], Iterable[Row]]
"""Of a row as it was read, the rows to compare."""
SHOWN = 5  # of each table; of the others how many there are


class Said(msgspec.Struct):
    """Of an event in the log only the sale."""

    p: SaleCompleted


_said = msgspec.json.Decoder(Said).decode


def as_it_is(row: Row) -> Iterable[Row]:
    """Nothing is to be done to it."""
    return (row,)


@dataclass(frozen=True)
class Table:
    """The same facts on both sides; the first `key` of the columns name a row, and both sides come in their order.

    `theirs` is asked with the store's code as :store and its node as :node.
    """

    what: str
    key: int
    columns: str
    ours: str
    theirs: str
    our_shape: Shaped = as_it_is
    their_shape: Shaped = as_it_is

    @property
    def names(self) -> list[str]:
        """What the columns are called."""
        return self.columns.split(", ")


def _hashed(row: Row) -> Iterable[Row]:
    """What the hash of the body must be, whatever the store has written down."""
    inc, seq, hash_, body = row
    yield inc, seq, body_hash(body), hash_, body


def _amounts(row: Row) -> Iterable[Row]:
    id_, body = row
    p = _said(body).p
    taxes = msgspec.to_builtins(p.taxes)
    tax = sum(part.amount_minor for part in p.taxes)
    yield id_, p.currency, p.gross_minor, p.discount_minor, tax, p.payable_minor, p.change_minor, taxes


def _amounts_shown(row: Row) -> Iterable[Row]:
    *facts, taxes = row
    yield *facts, msgspec.json.decode(taxes)


def _goods(row: Row) -> Iterable[Row]:
    id_, body = row
    for line in _said(body).p.lines:
        yield (
            id_, line.line, line.code, line.unit, line.unit_price_minor, line.gross_minor,
            line.discount_minor + line.basket_discount_minor, line.tax_code, line.tax_minor, line.price_ref, line.name,
        )  # fmt: skip


def _goods_shown(row: Row) -> Iterable[Row]:
    *facts, name = row
    yield *facts, msgspec.json.decode(name)


_PAPER = "id, kind, number, terminal, series, n, at, day, shift, staff, original, pieces, total_minor, rounding_minor"
_LINE = "id, line, sku, quantity, total_minor, original_line"
_TENDER = "id, n, kind, amount_minor, given_minor, change_minor, approval"
_POSTING = "id, n, account, commodity, quantity"
_AMOUNTS = "id, currency, gross_minor, discount_minor, tax_minor, payable_minor, change_minor, taxes"
_GOODS = "id, line, code, unit, unit_price_minor, gross_minor, discount_minor, tax_code, tax_minor, price_ref, name"
_SALES = "SELECT id, body FROM body WHERE type = 'sale.completed' ORDER BY id"
TABLES = (
    Table(
        "log", 2, "inc, seq, bh, hash, body",
        "SELECT l.inc, l.seq, l.hash, b.body FROM link l CROSS JOIN body b ON b.id = l.id WHERE l.abandoned = 0"
        " ORDER BY l.inc, l.seq",
        "SELECT l.inc, l.seq, l.bh, l.hash, b.body FROM link l CROSS JOIN body b"
        " ON b.node = l.node AND b.inc = l.inc AND b.seq = l.seq WHERE l.node = :node ORDER BY l.inc, l.seq",
        our_shape=_hashed,
    ),
    Table(
        "booked events", 1, "id, bh",
        "SELECT id, bh FROM body ORDER BY id", "SELECT id, bh FROM event_seen WHERE node = :node ORDER BY id",
    ),
    Table(
        "receipts", 1, _PAPER,
        f"SELECT {_PAPER} FROM document ORDER BY id", f"SELECT {_PAPER} FROM sale WHERE store = :store ORDER BY id",
    ),
    Table(
        "lines", 2, _LINE,
        f"SELECT {_LINE} FROM document_line ORDER BY id, line",
        f"SELECT {_LINE} FROM sale_line WHERE store = :store ORDER BY id, line",
    ),
    Table(
        "tenders", 2, _TENDER,
        f"SELECT {_TENDER.replace(' n,', ' n - 1,')} FROM document_tender ORDER BY id, n",
        f"SELECT {_TENDER} FROM sale_tender WHERE store = :store ORDER BY id, n",
    ),
    Table(
        "postings", 2, _POSTING,
        f"SELECT {_POSTING} FROM posting ORDER BY id, n",
        f"SELECT {_POSTING} FROM posting p WHERE store = :store AND NOT EXISTS"
        " (SELECT 1 FROM event_seen e WHERE e.id = p.id AND e.node <> :node) ORDER BY id, n",
    ),
    Table(
        "amounts and taxes", 1, _AMOUNTS,
        _SALES, f"SELECT {_AMOUNTS} FROM sale WHERE store = :store ORDER BY id", _amounts, _amounts_shown,
    ),
    Table(
        "goods on the lines", 2, _GOODS,
        _SALES, f"SELECT {_GOODS} FROM sale_line WHERE store = :store ORDER BY id, line", _goods, _goods_shown,
    ),
)  # fmt: skip


def compare(node: Path, hq: Path, store: str) -> tuple[int, list[str]]:
    """How many rows were looked at, and what differs, in words; no process has either file open."""
    rows, wrong = 0, []
    with engine_last_state(node) as here, engine_last_state(hq) as there:
        (own,) = here.execute("SELECT DISTINCT node FROM inc").fetchall()
        named = {"store": store, "node": own[0]}
        for table in TABLES:
            ours = _read(here, table.ours, {}, table.our_shape)
            theirs = _read(there, table.theirs, named, table.their_shape)
            seen, found = beside(table, ours, theirs)
            rows += seen
            wrong += [f"{store} {table.what}: {why}" for why in found]
    return rows, wrong


def strangers(hq: Path, stores: Iterable[str]) -> list[str]:
    """Receipts at HQ of a store that there is not."""
    with engine_last_state(hq) as there:
        found = {row[0]: row[1] for row in there.execute("SELECT store, count(*) FROM sale GROUP BY store")}
    return [f"{store} receipts: {found[store]} of no store" for store in sorted(found.keys() - set(stores))]


def _read(side: Connection, sql: str, named: dict[str, str], shaped: Shaped) -> Iterator[Row]:
    for row in side.execute(sql, named):
        yield from shaped(tuple(row))


def beside(table: Table, ours: Iterator[Row], theirs: Iterator[Row]) -> tuple[int, list[str]]:
    """Rows looked at, and the first few that are on one side alone or say something else there."""
    seen, wrong, found = 0, 0, []
    own, other = next(ours, None), next(theirs, None)
    while own is not None or other is not None:
        seen += 1
        mine = own[: table.key] if own is not None else None
        his = other[: table.key] if other is not None else None
        if mine is not None and (his is None or mine < his):
            why, own = f"{_name(mine)} is not at HQ", next(ours, None)
        elif his is not None and (mine is None or his < mine):
            why, other = f"{_name(his)} is at HQ and not at the store", next(theirs, None)
        else:
            assert own is not None and other is not None
            why = "" if own == other else f"{_name(own[: table.key])}: {_first(table, own, other)}"
            own, other = next(ours, None), next(theirs, None)
        if why:
            wrong += 1
            found += [why] if wrong <= SHOWN else []
    if not seen:
        found.append("there are none, on either side")
    return seen, [*found, *([f"and {wrong - SHOWN} more"] if wrong > SHOWN else [])]


def _name(key: Row) -> str:
    return "/".join(map(str, key))


def _first(table: Table, own: Row, other: Row) -> str:
    """The columns that differ, as both sides have them."""
    return ", ".join(
        f"{name} is {_short(a)} at the store, {_short(b)} at HQ"
        for name, a, b in zip(table.names, own, other, strict=True)
        if a != b
    )


def _short(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 60 else f"{text[:28]}…{text[-28:]}"
