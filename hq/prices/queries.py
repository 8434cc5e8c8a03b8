"""Reading prices: what holds now, what comes, what was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hq.settings.queries import time_zone
from kit.sql import Row, SqlDatabase
from retail.civil import store_local

COLUMNS = "id, sku, scope, price_minor, from_civil, until_civil, made_at, made_by_name, note, cancelled_at"


@dataclass(frozen=True)
class ScopePrice:
    """What a scope says about a product: the price in force, the one before, and what is scheduled.

    The one before is that of a wider scope where this scope had none; its row names its scope.
    """

    scope: str
    now: Row | None
    before: Row | None
    coming: list[Row]


@dataclass(frozen=True)
class ProductPrices:
    """Everything about the prices of one product."""

    by_scope: list[ScopePrice]
    history: list[Row]


def civil_now(db: SqlDatabase, now_ms: int) -> str:
    """The console's wall clock as a civil time."""
    return store_local(now_ms, time_zone(db)).replace(" ", "T")


def visible(db: SqlDatabase, seen: frozenset[str] | None) -> list[str]:
    """The scopes whose prices a person may read: the chain, the zones of their stores, their stores."""
    rows = [
        row
        for row in db.rows("SELECT code, zone FROM store ORDER BY code")
        if seen is None or row.code in seen
    ]
    own = {row.zone for row in rows}
    zones = [
        row[0] for row in db.rows("SELECT code FROM zone ORDER BY code") if seen is None or row[0] in own
    ]
    return ["chain", *(f"zone:{zone}" for zone in zones), *(f"store:{row.code}" for row in rows)]


def of_product(db: SqlDatabase, sku: str, now_ms: int, seen: frozenset[str] | None) -> ProductPrices:
    """Prices per scope that this person sees, chain, zones, stores; and every change, newest first."""
    rows = db.rows(
        f"SELECT {COLUMNS}, cancelled_by_name FROM price WHERE sku = :s ORDER BY from_civil DESC, id DESC",
        {"s": sku},
    )
    if seen is not None:
        shown = set(visible(db, seen))
        rows = [row for row in rows if row.scope in shown]
    now = civil_now(db, now_ms)
    scopes = sorted({row.scope for row in rows}, key=lambda scope: (_rank(scope), scope))
    zones = {row.code: row.zone for row in db.rows("SELECT code, zone FROM store")}
    return ProductPrices([_with_wider(_scope(scope, rows, now), rows, zones) for scope in scopes], rows)


def _with_wider(entry: ScopePrice, rows: list[Row], zones: dict[str, str]) -> ScopePrice:
    """A scope's first price came after that of its zone or the chain, which held there until then."""
    kind, _, name = entry.scope.partition(":")
    if entry.now is None or entry.before is not None or kind == "chain":
        return entry
    wider = ([f"zone:{zones[name]}"] if kind == "store" and name in zones else []) + ["chain"]
    held = [_scope(scope, rows, entry.now.from_civil).now for scope in wider]
    return replace(entry, before=next((row for row in held if row is not None), None))


def _rank(scope: str) -> int:
    return {"chain": 0, "zone": 1, "store": 2}[scope.partition(":")[0]]


def _scope(scope: str, rows: list[Row], now: str) -> ScopePrice:
    valid = [row for row in rows if row.scope == scope and row.cancelled_at is None]
    coming = [row for row in reversed(valid) if row.from_civil > now]
    begun = [
        row for row in valid if row.from_civil <= now and (row.until_civil is None or row.until_civil > now)
    ]
    current = begun[0] if begun else None
    before = next((row for row in valid if row.from_civil <= now and row is not current), None)
    return ScopePrice(scope, current, before, coming)


def in_force(db: SqlDatabase, skus: list[str], now_ms: int, seen: frozenset[str] | None) -> dict[str, int]:
    """The chain price now, for a page of products; a zone's where the chain has none."""
    if not skus:
        return {}
    names = {f"s{i}": sku for i, sku in enumerate(skus)}
    rows = db.rows(
        "SELECT sku, scope, price_minor FROM price WHERE cancelled_at IS NULL AND from_civil <= :now"
        f" AND (until_civil IS NULL OR until_civil > :now) AND sku IN ({', '.join(':' + n for n in names)})"
        " ORDER BY CASE WHEN scope = 'chain' THEN 1 ELSE 0 END, from_civil, id",
        {**names, "now": civil_now(db, now_ms)},
    )
    shown = None if seen is None else set(visible(db, seen))
    return {row.sku: row.price_minor for row in rows if shown is None or row.scope in shown}


def lines(db: SqlDatabase, prices: ProductPrices, now_ms: int) -> list[dict[str, Any]]:
    """The history as steps for a chart: one line per scope, ending now."""
    end = civil_now(db, now_ms)
    found = []
    for entry in prices.by_scope:
        rows = [r for r in reversed(prices.history) if r.scope == entry.scope and r.cancelled_at is None]
        points = [[row.from_civil, row.price_minor] for row in rows]
        if entry.now is not None:
            points.append([max(end, points[-1][0]), points[-1][1]])
        if points:
            found.append({"scope": entry.scope, "points": points})
    return found


def changes(
    db: SqlDatabase,
    seen: frozenset[str] | None,
    *,
    state: str,
    scope: str,
    now_ms: int,
    offset: int,
    limit: int,
) -> tuple[int, list[Row]]:
    """Price changes of all products in the scopes that this person sees: `coming`, `done` or all, newest first."""
    shown = {} if seen is None else {f"v{i}": one for i, one in enumerate(visible(db, seen))}
    where = (f"r.scope IN ({', '.join(':' + name for name in shown)}) AND " if shown else "") + (
        "(:scope = '' OR r.scope = :scope) AND (:state = '' OR (:state = 'coming' AND r.from_civil > :now"
        " AND r.cancelled_at IS NULL) OR (:state = 'done' AND r.from_civil <= :now AND r.cancelled_at IS NULL)"
        " OR (:state = 'cancelled' AND r.cancelled_at IS NOT NULL))"
    )
    params = {
        "scope": scope,
        "state": state,
        "now": civil_now(db, now_ms),
        "limit": limit,
        "offset": offset,
    } | shown
    total = int(db.value(f"SELECT count(*) FROM price r WHERE {where}", params))
    rows = db.rows(
        "SELECT r.id, r.sku, r.scope, r.price_minor, r.from_civil, r.until_civil, r.made_at, r.made_by_name, r.note,"
        " r.cancelled_at, p.name_en, p.name_zh_hans, p.name_zh_hant FROM price r JOIN product p ON p.sku = r.sku"
        f" WHERE {where} ORDER BY r.from_civil DESC, r.id DESC LIMIT :limit OFFSET :offset",
        params,
    )
    return total, rows


def scopes(db: SqlDatabase, seen: frozenset[str] | None) -> list[str]:
    """The scopes in which this person may set prices."""
    stores = [row[0] for row in db.rows("SELECT code FROM store ORDER BY code")]
    if seen is not None:
        return [f"store:{code}" for code in stores if code in seen]
    zones = [f"zone:{row[0]}" for row in db.rows("SELECT code FROM zone ORDER BY code")]
    return ["chain", *zones, *(f"store:{code}" for code in stores)]
