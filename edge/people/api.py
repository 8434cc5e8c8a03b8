"""JSON of pairing, sign-in, lock and language."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from edge.people import actions, pairing
from edge.till import state
from edge.web import COOKIE, command, device_context, guard_page_call, node, text_of
from kit.context import Context
from kit.i18n import LANGUAGES
from kit.web import json_body
from retail.errors import Invalid

api = Blueprint("people_api", __name__, url_prefix="/api/v1")


@api.post("/pair")
def pair() -> Response:
    """Trade a one-use code for the device cookie that makes this browser a till."""
    guard_page_call()
    body = json_body(limit=4096)
    token, terminal = pairing.pair(
        node(),
        text_of(body, "code", limit=40),
        text_of(body, "label", limit=60, default=""),
        request.remote_addr or "",
    )
    response = jsonify({"ok": True, "terminal": terminal})
    response.set_cookie(
        COOKIE,
        token,
        max_age=400 * 86400,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
        path="/",
    )
    return response


@api.get("/staff")
def staff() -> Response:
    """Names for the sign-in page of a paired terminal."""
    device_context()
    people = node().reference.settings.staff.values()
    listed = sorted((row.number, row.name) for row in people if row.active)
    return jsonify({"ok": True, "staff": [{"number": number, "name": name} for number, name in listed]})


@api.post("/sign-in")
@api.post("/switch", endpoint="switch")
def sign_in() -> Response:
    """By number and PIN; the first time by number, initial code and a new PIN. A switch is the same: who sat
    there before is out, the basket stays.
    """
    guard_page_call()
    ctx, body = device_context(), json_body(limit=4096)
    number = text_of(body, "staff", limit=20)
    if body.get("new_pin") is not None:
        actor = actions.first_sign_in(
            ctx, number, text_of(body, "initial", limit=20), text_of(body, "new_pin", limit=20)
        )
    else:
        actor = actions.sign_in(ctx, number, text_of(body, "pin", limit=20))
    node().touch(ctx.device)
    return jsonify({"ok": True, **state.answer(ctx.acting_as(actor))})


@api.post("/lock")
def lock() -> Response:
    """Lock the terminal; the basket stays."""
    guard_page_call()
    ctx = device_context()
    actions.lock(ctx)
    return jsonify({"ok": True, **state.answer(ctx)})


@api.post("/language", endpoint="language")
@command
def language(ctx: Context, body: dict[str, Any]) -> dict[str, Any]:
    """Change the language of this person at this terminal."""
    wanted = text_of(body, "language", limit=10)
    if wanted not in LANGUAGES:
        raise Invalid("web.field", field="language")
    actions.choose_language(ctx, wanted)
    return {}


@api.get("/texts")
def texts() -> Response:
    """Every text of the till screen in one language."""
    wanted = request.args.get("lang", "en")
    return jsonify({"ok": True, "texts": node().texts.table(wanted)})
