"""Products, barcodes, categories, brands and prices."""

from __future__ import annotations

import msgspec


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "product", key = sku, scope chain. `pinyin` are the initials of the Chinese names, made at HQ."""

    sku: str
    name: dict[str, str]
    brand: dict[str, str]
    spec: str
    unit: str
    weighed: bool
    tax_code: str
    category: str
    active: bool
    pinyin: str


class BarcodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "barcode", key = `<code>|<sku>`, scope chain: one code may lead to several products."""

    code: str
    sku: str
    quantity: int = 1000


class CategoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "category", key = code, scope chain."""

    code: str
    parent: str | None
    name: dict[str, str]
    position: int


class PriceRow(msgspec.Struct, frozen=True, kw_only=True):
    """kind "price", key = `<sku>|<id>`, in scope chain, zone:<z> or store:<s>; civil times of the store, half-open."""

    sku: str
    id: str
    price_minor: int
    from_civil: str
    until_civil: str | None = None
