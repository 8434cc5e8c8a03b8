"""Price changes: the list, a new price, taking one back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.prices import actions, queries
from hq.settings.queries import chain
from hq.web import (
    PAGE_ROWS,
    Page,
    ctx,
    hq,
    needs,
    page_number,
    render,
    say,
    say_refused,
)
from retail.errors import Invalid, LianpuError, NotFound
from retail.money import parse_minor
from schemas.currencies import EXPONENTS

pages = Blueprint("prices", __name__, template_folder="templates", url_prefix="/prices")
TYPED = ("scope", "price", "when", "from", "until", "note")
STATES = ("", "coming", "done", "cancelled")


@pages.get("/")
@needs("prices.view")
def index() -> str:
    """Price changes of all products."""
    number = page_number()
    state = request.args.get("state", "")
    visible = queries.visible(hq().db, ctx().actor.stores)
    if request.args.get("scope", "") not in ("", *visible):
        raise NotFound("prices.scope_unknown", scope=request.args["scope"][:40])
    filters = {"state": state if state in STATES else "", "scope": request.args.get("scope", "")}
    total, rows = queries.changes(
        hq().db,
        ctx().actor.stores,
        **filters,
        now_ms=hq().clock.now_ms(),
        offset=(number - 1) * PAGE_ROWS,
        limit=PAGE_ROWS,
    )
    return render(
        "prices/index.html", page=Page(rows, total, number), filters=filters, states=STATES,
        scopes=visible, now=queries.civil_now(hq().db, hq().clock.now_ms()),
    )  # fmt: skip


@pages.post("/<sku>")
@needs("prices.change")
def set_price(sku: str) -> Response:
    """A new price now or later; a refused one leads back to the form with what was typed."""
    form = request.form
    later = form.get("when") == "later"
    try:
        if later and not form.get("from", "").strip():
            raise Invalid("prices.start_missing")
        exponent = EXPONENTS[chain(hq().db).currency]
        actions.set_price(
            ctx(), sku=sku, scope=form.get("scope", ""), price_minor=parse_minor(form.get("price", ""), exponent),
            from_civil=form["from"] if later else "", until_civil=form.get("until", ""), note=form.get("note", ""),
            refuse_same=True,
        )  # fmt: skip
        say("prices.saved")
    except LianpuError as error:
        say_refused(error)
        typed: dict[str, Any] = {name: form.get(name, "")[:200] for name in TYPED}
        return redirect(url_for("catalogue.show", sku=sku, _anchor="price", **typed))
    return redirect(url_for("catalogue.show", sku=sku))


@pages.post("/cancel/<price_id>")
@needs("prices.change")
def cancel(price_id: str) -> Response:
    """Take back a price that has not begun."""
    try:
        actions.cancel_price(ctx(), price_id)
        say("prices.cancelled")
    except LianpuError as error:
        say_refused(error)
    back = request.form.get("back", "")
    return redirect(back if back.startswith("/products/") else url_for("prices.index", state="coming"))
