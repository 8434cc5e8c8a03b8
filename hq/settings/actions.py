"""Changing what holds for the whole chain."""

from __future__ import annotations

from typing import Any

import msgspec

from hq.allowed import require, require_chain, require_store
from hq.change import Change
from hq.settings import defaults, repository
from hq.settings.model import (
    QUICK_KEY_PAGES,
    QUICK_KEY_POSITIONS,
    REASON_LISTS,
    TILL_ROLES,
    ChainSettings,
    Text,
    checked,
    checked_code,
    checked_text,
)
from hq.settings.repository import dumps
from hq.stores import repository as stores
from kit.context import Context
from retail.errors import Conflict, Invalid, NotFound

CHAIN = "chain"


def install_defaults(
    change: Change, *, name: Text, currency: str, time_zone: str, language: str, cash_step_minor: int
) -> None:
    """The first settings, reasons and till roles; part of `lianpu-hq init`."""
    values = defaults.chain_values(
        name=name, currency=currency, time_zone=time_zone, language=language, cash_step_minor=cash_step_minor
    )
    repository.save_chain(change.connection, checked(values))
    change.touch(CHAIN, "settings", CHAIN)
    for position, (list_name, code, en, hans, hant) in enumerate(defaults.REASONS):
        row = {"list": list_name, "code": code, "position": position, "active": 1}
        text = dumps({"en": en, "zh-Hans": hans, "zh-Hant": hant})
        repository.save_reason(change.connection, {**row, "name": text})
        change.touch(CHAIN, "reason", f"{list_name}|{code}")
    for role, (limit, allowed, approval) in defaults.TILL_ROLES.items():
        repository.save_till_role(
            change.connection,
            {"role": role, "discount_limit_ppm": limit, "allowed": dumps(list(allowed)),
             "approval": dumps(list(approval))},
        )  # fmt: skip
        change.touch(CHAIN, "role", role)
    change.audit("settings.initialised", "settings:chain", after=values)


def change_chain(ctx: Context, **changes: Any) -> ChainSettings:
    """Set some of the chain's settings; the currency stays once something was sold."""
    require(ctx, "settings.change")
    require_chain(ctx)
    with ctx.app.change(ctx) as change:
        before = msgspec.to_builtins(repository.chain(change.connection))
        after = checked({**before, **changes})
        if after.currency != before["currency"] and repository.has_sales(change.connection):
            raise Conflict("settings.currency_in_use", currency=before["currency"])
        repository.save_chain(change.connection, after)
        change.touch(CHAIN, "settings", CHAIN)
        change.audit("settings.changed", "settings:chain", before=before, after=msgspec.to_builtins(after))
    return after


def save_tax(
    ctx: Context, *, code: str, name: Text, rate_ppm: int, included: bool, position: int = 0
) -> None:
    """Add or change a tax code; past receipts keep the rate they were sold with."""
    require(ctx, "settings.change")
    require_chain(ctx)
    code = checked_code(code)
    if not 0 <= rate_ppm <= 1_000_000:
        raise Invalid("settings.tax_rate_unusable")
    texts = checked_text(name, "name", limit=80)
    if not texts:
        raise Invalid("settings.name_missing")
    values = {
        "code": code, "name": dumps(texts), "rate_ppm": rate_ppm, "included": int(included),
        "position": position,
    }  # fmt: skip
    with ctx.app.change(ctx) as change:
        before = next((dict(r._mapping) for r in repository.taxes(change.connection) if r.code == code), None)
        repository.save_tax(change.connection, values)
        change.touch(CHAIN, "settings", CHAIN)
        change.audit("settings.tax_saved", "settings:chain", before=before, after=values)


def delete_tax(ctx: Context, code: str) -> None:
    """Remove a tax code that no product uses."""
    require(ctx, "settings.change")
    require_chain(ctx)
    with ctx.app.change(ctx) as change:
        used = repository.products_with_tax(change.connection, code)
        if used:
            raise Conflict("settings.tax_in_use", code=code, products=used)
        repository.delete_tax(change.connection, code)
        change.touch(CHAIN, "settings", CHAIN)
        change.audit("settings.tax_removed", "settings:chain", code=code)


