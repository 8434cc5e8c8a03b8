"""Planning and writing a file of opening stock."""

from __future__ import annotations

from dataclasses import dataclass

from hq.catalogue import repository as catalogue
from hq.catalogue.model import Product
from hq.change import Change
from hq.imports import cells
from hq.imports.model import Plan, Refused, Row, Table
from hq.people.repository import known_stores
from hq.stock import actions, repository
from hq.stock.actions import Opening
from kit.sql import Connection


@dataclass
class Known:
    """The present state, read once; `seen` are the stores of the person who imports."""

    products: dict[str, Product]
    stores: set[str]
    seen: frozenset[str] | None
    openings: dict[tuple[str, str], int]


@dataclass
class Work:
    """Openings by store, and the products that they name."""

    lines: dict[str, list[Opening]]
    products: dict[str, Product]


def load(connection: Connection, seen: frozenset[str] | None) -> Known:
    """Products, stores and what was set before."""
    return Known(
        catalogue.all_products(connection), known_stores(connection), seen, repository.openings(connection)
    )


def plan(table: Table, known: Known) -> Plan:
    """Read every row; a figure that was set differently before is refused."""
    work = Work({}, known.products)
    result = Plan(problems=list(table.problems), work=work)
    broken = result.rejected
    first: dict[tuple[str, str], int] = {}
    for row in table.rows:
        if row.number in broken:
            continue
        try:
            store, line = _line(row, known)
            if (store, line.sku) in first:
                raise Refused("sku", line.sku, "row_twice", first=first[store, line.sku])
            first[store, line.sku] = row.number
            before = known.openings.get((store, line.sku))
            if before is not None and before != line.quantity:
                raise Refused("quantity", row.get("quantity"), "opening_already_set", before=before // 1000)
        except Refused as refusal:
            result.problems.append(refusal.problem(row.number))
            continue
        if before is None:
            result.new += 1
            work.lines.setdefault(store, []).append(line)
        else:
            result.same += 1
    return result


def _line(row: Row, known: Known) -> tuple[str, Opening]:
    store = row.get("store").upper()
    if store not in known.stores:
        raise Refused("store", row.get("store"), "store_unknown", known=", ".join(sorted(known.stores)[:12]))
    if known.seen is not None and store not in known.seen:
        raise Refused("store", store, "scope_not_permitted")
    sku = cells.sku(row)
    if sku not in known.products:
        raise Refused("sku", sku, "product_unknown")
    return store, Opening(sku, cells.quantity(row, known.products[sku].unit))


def write(change: Change, work: Work) -> None:
    """Events of HQ, store by store."""
    for store, lines in sorted(work.lines.items()):
        actions.write_opening(change, store, lines, work.products, "import")
