"""Pages of stores, terminals and zones."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.allowed import require_store
from hq.audit.queries import history
from hq.stores import actions, queries, repository
from hq.web import ctx, form_text, hq, needs, render, say, say_refused
from retail.errors import LianpuError, NotFound

pages = Blueprint("stores", __name__, template_folder="templates", url_prefix="/stores")


@pages.get("/")
@needs("stores.view")
def index() -> str:
    """All stores and zones."""
    found = queries.stores(hq().db, ctx().actor.stores)
    return render("stores/index.html", stores=found, zones=queries.zones(hq().db))


@pages.post("/zones")
@needs("stores.change")
def save_zone() -> Response:
    """Add or rename a zone."""
    try:
        actions.save_zone(ctx(), code=request.form.get("code", ""), name=form_text("name"))
        say("stores.zone_saved")
    except LianpuError as error:
        say_refused(error)
    return redirect(url_for("stores.index"))


@pages.get("/new")
@needs("stores.change")
def new() -> str:
    """The form for a new store."""
    return render("stores/new.html", zones=queries.zones(hq().db), form={})


@pages.post("/new")
@needs("stores.change")
def add() -> Response | tuple[str, int]:
    """Add a store with its terminals."""
    form = request.form
    try:
        code = actions.add_store(
            ctx(), code=form.get("code", ""), name=form_text("name"), zone=form.get("zone", ""),
            time_zone=form.get("time_zone", "").strip(), address=form_text("address"),
            terminals=[part.strip() for part in form.get("terminals", "").split(",") if part.strip()],
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return render("stores/new.html", zones=queries.zones(hq().db), form=form), 422
    say("stores.added", store=code)
    return redirect(url_for("stores.show", code=code))


@pages.get("/<code>")
@needs("stores.view")
def show(code: str) -> str:
    """One store."""
    return _show(code)


def _show(code: str) -> str:
    require_store(ctx(), code)
    with hq().db.read() as connection:
        store = repository.store(connection, code)
        if store is None:
            raise NotFound("stores.store_unknown", store=code[:20])
        terminals = repository.terminals(connection, code)
    return render(
        "stores/show.html", store=store, zones=queries.zones(hq().db), keys=queries.node_keys(hq().db, code),
        terminals=[(row, msgspec.json.decode(row.devices)) for row in terminals],
        history=history(hq().db, f"store:{code}"),
    )  # fmt: skip


@pages.post("/<code>")
@needs("stores.change")
def change(code: str) -> Response | tuple[str, int]:
    """Save a store."""
    form = request.form
    try:
        actions.change_store(
            ctx(), code, name=form_text("name"), zone=form.get("zone", ""),
            time_zone=form.get("time_zone", "").strip(), address=form_text("address"),
            receipt_head=form_text("receipt_head"), receipt_foot=form_text("receipt_foot"),
            is_open=bool(form.get("open")),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return _show(code), 422
    say("stores.saved", store=code)
    return redirect(url_for("stores.show", code=code))


@pages.post("/<code>/terminals")
@needs("stores.change")
def save_terminal(code: str) -> Response | tuple[str, int]:
    """Add or change a terminal."""
    form = request.form
    try:
        actions.save_terminal(
            ctx(), store=code, code=form.get("code", ""), name=form.get("name", ""), devices=_devices(),
            active=bool(form.get("active")),
        )  # fmt: skip
    except LianpuError as error:
        say_refused(error)
        return _show(code), 422
    say("stores.terminal_saved", terminal=form.get("code", ""))
    return redirect(url_for("stores.show", code=code) + "#terminals")


def _devices() -> dict[str, dict[str, Any]]:
    form = request.form
    drawer = form.get("drawer", "none")
    printer = {
        "transport": form.get("printer", "none"), "address": form.get("printer_address", "").strip(),
        "path": form.get("printer_path", "").strip(), "baudrate": form.get("printer_baudrate", "9600"),
        "codec": form.get("codec", "gbk"), "columns": form.get("columns", "48"),
        "drawer": {"none": False, "plain": True}.get(drawer, drawer),
    }  # fmt: skip
    scanner = {
        "kind": form.get("scanner", "keyboard"), "path": form.get("scanner_path", "").strip(),
        "baudrate": form.get("scanner_baudrate", "9600"),
    }  # fmt: skip
    return {"printer": printer, "scanner": scanner}
