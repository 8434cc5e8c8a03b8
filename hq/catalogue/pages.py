"""Pages of products, categories and brands."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.audit.queries import history
from hq.catalogue import actions, queries, repository
from hq.catalogue.model import Product
from hq.prices import queries as prices
from hq.stock import queries as stock
from hq.web import (
    PAGE_ROWS,
    Page,
    ctx,
    form_int,
    form_text,
    hq,
    needs,
    page_number,
    render,
    say,
    say_refused,
)
from retail.errors import LianpuError, NotFound

pages = Blueprint("catalogue", __name__, template_folder="templates")
STATES = ("", "active", "retired")


@pages.get("/products/")
@needs("catalogue.view")
def index() -> str:
    """The product list with search, category and state."""
    number = page_number()
    filters = {
        "text": request.args.get("text", "").strip()[:80], "category": request.args.get("category", ""),
        "state": request.args.get("state", "") if request.args.get("state") in STATES else "",
    }  # fmt: skip
    total, rows = queries.products(hq().db, **filters, offset=(number - 1) * PAGE_ROWS, limit=PAGE_ROWS)
    page = Page(rows, total, number)
    now = prices.in_force(hq().db, [row.sku for row in rows], hq().clock.now_ms(), ctx().actor.stores)
    if request.headers.get("HX-Target") == "rows":
        return render("catalogue/rows.html", page=page, filters=filters, prices=now)
    with hq().db.read() as connection:
        categories = repository.categories(connection)
    return render(
        "catalogue/index.html", page=page, filters=filters, prices=now, categories=categories,
        count=queries.count(hq().db),
    )  # fmt: skip


@pages.get("/find")
@needs("catalogue.view")
def find() -> Response:
    """The search of the side bar: one hit opens it, else the list."""
    text = request.args.get("q", "").strip()[:80]
    with hq().db.read() as connection:
        exact = repository.product_row(connection, text)
    if exact is not None:
        return redirect(url_for("catalogue.show", sku=text))
    if "/" in text and "-" in text and ctx().actor.may("sales.view"):
        return redirect(url_for("sales.by_number", number=text))
    return redirect(url_for("catalogue.index", text=text))


@pages.get("/products/suggest")
@needs("catalogue.view")
def suggest() -> str:
    """Options for a chooser."""
    text = next((v for name, v in request.args.items() if name == "text" or name.startswith("sku.")), "")
    rows = queries.suggestions(hq().db, text.strip()[:80])
    return render("catalogue/options.html", rows=rows)


@pages.get("/products/new")
@needs("catalogue.change")
def new() -> str:
    """The form for a new product."""
    return _form(None, None, 200)[0]


def _choices() -> dict[str, Any]:
    with hq().db.read() as connection:
        return {
            "categories": repository.categories(connection),
            "brands": queries.brands(hq().db),
            "taxes": sorted(repository.tax_codes(connection)),
        }


def _form(product: Product | None, version: int | None, status: int) -> tuple[str, int]:
    return render("catalogue/new.html", product=product, version=version, **_choices()), status


@pages.post("/products/new")
@needs("catalogue.change")
def add() -> Response | tuple[str, int]:
    """Add a product, its first barcode and its first chain price if they were typed."""
    wanted = _typed(request.form.get("sku", ""))
    try:
        product = actions.save_product(ctx(), wanted, version=None)
    except LianpuError as error:
        say_refused(error)
        return _form(wanted, None, 422)
    say("catalogue.added")
    code = request.form.get("barcode", "").strip()
    if code:
        try:
            actions.add_barcode(ctx(), product.sku, code)
        except LianpuError as error:
            say_refused(error)
    return redirect(url_for("catalogue.show", sku=product.sku))


def _typed(sku: str) -> Product:
    form = request.form
    return Product(
        sku=sku.strip(), name=form_text("name"), brand=form.get("brand", ""), spec=form.get("spec", ""),
        unit=form.get("unit", "pc"), weighed=bool(form.get("weighed")), tax_code=form.get("tax_code", ""),
        category=form.get("category", ""), active=bool(form.get("active")),
    )  # fmt: skip


@pages.get("/products/<sku>")
@needs("catalogue.view")
def show(sku: str) -> str:
    """One product: prices and stock, details and barcodes, or history."""
    tab = request.args.get("tab", "prices")
    return _show(sku, tab if tab in ("prices", "details", "history") else "prices")


def _show(sku: str, tab: str) -> str:
    with hq().db.read() as connection:
        product = repository.product(connection, sku)
        row = repository.product_row(connection, sku)
        if product is None or row is None:
            raise NotFound("catalogue.product_unknown", sku=sku[:60])
        brand = repository.brand_name(connection, product.brand)
    facts: dict[str, Any] = {"product": product, "row": row, "brand": brand, "tab": tab}
    if tab == "prices":
        facts["prices"] = prices.of_product(hq().db, sku, hq().clock.now_ms(), ctx().actor.stores)
        facts["lines"] = prices.lines(hq().db, facts["prices"], hq().clock.now_ms())
        facts["stock"] = stock.of_product(hq().db, sku, ctx().actor.stores)
        facts["scopes"] = prices.scopes(hq().db, ctx().actor.stores)
    elif tab == "details":
        facts |= _choices() | {"shared": queries.shared_codes(hq().db, sku)}
    visible = None if ctx().actor.stores is None else prices.visible(hq().db, ctx().actor.stores)
    facts["history"] = history(hq().db, f"product:{sku}", scopes=visible)
    return render("catalogue/show.html", **facts)


@pages.post("/products/<sku>")
@needs("catalogue.change")
def change(sku: str) -> Response | tuple[str, int]:
    """Save a product; somebody else's change in between is not overwritten."""
    try:
        actions.save_product(ctx(), _typed(sku), version=form_int("version"))
    except LianpuError as error:
        say_refused(error)
        return _show(sku, "details"), 422
    say("catalogue.saved")
    return redirect(url_for("catalogue.show", sku=sku, tab="details"))


