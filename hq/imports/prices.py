"""Planning and writing a file of prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hq.change import Change
from hq.imports import cells, history
from hq.imports.history import Facts
from hq.imports.model import Checks, Plan, Problem, Refused, Row, Table
from hq.prices import actions, repository
from hq.prices.model import NewPrice, civil_now
from hq.settings import repository as settings
from kit.sql import Connection
from schemas.currencies import EXPONENTS

JUMP_PERCENT = 50


@dataclass
class Known:
    """The present state, read once; `clocks` is `now` per scope."""

    skus: set[str]
    scopes: set[str]
    stores: frozenset[str] | None
    prices: dict[tuple[str, str], list[Any]]
    exponent: int
    clocks: dict[str, str]


@dataclass
class Work:
    """The new prices, and what they take the place of by (sku, scope, start)."""

    prices: list[NewPrice] = field(default_factory=list)
    before: dict[tuple[str, str, str], int] = field(default_factory=dict)


def load(connection: Connection, now_ms: int, stores: frozenset[str] | None) -> Known:
    """Every sku, scope and price that was not cancelled."""
    scopes = repository.scopes(connection)
    chain = settings.chain(connection)
    clocks = {
        scope: civil_now(now_ms, repository.time_zones(connection, scope) or [chain.time_zone])
        for scope in scopes
    }
    return Known(
        repository.skus(connection), scopes, stores, repository.in_force_or_coming(connection),
        EXPONENTS[chain.currency], clocks,
    )  # fmt: skip


def plan(table: Table, known: Known) -> Plan:
    """Read every row; one price per product, scope and start."""
    result = Plan(problems=list(table.problems), work=Work())
    broken = result.rejected
    first: dict[tuple[str, str, str], int] = {}
    for row in table.rows:
        if row.number in broken:
            continue
        checks = Checks()
        price = _price(row, checks, table, known)
        key = (price.sku, price.scope, price.from_civil)
        state = ""
        if not checks.found:
            if key in first:
                checks.refuse("sku", price.sku, "row_twice", first=first[key])
            first.setdefault(key, row.number)
            state = checks.take("", _state, row, price, known)
        if checks.found:
            result.problems += checks.problems(row.number)
            continue
        if state == "same":
            result.same += 1
            continue
        result.work.prices.append(price)
        have = known.prices.get((price.sku, price.scope), [])
        held = _in_force(have, price.from_civil)
        if held is not None:
            result.work.before[price.sku, price.scope, price.from_civil] = held.price_minor
        if state == "new":
            result.new += 1
        else:
            result.changed += 1
        _warn_of_jump(result, row, price, _in_force(have, known.clocks[price.scope]))
    return result


def _price(row: Row, checks: Checks, table: Table, known: Known) -> NewPrice:
    """Every cell is read; the price is of use only when `checks` found nothing."""
    sku = checks.take("", cells.sku, row)
    if sku and sku not in known.skus:
        checks.refuse("sku", sku, "product_unknown")
    scope = checks.take("", _scope, row, known)
    column = "price" if table.has("price") else "price_minor"
    minor = checks.take(0, cells.price, row, column, known.exponent)
    start = checks.take("", cells.civil, row, "from")
    if not start and not checks.names("from"):
        start = known.clocks.get(scope, "")
    until = checks.take("", cells.civil, row, "until") or None
    if start and until is not None and until <= start:
        checks.refuse("until", row.get("until"), "ends_before_start")
    return NewPrice(sku, scope, minor, start, until, row.get("note")[:200])


def _scope(row: Row, known: Known) -> str:
    text = row.get("scope") or (f"store:{row.get('store')}" if row.get("store") else "")
    zone = row.get("zone")
    if not text:
        text = "chain" if zone.lower() in ("", "chain", "连锁", "連鎖") else f"zone:{zone}"
    column = "scope" if row.get("scope") else "store" if row.get("store") else "zone"
    if text not in known.scopes:
        names = ", ".join(sorted(known.scopes)[:12])
        raise Refused(column, text, "scope_unknown", known=names)
    if known.stores is not None and text.removeprefix("store:") not in known.stores:
        raise Refused(column, text, "scope_not_permitted")
    return text


def _state(row: Row, price: NewPrice, known: Known) -> str:
    """new, changed or same; a start in the past is only for a product that has no price in the scope yet."""
    have = known.prices.get((price.sku, price.scope), [])
    now = known.clocks[price.scope]
    wanted = (price.price_minor, price.until_civil)
    at_once = not row.get("from")
    for other in have:
        begun = other.from_civil <= now and (other.until_civil is None or other.until_civil > now)
        if (other.price_minor, other.until_civil) == wanted and (
            other.from_civil == price.from_civil or (at_once and begun and other is _in_force(have, now))
        ):
            return "same"
    if have and price.from_civil < now:
        raise Refused("from", row.get("from"), "in_the_past", earliest=now.replace("T", " "))
    return "changed" if have else "new"


def _in_force(have: list[Any], now: str) -> Any:
    begun = [r for r in have if r.from_civil <= now and (r.until_civil is None or r.until_civil > now)]
    return begun[-1] if begun else None


def _warn_of_jump(result: Plan, row: Row, price: NewPrice, have: Any) -> None:
    if have is None:
        return
    percent = (price.price_minor - have.price_minor) * 100 // have.price_minor
    if abs(percent) > JUMP_PERCENT:
        facts = {"percent": f"{percent:+d}", "limit": JUMP_PERCENT}
        result.problems.append(Problem(row.number, "price", row.get("price"), "price_jump", facts, warn=True))


def write(change: Change, work: Work, origin: Facts) -> None:
    """All prices at once, each with an entry on the history of its product."""
    actions.write_prices(change, work.prices)
    change.audit_all(history.of_prices(work.prices, work.before, origin))
