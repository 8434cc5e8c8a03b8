"""Planning and writing a file of products."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from hq.catalogue import actions as catalogue
from hq.catalogue import repository as products
from hq.catalogue.model import Product
from hq.change import Change
from hq.imports import cells
from hq.imports.model import Plan, Refused, Row, Table
from hq.prices import actions as prices
from hq.prices import repository as price_rows
from hq.prices.model import NewPrice
from hq.settings import repository as settings
from hq.settings.repository import dumps
from kit.sql import Connection
from retail.quantity import KILOGRAM, UNITS
from schemas.currencies import EXPONENTS

Text = dict[str, str]
ONE = 1000
UNIT_WORDS = {"件": "pc", "个": "pc", "個": "pc", "千克": "kg", "公斤": "kg", "piece": "pc"}


@dataclass
class Known:
    """The present state, read once."""

    products: dict[str, Product]
    brands: dict[str, Text]
    categories: dict[str, Text]
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


def load(connection: Connection, now_civil: str) -> Known:
    """Two statements a table, whatever the number of rows."""
    chain_prices: dict[str, int] = {}
    for (sku, scope), rows in price_rows.in_force_or_coming(connection).items():
        begun = [
            r
            for r in rows
            if r.from_civil <= now_civil and (r.until_civil is None or r.until_civil > now_civil)
        ]
        if scope == "chain" and begun:
            chain_prices[sku] = begun[-1].price_minor
    categories = {r.code: msgspec.json.decode(r.name) for r in products.categories(connection)}
    return Known(
        products.all_products(connection), products.brands(connection), categories, products.tax_codes(connection),
        EXPONENTS[settings.chain(connection).currency], chain_prices,
    )  # fmt: skip


def plan(table: Table, known: Known) -> Plan:
    """Read every row; the first row with a code wins, a second one is refused."""
    result, work = Plan(problems=list(table.problems)), Work()
    broken = result.rejected
    first: dict[str, int] = {}
    brand_codes = {tuple(sorted(name.items())): code for code, name in known.brands.items()}
    for row in table.rows:
        if row.number in broken:
            continue
        try:
            sku = cells.sku(row)
            if sku in first:
                raise Refused("sku", sku, "row_twice", first=first[sku])
            wanted = _product(row, table, known, work, brand_codes, sku)
            wanted_price = cells.price(row, "price", known.exponent) if row.get("price") else None
            first[sku] = row.number
        except Refused as refusal:
            result.problems.append(refusal.problem(row.number))
            continue
        _compare(result, work, known, wanted, wanted_price)
    result.work = work
    return result


def _compare(result: Plan, work: Work, known: Known, wanted: Product, price: int | None) -> None:
    before = known.products.get(wanted.sku)
    differs = before != wanted
    if differs:
        old = set() if before is None else {code for code, _quantity in before.barcodes}
        work.products.append(wanted)
        work.codes += [(code, wanted.sku, quantity) for code, quantity in wanted.barcodes if code not in old]
    new_price = price is not None and known.chain_prices.get(wanted.sku) != price
    if new_price and price is not None:
        work.prices.append((wanted.sku, price))
    if before is None:
        result.new += 1
    elif differs or new_price:
        result.changed += 1
    else:
        result.same += 1


def _product(
    row: Row,
    table: Table,
    known: Known,
    work: Work,
    brand_codes: dict[tuple[tuple[str, str], ...], str],
    sku: str,
) -> Product:
    """The row laid over what is stored: columns that the file does not have stay as they are."""
    before = known.products.get(sku) or Product(sku=sku, name={})
    has_name = any(table.has(f"name_{suffix}") for suffix in ("en", "zh_hant", "zh_hans"))
    name = cells.text3(row, "name") if has_name else before.name
    if not name:
        raise Refused("name_en", "", "name_missing")
    spec = row.get("spec") if table.has("spec") else before.spec
    if len(spec) > 60:
        raise Refused("spec", spec, "text_too_long", limit=60, length=len(spec))
    weighed = cells.yes_no(row, "weighed", before.weighed)
    unit = row.get("unit").lower() or before.unit
    unit = UNIT_WORDS.get(unit, unit)
    if unit not in UNITS:
        raise Refused("unit", row.get("unit"), "unit_unknown")
    if weighed and unit != KILOGRAM:
        raise Refused("weighed", row.get("weighed"), "weighed_needs_kg")
    return replace(
        before, name=name, spec=" ".join(spec.split()), weighed=weighed, unit=unit,
        active=cells.yes_no(row, "active", before.active), tax_code=_tax(row, table, known, before.tax_code),
        barcodes=_codes(row, before), brand=_brand(row, table, work, brand_codes, before.brand),
        category=_category(row, table, known, work, before.category),
    )  # fmt: skip


def _tax(row: Row, table: Table, known: Known, before: str) -> str:
    code = row.get("tax_code") if table.has("tax_code") else before
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


def _brand(
    row: Row, table: Table, work: Work, codes: dict[tuple[tuple[str, str], ...], str], before: str
) -> str:
    """The brand with exactly these names, made when there is none."""
    if not any(table.has(f"brand_{suffix}") for suffix in ("en", "zh_hant", "zh_hans")):
        return before
    name = cells.text3(row, "brand", limit=80)
    if not name:
        return ""
    key = tuple(sorted(name.items()))
    if key not in codes:
        codes[key] = "b-" + hashlib.sha256(repr(key).encode()).hexdigest()[:10]
        work.brands[codes[key]] = name
    return codes[key]


def _category(row: Row, table: Table, known: Known, work: Work, before: str) -> str:
    """A category by its code, or by the names of up to three levels, made when there is none."""
    code = row.get("category")
    if code:
        if code not in known.categories:
            raise Refused("category", code, "category_unknown")
        return code
    if not any(column.startswith("cat1_") for column in table.columns):
        return before
    parent: str | None = None
    path: list[tuple[tuple[str, str], ...]] = []
    for level in ("cat1", "cat2", "cat3"):
        name = cells.text3(row, level)
        if not name:
            break
        path.append(tuple(sorted(name.items())))
        made = "c-" + hashlib.sha256(repr(path).encode()).hexdigest()[:10]
        if made not in known.categories and made not in work.categories:
            position = len(work.categories)
            work.categories[made] = {
                "code": made,
                "parent": parent,
                "name": dumps(name),
                "position": position,
            }
        parent = made
    return parent or ""


def write(change: Change, work: Work) -> None:
    """Brands, categories, products, codes and prices, each with one statement for many rows."""
    brands = [{"code": code, "name": dumps(name)} for code, name in work.brands.items()]
    products.save_brands(change.connection, brands)
    products.save_categories(change.connection, list(work.categories.values()))
    change.touch_all("chain", "category", work.categories)
    catalogue.write_products(change, work.products)
    catalogue.write_barcodes(change, work.codes, [])
    now = prices.now_in(change, "chain")
    prices.write_prices(change, [NewPrice(sku, "chain", minor, now) for sku, minor in work.prices])
