"""From published rows to the till's tables: product (with its search text), barcode, price.

`row` keeps the exact bytes; these tables are made from it and can be made again at any time.
"""

from __future__ import annotations

from collections.abc import Iterable

from kit.db import Connection
from kit.logs import logger
from retail.errors import Invalid
from schemas.rows.catalogue import BarcodeRow, PriceRow, ProductRow
from schemas.rows.registry import decode

log = logger("lianpu.sync")
Changed = tuple[str, str, bytes | None]
"""(kind, key, bytes or None when the row is gone)"""

_PRODUCT = (
    "INSERT INTO product (sku, unit, weighed, tax_code, category, active, name_en, name_zh_hans, name_zh_hant, spec,"
    " search) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sku) DO UPDATE SET unit = excluded.unit,"
    " weighed = excluded.weighed, tax_code = excluded.tax_code, category = excluded.category,"
    " active = excluded.active, name_en = excluded.name_en, name_zh_hans = excluded.name_zh_hans,"
    " name_zh_hant = excluded.name_zh_hant, spec = excluded.spec, search = excluded.search"
)
_BARCODE = (
    "INSERT INTO barcode (code, sku, pieces) VALUES (?, ?, ?)"
    " ON CONFLICT (code, sku) DO UPDATE SET pieces = excluded.pieces"
)
_PRICE = (
    "INSERT INTO price (sku, scope, key, price_minor, from_civil, until_civil) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (sku, scope, key) DO UPDATE SET price_minor = excluded.price_minor,"
    " from_civil = excluded.from_civil, until_civil = excluded.until_civil"
)


def project(tx: Connection, scope: str, changed: Iterable[Changed], *, whole: bool = False) -> None:
    """Carry changed rows of one scope into the tables; a row that does not parse is logged and left out.

    `whole`: the scope comes from nothing, barcodes before products, so no product has to be looked for.
    """
    products: dict[str, ProductRow | None] = {}
    barcodes: list[tuple[str, str, int]] = []
    prices: list[tuple[str, str, str, int, str, str | None]] = []
    stale: set[str] = set()
    for kind, key, data in changed:
        if kind not in ("product", "barcode", "price"):
            continue
        row = _read(kind, key, data)
        if kind == "product":
            products[key] = row if isinstance(row, ProductRow) else None
        elif kind == "barcode":
            code, _, sku = key.partition("|")
            stale.add(sku)
            if isinstance(row, BarcodeRow):
                barcodes.append((row.code, row.sku, row.quantity))
            else:
                tx.execute("DELETE FROM barcode WHERE code = ? AND sku = ?", (code, sku))
        elif isinstance(row, PriceRow):
            prices.append((row.sku, scope, row.id, row.price_minor, row.from_civil, row.until_civil))
        else:
            sku, _, id_ = key.partition("|")
            tx.execute("DELETE FROM price WHERE sku = ? AND scope = ? AND key = ?", (sku, scope, id_))
    tx.executemany(_BARCODE, barcodes)
    tx.executemany(_PRICE, prices)
    _write_products(tx, products, set() if whole else stale)


def clear(tx: Connection, scope: str) -> None:
    """Take everything of a scope out of the tables."""
    tx.execute("DELETE FROM price WHERE scope = ?", (scope,))
    if scope == "chain":
        tx.execute("DELETE FROM barcode")
        tx.execute("DELETE FROM product")


def _write_products(tx: Connection, products: dict[str, ProductRow | None], stale: set[str]) -> None:
    for sku in stale - set(products):
        stored = tx.execute(
            "SELECT bytes FROM row WHERE scope = 'chain' AND kind = 'product' AND key = ?", (sku,)
        ).fetchone()
        if stored is not None:
            row = _read("product", sku, stored["bytes"])
            products[sku] = row if isinstance(row, ProductRow) else None
    tx.executemany(
        "DELETE FROM product WHERE sku = ?", [(sku,) for sku, row in products.items() if row is None]
    )
    codes = _codes(tx, [sku for sku, row in products.items() if row is not None])
    tx.executemany(
        _PRODUCT,
        [_values(sku, row, codes.get(sku, [])) for sku, row in products.items() if row is not None],
    )


def _codes(tx: Connection, skus: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for start in range(0, len(skus), 500):
        part = skus[start : start + 500]
        marks = ",".join("?" * len(part))
        for row in tx.execute(f"SELECT sku, code FROM barcode WHERE sku IN ({marks}) ORDER BY code", part):
            found.setdefault(row["sku"], []).append(row["code"])
    return found


def _values(sku: str, row: ProductRow, codes: list[str]) -> tuple[object, ...]:
    names = row.name
    hant, hans, english = names.get("zh-Hant", ""), names.get("zh-Hans", ""), names.get("en", "")
    words = [hant, hans, english, *row.brand.values(), row.pinyin, sku, *codes]
    return (
        sku,
        row.unit,
        int(row.weighed),
        row.tax_code,
        row.category,
        int(row.active),
        english,
        hans,
        hant,
        row.spec,
        " ".join(dict.fromkeys(word for word in words if word)).lower(),
    )


def _read(kind: str, key: str, data: bytes | None) -> ProductRow | BarcodeRow | PriceRow | None:
    if data is None:
        return None
    try:
        found: ProductRow | BarcodeRow | PriceRow = decode(kind, data)
    except Invalid as error:
        log.warning("sync.row_unreadable", kind=kind, key=key, why=str(error))
        return None
    return found
