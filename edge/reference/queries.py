"""Reads settings, products and prices out of reference.sqlite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from edge.reference.model import Settings
from kit.db import Database, Row
from kit.logs import logger
from retail.errors import Invalid
from schemas.rows.registry import decode

log = logger("lianpu.reference")


def rows_of(db: Database, kind: str) -> list[Any]:
    """All rows of a kind over all scopes; the narrower scope wins for one key, unreadable rows are logged."""
    found: dict[str, Any] = {}
    for row in db.rows("SELECT scope, key, bytes FROM row WHERE kind = ? ORDER BY scope, key", (kind,)):
        try:
            decoded = decode(kind, row["bytes"])
        except Invalid as error:
            log.warning("reference.row_unreadable", kind=kind, key=row["key"], why=error.facts)
            continue
        if row["key"] not in found or _rank(row["scope"]) >= found[row["key"]][0]:
            found[row["key"]] = (_rank(row["scope"]), decoded)
    return [decoded for _, decoded in found.values()]


def _rank(scope: str) -> int:
    return {"chain": 0, "zone": 1, "store": 2}.get(scope.split(":")[0], 0)


def load_settings(db: Database, store: str) -> Settings:
    """The settings of one store from its overlaid rows."""
    chain = rows_of(db, "settings")
    stores = [row for row in rows_of(db, "store") if row.code == store]
    reasons: dict[str, list[Any]] = {}
    for reason in sorted(rows_of(db, "reason"), key=lambda row: (row.list, row.position, row.code)):
        if reason.active:
            reasons.setdefault(reason.list, []).append(reason)
    return Settings(
        chain=chain[0] if chain else None,
        store=stores[0] if stores else None,
        terminals={row.code: row for row in rows_of(db, "terminal")},
        staff={row.number: row for row in rows_of(db, "staff")},
        roles={row.role: row for row in rows_of(db, "role")},
        reasons=reasons,
        quick_keys=tuple(sorted(rows_of(db, "quick_key"), key=lambda row: (row.page, row.position))),
    )


_PRODUCT = (
    "SELECT p.sku, p.unit, p.weighed, p.tax_code, p.category, p.active, p.name_en, p.name_zh_hans, p.name_zh_hant,"
    " p.spec"
)


def products_by_codes(db: Database, codes: Sequence[str]) -> list[Row]:
    """Active products under any of these codes (a barcode or the sku itself), with the pieces a code stands for."""
    marks = ",".join("?" * len(codes))
    return db.rows(
        f"{_PRODUCT}, b.code, b.pieces FROM barcode b JOIN product p ON p.sku = b.sku"
        f" WHERE b.code IN ({marks}) AND p.active = 1"
        f" UNION ALL {_PRODUCT}, p.sku AS code, 1000 AS pieces FROM product p"
        f" WHERE p.sku IN ({marks}) AND p.active = 1",
        (*codes, *codes),
    )


def products_by_skus(db: Database, skus: Iterable[str]) -> dict[str, Row]:
    """Products by sku, active or not."""
    wanted = list(dict.fromkeys(skus))
    found: dict[str, Row] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ",".join("?" * len(part))
        found |= {
            row["sku"]: row for row in db.rows(f"{_PRODUCT} FROM product p WHERE p.sku IN ({marks})", part)
        }
    return found


def price_rows(db: Database, skus: Iterable[str]) -> list[Row]:
    """Every known price of these products, past and future, in every scope of this store."""
    wanted = list(dict.fromkeys(skus))
    found: list[Row] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ",".join("?" * len(part))
        found += db.rows(
            f"SELECT sku, scope, key, price_minor, from_civil, until_civil FROM price WHERE sku IN ({marks})",
            part,
        )
    return found


def search(db: Database, words: Sequence[str], limit: int) -> list[Row]:
    """Active products whose search text holds every word: names, brand, pinyin initials, sku and codes."""
    where = " AND ".join("p.search LIKE ? ESCAPE '!'" for _ in words)
    patterns = ["%" + _escape(word) + "%" for word in words]
    first = _escape(words[0])
    return db.rows(
        f"{_PRODUCT} FROM product p WHERE p.active = 1 AND {where}"
        " ORDER BY (p.sku = ?) DESC, (p.search LIKE ? ESCAPE '!') DESC, length(p.search), p.sku LIMIT ?",
        (*patterns, words[0], f"{first}%", limit),
    )


def _escape(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
