"""From a request to a context: which paired terminal, which person, and the answer that is given once.

Every mutating call carries `X-Lianpu: 1` (no form of a foreign page can) and an Idempotency-Key; the same key
answers the same result, the same key with another body is 422.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

from flask import Response, current_app, g, jsonify, request

from edge.journal.model import AlreadyAnswered
from edge.people import repository as people
from edge.people.actions import lock
from edge.people.model import Approval
from edge.till import state
from kit.cards import holds_card_number
from kit.context import SYSTEM, Context
from kit.crypto import token_digest
from kit.i18n import LANGUAGES
from kit.web import Unauthenticated, json_body
from retail.errors import Invalid, NotPermitted, Unavailable

COOKIE = "lianpu_device"
SHOWN = "X-Lianpu-Shown"  # the mark of the State on the page that asks
LANGUAGE = "X-Lianpu-Language"  # the language of the page that asks
KEY = re.compile(r"[A-Za-z0-9_\-]{8,64}")
View = Callable[..., Any]


def node() -> Any:
    """The running node of this app."""
    return current_app.extensions["lianpu_node"]


def screen_language() -> str:
    """What the page says it shows; empty when it says nothing that we speak. While nobody is signed in it counts."""
    said = request.headers.get(LANGUAGE, "")
    return said if said in LANGUAGES else ""


def device_context() -> Context:
    """The context of a paired terminal, whoever is there; `NotPermitted("people.device_unknown")` otherwise."""
    token = request.cookies.get(COOKIE, "")
    row = None
    if token:
        row = node().db.row(
            "SELECT terminal FROM terminal_device WHERE token_digest = ? AND revoked_at IS NULL",
            (token_digest(token),),
        )
    if row is None:
        raise Unauthenticated("people.device_unknown")
    signed = people.sign_in_of(node().db, row["terminal"])
    someone = signed is not None and not signed["locked"] and node().people.actor(signed["staff"]) is not None
    g.language = signed["language"] if signed and (someone or not screen_language()) else None
    return Context(app=node(), clock=node().clock, actor=SYSTEM, device=row["terminal"], trace=g.trace)


def person_context() -> Context:
    """The context of the person who is signed in and not locked out."""
    ctx = device_context()
    signed = people.sign_in_of(node().db, ctx.device)
    actor = node().people.actor(signed["staff"]) if signed else None
    if node().idle_too_long(ctx.device):
        lock(ctx, "people.locked_idle")
        raise NotPermitted("people.sign_in_needed")
    if signed is None or actor is None or signed["locked"]:
        raise NotPermitted("people.sign_in_needed")
    node().touch(ctx.device)
    return ctx.acting_as(replace(actor, language=signed["language"]))


def guard_page_call() -> None:
    """Refuse a call that a foreign form could make."""
    if request.headers.get("X-Lianpu") != "1":
        raise NotPermitted("web.header_missing")


def command(view: View) -> View:
    """A mutating call of a signed-in person: `view(ctx, body)` returns the result that is kept with its key."""

    @wraps(view)
    def run(**names: str) -> Response:
        guard_page_call()
        ctx, body = keyed(person_context())
        result = node().journal.answered(ctx)
        if result is None:
            result = _once(lambda: view(ctx, body, **names))
        own = {name: value for name, value in result.items() if name != "state"}  # that is the new line's
        return jsonify({"ok": True, **own, **state.answer(ctx, request.headers.get(SHOWN, ""))})

    return run


def _once(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run it; on a disk that was full until the ballast went, run it once more (nothing was written before)."""
    try:
        try:
            return call()
        except Unavailable as refused:
            if not refused.facts.get("ballast_released"):
                raise
            return call()
    except AlreadyAnswered as earlier:
        return earlier.result


def keyed(ctx: Context) -> tuple[Context, dict[str, Any]]:
    """The request's JSON and the context that remembers its answer under the Idempotency-Key."""
    body = json_body(limit=256 * 1024)
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        raise Invalid("web.key_missing")
    digest = hashlib.sha256(request.path.encode() + b"\0" + request.get_data()).digest()
    return replace(ctx, facts={"key": f"{ctx.device}:{key}", "request": digest}), body


def text_of(body: dict[str, Any], name: str, *, limit: int = 200, default: str | None = None) -> str:
    """A text field; `Invalid("web.field")` when it is missing, not a text or too long."""
    value = _text(body.get(name, default), name, limit)
    if holds_card_number(value):
        raise Invalid("web.card_number", field=name)
    return value


def code_of(body: dict[str, Any]) -> str:
    """A scanned code: a scale label of 18 digits may check like a card's, so the scan itself tells them apart."""
    return _text(body.get("code"), "code", 128)


def _text(value: Any, name: str, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise Invalid("web.field", field=name)
    return value


def integer_of(body: dict[str, Any], name: str, *, default: int | None = None) -> int:
    """An integer field; booleans are not integers."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid("web.field", field=name)
    return value


def optional_integer(body: dict[str, Any], name: str) -> int | None:
    """An integer field that may be absent or null."""
    return None if body.get(name) is None else integer_of(body, name)


def list_of(body: dict[str, Any], name: str, *, limit: int = 500) -> list[dict[str, Any]]:
    """A list of objects."""
    value = body.get(name, [])
    if not isinstance(value, list) or len(value) > limit or not all(isinstance(item, dict) for item in value):
        raise Invalid("web.field", field=name)
    return value


def approval_of(body: dict[str, Any]) -> Approval | None:
    """The approval given with the call."""
    return Approval.parse(body.get("approval"))
