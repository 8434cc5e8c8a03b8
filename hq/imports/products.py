"""Planning and writing a file of products."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from hq.catalogue import actions as catalogue
from hq.catalogue import repository as products
from hq.catalogue.model import Product
from hq.change import Change
from hq.imports import cells, history
from hq.imports.history import Facts
from hq.imports.labels import Labels, Named, Text
from hq.imports.model import Checks, Plan, Refused, Row, Table
from hq.prices import actions as prices
from hq.prices import repository as price_rows
from hq.prices.model import NewPrice
from hq.settings import repository as settings
from hq.settings.repository import dumps
from kit.sql import Connection
from retail.quantity import KILOGRAM, UNITS
from schemas.currencies import EXPONENTS

ONE = 1000
SPEC_LENGTH_MAX = 60
SUFFIXES = ("en", "zh_hant", "zh_hans")
UNIT_WORDS = {"件": "pc", "个": "pc", "個": "pc", "千克": "kg", "公斤": "kg", "piece": "pc"}


@dataclass
class Known:
    """The present state, read once."""

    products: dict[str, Product]
    brands: dict[str, Text]
    categories: dict[str, Text]
    parents: dict[str, str]
    taxes: set[str]
    exponent: int
    chain_prices: dict[str, int]


@dataclass
class Work:
    """What to write: products with all their codes, new codes, brands, categories and prices."""

    products: list[Product] = field(default_factory=list)
    codes: list[tuple[str, str, int]] = field(default_factory=list)
    brands: dict[str, Text] = field(default_factory=dict)
    categories: dict[str, dict[str, Any]] = field(default_factory=dict)
    prices: list[tuple[str, int]] = field(default_factory=list)
    before: dict[str, Product] = field(default_factory=dict)
    prices_before: dict[str, int] = field(default_factory=dict)


def load(connection: Connection, now_civil: str) -> Known:
    """Two statements a table, whatever the number of rows."""
    chain_prices: dict[str, int] = {}
    for (sku, scope), have in price_rows.in_force_or_coming(connection).items():
        begun = [
            r
            for r in have
            if r.from_civil <= now_civil and (r.until_civil is None or r.until_civil > now_civil)
        ]
        if scope == "chain" and begun:
            chain_prices[sku] = begun[-1].price_minor
    rows = products.categories(connection)
    categories = {row.code: msgspec.json.decode(row.name) for row in rows}
    parents = {row.code: row.parent or "" for row in rows}
    return Known(
        products.all_products(connection), products.brands(connection), categories, parents,
        products.tax_codes(connection),
        EXPONENTS[settings.chain(connection).currency], chain_prices,
    )  # fmt: skip


def plan(table: Table, known: Known) -> Plan:
    """Read every row; the first row with a code wins, a second one is refused."""
    result, work = Plan(problems=list(table.problems)), Work()
    broken = result.rejected
    first: dict[str, int] = {}
    labels = Labels(known.brands, known.categories, known.parents)
    for row in table.rows:
        if row.number in broken:
            continue
        checks = Checks()
        sku = checks.take("", cells.sku, row)
        if sku in first:
            checks.refuse("sku", sku, "row_twice", first=first[sku])
        before = known.products.get(sku) or Product(sku=sku, name={})
        wanted = _product(row, checks, known, before)
        named = Named.read(row, checks)
        price = checks.take(None, cells.price, row, "price", known.exponent) if row.get("price") else None
        if checks.found:
            result.problems += checks.problems(row.number)
            continue
        first[sku] = row.number
        brand = labels.brand(named.brand, before.brand)
        category = row.get("category") or labels.category(named.levels, before.category)
        _compare(result, work, known, replace(wanted, brand=brand, category=category), price)
    work.brands, work.categories = labels.made_brands, labels.made_categories
    result.work = work
    return result


def _compare(result: Plan, work: Work, known: Known, wanted: Product, price: int | None) -> None:
    before = known.products.get(wanted.sku)
    differs = before != wanted
    if differs:
        old = set() if before is None else {code for code, _quantity in before.barcodes}
        work.products.append(wanted)
        if before is not None:
            work.before[wanted.sku] = before
        work.codes += [(code, wanted.sku, quantity) for code, quantity in wanted.barcodes if code not in old]
    new_price = price is not None and known.chain_prices.get(wanted.sku) != price
    if new_price and price is not None:
        work.prices.append((wanted.sku, price))
        if wanted.sku in known.chain_prices:
            work.prices_before[wanted.sku] = known.chain_prices[wanted.sku]
    if before is None:
        result.new += 1
    elif differs or new_price:
        result.changed += 1
    else:
        result.same += 1


def _product(row: Row, checks: Checks, known: Known, before: Product) -> Product:
    """The row laid over what is stored: a column that is not there and an empty cell leave it as it is."""
    name = {**before.name, **cells.text3(row, checks, "name")}
    if not name and not any(checks.names(f"name_{suffix}") for suffix in SUFFIXES):
        checks.refuse("name_en", "", "name_missing")
    weighed = checks.take(before.weighed, cells.yes_no, row, "weighed", before.weighed)
    unit = row.get("unit").lower() or before.unit
    unit = UNIT_WORDS.get(unit, unit)
    if unit not in UNITS:
        checks.refuse("unit", row.get("unit"), "unit_unknown")
    elif weighed and unit != KILOGRAM:
        checks.refuse("weighed", row.get("weighed"), "weighed_needs_kg")
    if row.get("category") and row.get("category") not in known.categories:
        checks.refuse("category", row.get("category"), "category_unknown")
    return replace(
        before, name=name, spec=checks.take("", cells.text, row, "spec", SPEC_LENGTH_MAX) or before.spec,
        weighed=weighed, unit=unit, active=checks.take(True, cells.yes_no, row, "active", before.active),
        tax_code=checks.take("", _tax, row, known, before.tax_code),
        barcodes=checks.take((), _codes, row, before),
    )  # fmt: skip


def _tax(row: Row, known: Known, before: str) -> str:
    code = row.get("tax_code") or before
    if not code and len(known.taxes) == 1:
        return next(iter(known.taxes))
    if (code or known.taxes) and code not in known.taxes:
        raise Refused("tax_code", code, "tax_unknown", known=", ".join(sorted(known.taxes)) or "—")
    return code


def _codes(row: Row, before: Product) -> tuple[tuple[str, int], ...]:
    have = dict(before.barcodes)
    for code in cells.barcodes(row):
        have.setdefault(code, ONE)
    return tuple(sorted(have.items()))


def write(change: Change, work: Work, origin: Facts) -> None:
    """Brands, categories, products, codes and prices, each with one statement for many rows."""
    brands = [{"code": code, "name": dumps(name)} for code, name in work.brands.items()]
    products.save_brands(change.connection, brands)
    products.save_categories(change.connection, list(work.categories.values()))
    change.touch_all("chain", "category", work.categories)
    catalogue.write_products(change, work.products)
    catalogue.write_barcodes(change, work.codes, [])
    now = prices.now_in(change, "chain")
    new = [NewPrice(sku, "chain", minor, now) for sku, minor in work.prices]
    prices.write_prices(change, new)
    change.audit_all(_labels_history(work, origin) + _products_history(work, origin))
    change.audit_all(
        history.of_prices(new, {(sku, "chain", now): m for sku, m in work.prices_before.items()}, origin)
    )


def _labels_history(work: Work, origin: Facts) -> list[history.Entry]:
    brands: list[history.Entry] = [
        ("catalogue.brand_saved", "settings:brands", {"code": code, "before": None, "after": name, **origin})
        for code, name in work.brands.items()
    ]
    return brands + [
        ("catalogue.category_saved", "settings:categories", {"before": None, "after": values, **origin})
        for values in work.categories.values()
    ]


def _products_history(work: Work, origin: Facts) -> list[history.Entry]:
    found: list[history.Entry] = []
    for product in work.products:
        before = work.before.get(product.sku)
        verb = "catalogue.product_added" if before is None else "catalogue.product_changed"
        facts = {"before": before.facts() if before else None, "after": product.facts(), **origin}
        found.append((verb, f"product:{product.sku}", facts))
    return found
