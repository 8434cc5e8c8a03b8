"""Planning and writing a file of opening stock."""

from __future__ import annotations

from dataclasses import dataclass

from hq.catalogue import repository as catalogue
from hq.catalogue.model import Product
from hq.change import Change
from hq.imports import cells
from hq.imports.model import Checks, Plan, Refused, Row, Table
from hq.people.repository import known_stores
from hq.stock import actions, repository
from hq.stock.actions import Opening
from kit.sql import Connection
from retail.quantity import KILOGRAM


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
        checks = Checks()
        store, line = _line(row, checks, known)
        before = known.openings.get((store, line.sku))
        if not checks.found:
            if (store, line.sku) in first:
                checks.refuse("sku", line.sku, "row_twice", first=first[store, line.sku])
            first.setdefault((store, line.sku), row.number)
            if before is not None and before != line.quantity:
                facts = {"before": before // 1000}
                checks.refuse("quantity", row.get("quantity"), "opening_already_set", **facts)
        if checks.found:
            result.problems += checks.problems(row.number)
            continue
        if before is None:
            result.new += 1
            work.lines.setdefault(store, []).append(line)
        else:
            result.same += 1
    return result


def _line(row: Row, checks: Checks, known: Known) -> tuple[str, Opening]:
    """Every cell is read; the line is of use only when `checks` found nothing."""
    store = checks.take("", _store, row, known)
    sku = checks.take("", cells.sku, row)
    product = known.products.get(sku)
    if sku and product is None:
        checks.refuse("sku", sku, "product_unknown")
    unit = KILOGRAM if product is None else product.unit
    return store, Opening(sku, checks.take(0, cells.quantity, row, unit))


def _store(row: Row, known: Known) -> str:
    store = row.get("store").upper()
    if store not in known.stores:
        raise Refused("store", row.get("store"), "store_unknown", known=", ".join(sorted(known.stores)[:12]))
    if known.seen is not None and store not in known.seen:
        raise Refused("store", store, "scope_not_permitted")
    return store


def write(change: Change, work: Work) -> None:
    """Events of HQ, store by store."""
    for store, lines in sorted(work.lines.items()):
        actions.write_opening(change, store, lines, work.products, "import")
