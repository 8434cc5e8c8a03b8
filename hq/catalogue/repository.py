"""Statements on products, barcodes, categories and brands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from hq.catalogue.model import Product
from hq.catalogue.search_text import pinyin_of, search_of
from kit.sql import Connection, Row, run, run_many

PART = 500
PRODUCT = (
    "SELECT sku, name_en, name_zh_hans, name_zh_hant, brand, spec, unit, weighed, tax_code, category, active,"
    " pinyin, search, created_at, changed_at, version FROM product"
)
SAVE_PRODUCT = (
    "INSERT INTO product (sku, name_en, name_zh_hans, name_zh_hant, brand, spec, unit, weighed, tax_code,"
    " category, active, pinyin, search, created_at, changed_at, version) VALUES (:sku, :name_en, :name_zh_hans,"
    " :name_zh_hant, :brand, :spec, :unit, :weighed, :tax_code, :category, :active, :pinyin, :search, :now,"
    " :now, 1) ON CONFLICT (sku) DO UPDATE SET name_en = excluded.name_en,"
    " name_zh_hans = excluded.name_zh_hans, name_zh_hant = excluded.name_zh_hant, brand = excluded.brand,"
    " spec = excluded.spec, unit = excluded.unit, weighed = excluded.weighed, tax_code = excluded.tax_code,"
    " category = excluded.category, active = excluded.active, pinyin = excluded.pinyin,"
    " search = excluded.search, changed_at = excluded.changed_at, version = product.version + 1"
)


def name_of(row: Row) -> dict[str, str]:
    """The three name columns as a text."""
    found = {"en": row.name_en, "zh-Hans": row.name_zh_hans, "zh-Hant": row.name_zh_hant}
    return {language: text for language, text in found.items() if text}


def product_row(connection: Connection, sku: str) -> Row | None:
    """The stored row of a product."""
    return run(connection, f"{PRODUCT} WHERE sku = :s", {"s": sku}).first()


def product(connection: Connection, sku: str) -> Product | None:
    """A product with its barcodes."""
    row = product_row(connection, sku)
    if row is None:
        return None
    codes = run(connection, "SELECT code, quantity FROM barcode WHERE sku = :s ORDER BY code", {"s": sku})
    return _product(row, tuple((c.code, c.quantity) for c in codes))


def _product(row: Row, codes: tuple[tuple[str, int], ...]) -> Product:
    return Product(
        sku=row.sku,
        name=name_of(row),
        brand=row.brand,
        spec=row.spec,
        unit=row.unit,
        weighed=bool(row.weighed),
        tax_code=row.tax_code,
        category=row.category,
        active=bool(row.active),
        barcodes=codes,
    )


def all_products(connection: Connection) -> dict[str, Product]:
    """Every product with its barcodes, for imports: two statements, whatever the number."""
    codes: dict[str, list[tuple[str, int]]] = {}
    for row in run(connection, "SELECT sku, code, quantity FROM barcode ORDER BY code"):
        codes.setdefault(row.sku, []).append((row.code, row.quantity))
    return {row.sku: _product(row, tuple(codes.get(row.sku, ()))) for row in run(connection, PRODUCT)}


def save_products(
    connection: Connection, products: list[Product], brands: dict[str, dict[str, str]], now: int
) -> None:
    """Add or change many products, without their barcodes; they stay found by the codes that are stored."""
    rows = []
    stored = _codes_of(connection, [item.sku for item in products])
    for item in products:
        brand = brands.get(item.brand, {})
        pinyin = pinyin_of(item.name, brand)
        codes = sorted({code for code, _quantity in item.barcodes}.union(stored.get(item.sku, ())))
        rows.append(
            {
                "sku": item.sku, "name_en": item.name.get("en", ""), "name_zh_hans": item.name.get("zh-Hans", ""),
                "name_zh_hant": item.name.get("zh-Hant", ""), "brand": item.brand, "spec": item.spec,
                "unit": item.unit, "weighed": int(item.weighed), "tax_code": item.tax_code,
                "category": item.category, "active": int(item.active), "pinyin": pinyin,
                "search": search_of(item.sku, item.name, brand, pinyin, codes), "now": now,
            }
        )  # fmt: skip
    run_many(connection, SAVE_PRODUCT, rows)


def _codes_of(connection: Connection, skus: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in _in_parts(connection, "SELECT sku, code FROM barcode WHERE sku IN (%s) ORDER BY code", skus):
        found.setdefault(row.sku, []).append(row.code)
    return found


def _in_parts(connection: Connection, sql: str, values: list[str]) -> Iterator[Row]:
    for at in range(0, len(values), PART):
        names = {f"v{n}": value for n, value in enumerate(values[at : at + PART])}
        yield from run(connection, sql % ", ".join(f":{name}" for name in names), names)


def refresh_search(connection: Connection, skus: Iterable[str]) -> None:
    """Products are found by the barcodes that they have now."""
    wanted = sorted(set(skus))
    codes, known = _codes_of(connection, wanted), brands(connection)
    rows = []
    for row in _in_parts(connection, f"{PRODUCT} WHERE sku IN (%s)", wanted):
        brand = known.get(row.brand, {})
        search = search_of(row.sku, name_of(row), brand, row.pinyin, codes.get(row.sku, []))
        if search != row.search:
            rows.append({"sku": row.sku, "search": search})
    run_many(connection, "UPDATE product SET search = :search WHERE sku = :sku", rows)


def save_barcodes(connection: Connection, codes: list[tuple[str, str, int]]) -> None:
    """Add codes (code, sku, quantity)."""
    run_many(
        connection,
        "INSERT INTO barcode (code, sku, quantity) VALUES (:code, :sku, :quantity)"
        " ON CONFLICT (code, sku) DO UPDATE SET quantity = excluded.quantity",
        [{"code": code, "sku": sku, "quantity": quantity} for code, sku, quantity in codes],
    )


def delete_barcodes(connection: Connection, codes: list[tuple[str, str]]) -> None:
    """Take codes (code, sku) away."""
    run_many(
        connection,
        "DELETE FROM barcode WHERE code = :code AND sku = :sku",
        [{"code": code, "sku": sku} for code, sku in codes],
    )


def barcode(connection: Connection, code: str, sku: str) -> Row | None:
    """One code of one product."""
    return run(
        connection,
        "SELECT code, sku, quantity FROM barcode WHERE code = :c AND sku = :s",
        {"c": code, "s": sku},
    ).first()


# -- categories and brands ---------------------------------------------------------------------------------


def categories(connection: Connection) -> list[Row]:
    """Every category with the number of its own products."""
    return list(
        run(
            connection,
            "SELECT c.code, c.parent, c.name, c.position, (SELECT count(*) FROM product p WHERE p.category = c.code)"
            " AS products FROM category c ORDER BY c.position, c.code",
        )
    )


def category(connection: Connection, code: str) -> Row | None:
    """One category."""
    return run(
        connection, "SELECT code, parent, name, position FROM category WHERE code = :c", {"c": code}
    ).first()


def save_categories(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Add or change categories."""
    run_many(
        connection,
        "INSERT INTO category (code, parent, name, position) VALUES (:code, :parent, :name, :position)"
        " ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, name = excluded.name,"
        " position = excluded.position",
        rows,
    )


def brands(connection: Connection) -> dict[str, dict[str, str]]:
    """Every brand's name by code."""
    rows = run(connection, "SELECT code, name FROM brand ORDER BY code")
    return {row.code: msgspec.json.decode(row.name) for row in rows}


def save_brands(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Add or rename brands."""
    run_many(
        connection,
        "INSERT INTO brand (code, name) VALUES (:code, :name)"
        " ON CONFLICT (code) DO UPDATE SET name = excluded.name",
        rows,
    )


def brand_name(connection: Connection, code: str) -> dict[str, str]:
    """The name of a brand; nothing for no brand."""
    found = run(connection, "SELECT name FROM brand WHERE code = :c", {"c": code}).scalar()
    return msgspec.json.decode(found) if found else {}


def skus_of_brand(connection: Connection, code: str) -> list[str]:
    """Products whose rows carry this brand's name."""
    return [row[0] for row in run(connection, "SELECT sku FROM product WHERE brand = :c", {"c": code})]


def tax_codes(connection: Connection) -> set[str]:
    """Every tax code."""
    return {row[0] for row in run(connection, "SELECT code FROM tax_code")}