@pages.post("/products/<sku>/barcodes")
@needs("catalogue.change")
def add_barcode(sku: str) -> Response | tuple[str, int]:
    """One more barcode."""
    try:
        pieces = form_int("pieces", 1)
        actions.add_barcode(ctx(), sku, request.form.get("code", ""), quantity=pieces * actions.ONE)
    except LianpuError as error:
        say_refused(error)
        return _show(sku, "details"), 422
    say("catalogue.barcode_added")
    return redirect(url_for("catalogue.show", sku=sku, tab="details"))


@pages.post("/products/<sku>/barcodes/remove")
@needs("catalogue.change")
def remove_barcode(sku: str) -> Response:
    """Take a barcode away."""
    try:
        actions.remove_barcode(ctx(), sku, request.form.get("code", ""))
        say("catalogue.barcode_removed")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("catalogue.show", sku=sku, tab="details"))


# -- categories and brands ---------------------------------------------------------------------------------


@pages.get("/categories/")
@needs("catalogue.view")
def categories() -> str:
    """Categories as a tree, and brands."""
    return _categories()


def _categories() -> str:
    with hq().db.read() as connection:
        rows = repository.categories(connection)
    changes = history(hq().db, "settings:categories", 20) + history(hq().db, "settings:brands", 20)
    return render(
        "catalogue/categories.html", rows=tree(rows), flat=rows, brands=queries.brands(hq().db),
        history=sorted(changes, key=lambda entry: entry.id, reverse=True),
    )  # fmt: skip


def tree(rows: list[Any]) -> list[tuple[int, Any]]:
    """Rows in the order of a tree with their depth."""
    below: dict[str | None, list[Any]] = {}
    for row in rows:
        below.setdefault(row.parent, []).append(row)
    found: list[tuple[int, Any]] = []

    def walk(parent: str | None, depth: int) -> None:
        for row in below.get(parent, ()):
            found.append((depth, row))
            walk(row.code, depth + 1)

    walk(None, 0)
    return found


@pages.post("/categories/")
@needs("catalogue.change")
def save_category() -> Response | tuple[str, int]:
    """Add or change a category."""
    form = request.form
    try:
        actions.save_category(
            ctx(), code=form.get("code", ""), name=form_text("name"), parent=form.get("parent") or None,
            position=form_int("position", 0),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return _categories(), 422
    say("settings.saved")
    return redirect(url_for("catalogue.categories"))


@pages.post("/brands/")
@needs("catalogue.change")
def save_brand() -> Response | tuple[str, int]:
    """Add or rename a brand."""
    try:
        actions.save_brand(ctx(), code=request.form.get("code", ""), name=form_text("name"))
    except LianpuError as error:
        say_refused(error)
        return _categories(), 422
    say("settings.saved")
    return redirect(url_for("catalogue.categories"))
