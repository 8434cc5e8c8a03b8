"""Pages of the chain's settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.allowed import sees
from hq.audit.queries import history
from hq.settings import actions, defaults, repository
from hq.settings.model import (
    QUICK_KEY_PAGES,
    QUICK_KEY_POSITIONS,
    REASON_LISTS,
    parse_rules,
    rules_text,
)
from hq.stores import repository as store_rows
from hq.stores.queries import require_known
from hq.web import WHOLE_NUMBER, ctx, form_int, form_text, hq, needs, render, say, say_refused
from kit.web import status_of
from retail.errors import Invalid, LianpuError, NotFound
from retail.money import parse_minor
from schemas.currencies import EXPONENTS

pages = Blueprint("settings", __name__, template_folder="templates", url_prefix="/settings")
TABS = ("chain", "taxes", "reasons", "roles")
SUBJECTS = {"chain": "settings:chain", "taxes": "settings:chain", "reasons": "settings:reasons",
            "roles": "settings:roles"}  # fmt: skip


@pages.get("/")
@needs("settings.view")
def index() -> str:
    """One tab of the settings."""
    tab = request.args.get("tab", "chain")
    return _show(tab if tab in TABS else "chain")


def _show(tab: str) -> str:
    with hq().db.read() as connection:
        facts: dict[str, Any] = {
            "chain": repository.chain(connection), "taxes": repository.taxes(connection),
            "reasons": repository.reasons(connection), "roles": repository.till_roles(connection),
        }  # fmt: skip
    return render(
        "settings/index.html", tab=tab, tabs=TABS, **facts, rules=rules_text(facts["chain"].weighed_rules),
        currencies=sorted(EXPONENTS), lists=REASON_LISTS, permissions=defaults.TILL_PERMISSIONS,
        history=history(hq().db, SUBJECTS[tab]),
    )  # fmt: skip


def _done(tab: str) -> Response:
    say("settings.saved")
    return redirect(url_for("settings.index", tab=tab))


@pages.post("/chain")
@needs("settings.change")
def change_chain() -> Response | tuple[str, int]:
    """Save the chain's values."""
    form = request.form
    try:
        exponent = EXPONENTS.get(form.get("currency", ""), 2)
        actions.change_chain(
            ctx(), name=form_text("name"), currency=form.get("currency", ""),
            tax_rounding=form.get("tax_rounding", ""),
            cash_step_minor=parse_minor(form.get("cash_step", "0") or "0", exponent),
            day_turn=form.get("day_turn", ""), time_zone=form.get("time_zone", "").strip(),
            weighed_rules=[
                {"pattern": r.pattern, "kind": r.kind, "check_digit": r.check_digit}
                for r in parse_rules(form.get("weighed_rules", ""))
            ],
            receipt_head=form_text("receipt_head"), receipt_foot=form_text("receipt_foot"),
            merge_lines=bool(form.get("merge_lines")), auto_lock_minutes=form_int("auto_lock_minutes", 10),
            default_language=form.get("default_language", ""),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return _show("chain"), 422
    return _done("chain")


@pages.post("/taxes")
@needs("settings.change")
def save_tax() -> Response | tuple[str, int]:
    """Add or change a tax code."""
    form = request.form
    try:
        actions.save_tax(
            ctx(), code=form.get("code", ""), name=form_text("name"), rate_ppm=percent_ppm(form.get("rate", "")),
            included=bool(form.get("included")), position=form_int("position", 0),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return _show("taxes"), 422
    return _done("taxes")


@pages.post("/taxes/<code>/remove")
@needs("settings.change")
def delete_tax(code: str) -> Response:
    """Remove a tax code."""
    try:
        actions.delete_tax(ctx(), code)
        say("settings.saved")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("settings.index", tab="taxes"))


def percent_ppm(text: str) -> int:
    """`13` or `8.875` percent as parts per million."""
    try:
        return parse_minor(text.strip().removesuffix("%").strip(), 4)
    except Invalid:
        raise Invalid("settings.percent_unreadable", value=text[:20])


@pages.post("/reasons")
@needs("settings.change")
def save_reason() -> Response | tuple[str, int]:
    """Add or change a reason."""
    form = request.form
    try:
        actions.save_reason(
            ctx(), list_name=form.get("list", ""), code=form.get("code", ""), name=form_text("name"),
            position=form_int("position", 0), active=bool(form.get("active")),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return _show("reasons"), 422
    return _done("reasons")


@pages.post("/roles/<role>")
@needs("settings.change")
def save_role(role: str) -> Response | tuple[str, int]:
    """Save what a till role may do."""
    form = request.form
    try:
        rights = {name: form.get(f"right.{name}", "") for name in defaults.TILL_PERMISSIONS}
        actions.save_till_role(
            ctx(), role=role, discount_limit_ppm=percent_ppm(form.get("discount_limit", "")),
            allowed=[name for name, value in rights.items() if value == "allowed"],
            approval=[name for name, value in rights.items() if value == "approval"],
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return _show("roles"), 422
    return _done("roles")


# -- quick keys --------------------------------------------------------------------------------------------


@pages.get("/quick-keys")
@needs("settings.view")
def quick_keys() -> str:
    """The grid of quick keys of a scope."""
    return _quick_keys()


def _quick_keys() -> str:
    scope, seen = request.values.get("scope", "chain"), ctx().actor.stores
    if scope.startswith("store:"):
        require_known(ctx(), scope.removeprefix("store:"))
    elif scope != actions.CHAIN:
        raise NotFound("settings.scope_unknown", scope=scope[:40])
    typed = request.values.get("number", "1")
    page = min(QUICK_KEY_PAGES, max(1, int(typed))) if WHOLE_NUMBER.fullmatch(typed) else 1
    with hq().db.read() as connection:
        keys = repository.quick_keys(connection, scope)
        stores = [row for row in store_rows.stores(connection) if sees(ctx(), row.code)]
    visible = None if seen is None else [actions.CHAIN, *(f"store:{code}" for code in seen)]
    on_page = {row.position: row for row in keys if row.page == page}
    named = next((row.page_name for row in keys if row.page == page), "{}")
    return render(
        "settings/quick_keys.html", scope=scope, number=page, pages=QUICK_KEY_PAGES,
        positions=QUICK_KEY_POSITIONS, on_page=on_page, stores=stores, page_name=named,
        history=history(hq().db, "settings:quick_keys", scopes=visible),
    )  # fmt: skip


@pages.post("/quick-keys")
@needs("settings.quick_keys")
def save_quick_keys() -> Response | tuple[str, int]:
    """Save the keys of one page that differ."""
    form = request.form
    scope, page = form.get("scope", "chain"), form_int("number", 1)
    try:
        for position, sku in _changed_keys(scope, page):
            actions.save_quick_key(
                ctx(), scope=scope, page=page, position=position, sku=sku, page_name=form_text("page_name")
            )
        actions.name_quick_page(ctx(), scope=scope, page=page, name=form_text("page_name"))
    except LianpuError as error:
        say_refused(error)
        return _quick_keys(), status_of(error)
    say("settings.saved")
    return redirect(url_for("settings.quick_keys", scope=scope, number=page))


def _changed_keys(scope: str, page: int) -> list[tuple[int, str]]:
    """The keys of the form that differ from what is stored."""
    with hq().db.read() as connection:
        stored = repository.quick_keys(connection, scope)
    before = {row.position: row.sku for row in stored if row.page == page}
    typed = {n: request.form.get(f"sku.{n}", "").strip() for n in range(1, QUICK_KEY_POSITIONS + 1)}
    return [(position, sku) for position, sku in typed.items() if sku != before.get(position, "")]
