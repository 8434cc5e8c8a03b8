"""From a request to a context: which paired terminal, which person, and the answer that is given once.

Every mutating call carries `X-Lianpu: 1` (no form of a foreign page can) and an Idempotency-Key; the same key
answers the same result, the same key with another body is 422. What a call takes and answers stands in the types of
its view (`kit.contract`).
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
from edge.till import state
from edge.till.damaged import whole
from kit.cards import holds_card_number
from kit.context import SYSTEM, Context
from kit.contract import Nothing, T, contract_of, read
from kit.crypto import token_digest
from kit.i18n import LANGUAGES
from kit.web import Unauthenticated, json_body
from retail.errors import Invalid, NotPermitted, Unavailable

COOKIE = "lianpu_device"
SHOWN = "X-Lianpu-Shown"  # the mark of the State on the page that asks
LANGUAGE = "X-Lianpu-Language"  # the language of the page that asks
KEY = re.compile(r"[A-Za-z0-9_\-]{8,64}")
View = Callable[..., Any]
Who = Callable[[], Context]


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


def anybody() -> Context:
    """No terminal and no person: pairing, and the texts of the page."""
    return Context(app=node(), clock=node().clock, actor=SYSTEM, device="", trace=g.trace)


WHO: dict[Who, str] = {anybody: "anybody", device_context: "device", person_context: "person"}


def call(who: Who, *rights: str, limit: int = 4096) -> Callable[[View], View]:
    """A call that is answered anew each time: `view(ctx)`, with `body` or `query` if it declares one.

    The person must hold every right; an answer that is a mapping becomes JSON.
    """

    def wrap(view: View) -> View:
        contract = contract_of(view, who=WHO[who], rights=rights, keyed=False)

        @wraps(view)
        def run(**names: Any) -> Response:
            if request.method == "POST":
                guard_page_call()
            ctx = who()
            for right in rights:
                ctx = node().people.need(ctx, right)
            if contract.body is not None:
                names["body"] = told(contract.body, json_body(limit))
            if contract.query is not None:
                names["query"] = read(contract.query, request.args.to_dict(), strict=False)
            answer = whole(node(), lambda: view(ctx, **names))
            return answer if isinstance(answer, Response) else jsonify({"ok": True, **answer})

        run.contract = contract  # type: ignore[attr-defined]
        return run

    return wrap


def command(*rights: str) -> Callable[[View], View]:
    """A mutating call of a signed-in person: `view(ctx, body)` returns the result that is kept with its key.

    `rights` says what its action asks for, the first of them always, the others where docs/api-till.md says so.
    """

    def wrap(view: View) -> View:
        contract = contract_of(view, who="person", rights=rights, keyed=True)
        kind = contract.body or Nothing

        @wraps(view)
        def run(**names: str) -> Response:
            guard_page_call()
            ctx, body = keyed(person_context())
            result = node().journal.answered(ctx)
            if result is None:
                result = whole(node(), lambda: _once(lambda: view(ctx, told(kind, body), **names)))
            own = {name: value for name, value in result.items() if name != "state"}  # that is the new line's
            shown = whole(node(), lambda: state.answer(ctx, request.headers.get(SHOWN, "")))
            return jsonify({"ok": True, **own, **shown})

        run.contract = contract  # type: ignore[attr-defined]
        return run

    return wrap


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


def told(kind: type[T], plain: dict[str, Any]) -> T:
    """The body as its type. No field but the scan itself takes what looks like a card number."""
    body = read(kind, plain)
    for name in body.__struct_fields__:
        value = getattr(body, name)
        if isinstance(value, str) and name not in kind.card_like and holds_card_number(value):
            raise Invalid("web.card_number", field=name)
    return body
