"""Reading the catalogue for lists and pages."""

from __future__ import annotations

from typing import Any

from hq.statements import like
from kit.sql import Row, SqlDatabase

LIST = (
    "SELECT p.sku, p.name_en, p.name_zh_hans, p.name_zh_hant, p.brand, p.spec, p.unit, p.weighed, p.category,"
    " p.active, p.changed_at, b.name AS brand_name, c.name AS category_name,"
    " (SELECT min(code) FROM barcode x WHERE x.sku = p.sku) AS barcode,"
    " (SELECT count(*) FROM barcode x WHERE x.sku = p.sku) AS barcodes"
)
FROM = (
    " FROM product p LEFT JOIN brand b ON b.code = p.brand LEFT JOIN category c ON c.code = p.category"
    " WHERE (:text = '' OR p.search LIKE :like ESCAPE '!') AND (:category = '' OR p.category = :category)"
    " AND (:state = '' OR p.active = :active)"
)


def products(
    db: SqlDatabase, *, text: str, category: str, state: str, offset: int, limit: int
) -> tuple[int, list[Row]]:
    """A page of products that match."""
    params = {
        "text": text, "like": like(text), "category": category, "state": state,
        "active": int(state != "retired"), "limit": limit, "offset": offset,
    }  # fmt: skip
    total = int(db.value(f"SELECT count(*){FROM}", params))
    return total, db.rows(f"{LIST}{FROM} ORDER BY p.sku LIMIT :limit OFFSET :offset", params)


def shared_codes(db: SqlDatabase, sku: str) -> dict[str, list[str]]:
    """For the codes of a product: which other products carry them too."""
    found: dict[str, list[str]] = {}
    rows = db.rows(
        "SELECT a.code, b.sku FROM barcode a JOIN barcode b ON b.code = a.code AND b.sku <> a.sku WHERE a.sku = :s",
        {"s": sku},
    )
    for row in rows:
        found.setdefault(row.code, []).append(row.sku)
    return found


def brands(db: SqlDatabase) -> list[Row]:
    """Every brand with the number of its products."""
    return db.rows(
        "SELECT b.code, b.name, (SELECT count(*) FROM product p WHERE p.brand = b.code) AS products"
        " FROM brand b ORDER BY b.code"
    )


def count(db: SqlDatabase) -> int:
    """How many products there are."""
    return int(db.value("SELECT count(*) FROM product"))


def suggestions(db: SqlDatabase, text: str, limit: int = 12) -> list[Row]:
    """Products for a chooser while somebody types."""
    params: dict[str, Any] = {"like": like(text), "limit": limit}
    return db.rows(
        "SELECT sku, name_en, name_zh_hans, name_zh_hant FROM product WHERE active = 1"
        " AND search LIKE :like ESCAPE '!' ORDER BY sku LIMIT :limit",
        params,
    )
