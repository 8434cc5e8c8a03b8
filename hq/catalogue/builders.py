"""The reference rows of the catalogue, all in the scope of the chain."""

from __future__ import annotations

import msgspec

from hq.catalogue import repository
from kit.sql import Connection
from schemas.rows.catalogue import BarcodeRow, CategoryRow, ProductRow
from schemas.rows.registry import encode


def product_row(connection: Connection, _scope: str, key: str) -> bytes | None:
    """A product with its brand's name and its pinyin initials."""
    row = repository.product_row(connection, key)
    if row is None:
        return None
    return encode(
        ProductRow(
            sku=row.sku, name=repository.name_of(row), brand=repository.brand_name(connection, row.brand),
            spec=row.spec, unit=row.unit, weighed=bool(row.weighed), tax_code=row.tax_code,
            category=row.category, active=bool(row.active), pinyin=row.pinyin,
        )
    )  # fmt: skip


def barcode_row(connection: Connection, _scope: str, key: str) -> bytes | None:
    """One code of one product."""
    code, sku = key.rsplit("|", 1)
    row = repository.barcode(connection, code, sku)
    return None if row is None else encode(BarcodeRow(code=row.code, sku=row.sku, quantity=row.quantity))


def category_row(connection: Connection, _scope: str, key: str) -> bytes | None:
    """One category."""
    row = repository.category(connection, key)
    if row is None:
        return None
    return encode(
        CategoryRow(
            code=row.code, parent=row.parent, name=msgspec.json.decode(row.name), position=row.position
        )
    )


BUILDERS = {"product": product_row, "barcode": barcode_row, "category": category_row}