def save_reason(
    ctx: Context, *, list_name: str, code: str, name: Text, position: int = 0, active: bool = True
) -> None:
    """Add, rename, order or retire a reason; its code stays for ever."""
    require(ctx, "settings.change")
    require_chain(ctx)
    if list_name not in REASON_LISTS:
        raise Invalid("settings.reason_list_unknown", list=list_name[:20])
    code = checked_code(code)
    texts = checked_text(name, "name", limit=80)
    if not texts:
        raise Invalid("settings.name_missing")
    values = {
        "list": list_name, "code": code, "name": dumps(texts), "position": position, "active": int(active)
    }  # fmt: skip
    with ctx.app.change(ctx) as change:
        found = repository.reason(change.connection, list_name, code)
        repository.save_reason(change.connection, values)
        change.touch(CHAIN, "reason", f"{list_name}|{code}")
        before = dict(found._mapping) if found else None
        change.audit("settings.reason_saved", "settings:reasons", before=before, after=values)


def save_till_role(
    ctx: Context, *, role: str, discount_limit_ppm: int, allowed: list[str], approval: list[str]
) -> None:
    """What a till role may do outright and what with an approval; an approver must exist for the rest."""
    require(ctx, "settings.change")
    require_chain(ctx)
    if role not in TILL_ROLES:
        raise Invalid("settings.till_role_unknown", role=role[:20])
    if not 0 <= discount_limit_ppm <= 1_000_000:
        raise Invalid("settings.discount_limit_unusable")
    known = set(defaults.TILL_PERMISSIONS)
    if not set(allowed) <= known or not set(approval) <= known:
        raise Invalid("settings.till_permission_unknown")
    values = {
        "role": role, "discount_limit_ppm": discount_limit_ppm,
        "allowed": dumps([p for p in defaults.TILL_PERMISSIONS if p in allowed]),
        "approval": dumps([p for p in defaults.TILL_PERMISSIONS if p in approval and p not in allowed]),
    }  # fmt: skip
    with ctx.app.change(ctx) as change:
        found = repository.till_role(change.connection, role)
        repository.save_till_role(change.connection, values)
        change.touch(CHAIN, "role", role)
        before = dict(found._mapping) if found else None
        change.audit("settings.till_role_saved", "settings:roles", before=before, after=values)


def save_quick_key(
    ctx: Context, *, scope: str, page: int, position: int, sku: str, page_name: Text | None = None
) -> None:
    """Put a product on a key of a page, for the chain or for one store; an empty sku clears the key."""
    require(ctx, "settings.quick_keys")
    _check_scope(ctx, scope)
    if not (1 <= page <= QUICK_KEY_PAGES and 1 <= position <= QUICK_KEY_POSITIONS):
        raise Invalid("settings.quick_key_place", page=page, position=position)
    with ctx.app.change(ctx) as change:
        _check_exists(change, scope)
        key = f"{page}|{position}"
        before = repository.quick_key(change.connection, scope, page, position)
        if not sku:
            repository.delete_quick_key(change.connection, scope, page, position)
        else:
            if not repository.product_exists(change.connection, sku):
                raise NotFound("catalogue.product_unknown", sku=sku[:40])
            name = dumps(checked_text(page_name or {}, "page_name", limit=40))
            repository.save_quick_key(
                change.connection,
                {"scope": scope, "page": page, "position": position, "page_name": name, "sku": sku},
            )
        change.touch(scope, "quick_key", key)
        change.audit(
            "settings.quick_key_saved", "settings:quick_keys", scope=scope, page=page, position=position,
            before={"sku": before.sku if before else None}, after={"sku": sku or None},
        )  # fmt: skip


def name_quick_page(ctx: Context, *, scope: str, page: int, name: Text) -> None:
    """Name a page of quick keys."""
    require(ctx, "settings.quick_keys")
    _check_scope(ctx, scope)
    text = dumps(checked_text(name, "page_name", limit=40))
    with ctx.app.change(ctx) as change:
        _check_exists(change, scope)
        repository.name_page(change.connection, scope, page, text)
        for row in repository.quick_keys(change.connection, scope):
            if row.page == page:
                change.touch(scope, "quick_key", f"{page}|{row.position}")
        change.audit("settings.quick_page_named", "settings:quick_keys", scope=scope, page=page, name=name)


def _check_scope(ctx: Context, scope: str) -> None:
    if scope == CHAIN:
        require_chain(ctx)
    elif scope.startswith("store:"):
        require_store(ctx, scope[6:])
    else:
        raise Invalid("settings.scope_unknown", scope=scope[:40])


def _check_exists(change: Change, scope: str) -> None:
    code = scope.removeprefix("store:")
    if scope != CHAIN and stores.store(change.connection, code) is None:
        raise NotFound("stores.store_unknown", store=code[:20])
