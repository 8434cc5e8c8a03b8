"""Once per Idempotency-Key: the claim of the key, the effect and the answer share one transaction.

A crash leaves all three or none, so that the same call may be sent again whatever happened to the first. A call
that arrives while another one with its key is under way waits for that one's end and gets the same answer. A
refused call keeps nothing: its key is free.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, g, jsonify, request

from hq import card_guard
from hq.api import repository
from hq.change import joining
from hq.web import ctx, hq
from kit.context import Context
from kit.contract import contract_of, read
from kit.web import json_body
from retail.errors import Invalid

KEY_LENGTH_MAX = 80

Work = Callable[[Context, dict[str, Any]], dict[str, Any]]
View = Callable[..., Any]


def once(view: View) -> View:
    """`view(acting, …)`, with `body` if it declares one, does the work in the transaction that claims the key; without
    a bearer only for a page of our own.
    """
    contract = contract_of(view, who="bearer", rights=(), keyed=True)

    @wraps(view)
    def run(**names: str) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= KEY_LENGTH_MAX or not key.isprintable():
            raise Invalid("api.key_missing")
        if not g.get("bearer") and request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise Invalid("api.foreign_page")
        body = json_body() if contract.body is not None else {}
        card_guard.refuse(body)
        digest = hashlib.sha256(
            f"{request.method} {request.path}\0".encode() + request.get_data()
        ).hexdigest()

        def work(acting: Context, plain: dict[str, Any]) -> dict[str, Any]:
            told = {} if contract.body is None else {"body": read(contract.body, plain)}
            return {"ok": True, **view(acting, **names, **told)}

        answer = _settled(key, digest, body, work)
        return Response(answer, status=200, mimetype="application/json")

    run.contract = contract  # type: ignore[attr-defined]
    return run


def asked(view: View) -> View:
    """A call that changes nothing: `view()`, with `query` if it declares one."""
    contract = contract_of(view, who="bearer", rights=(), keyed=False)

    @wraps(view)
    def run(**names: Any) -> Response:
        if contract.query is not None:
            names["query"] = read(contract.query, request.args.to_dict(), strict=False)
        return jsonify({"ok": True, **view(**names)})

    run.contract = contract  # type: ignore[attr-defined]
    return run


def _settled(key: str, digest: str, body: dict[str, Any], work: Work) -> str:
    """The answer under this key: made now, or kept from the call that made it."""
    person = ctx().actor.staff
    with hq().change(ctx()) as change:
        wanted = {"person": person, "key": key, "request": digest, "at": change.now_ms}
        if repository.claim(change.connection, wanted):
            answer = json.dumps(work(joining(ctx(), change), body), ensure_ascii=False)
            repository.settle(change.connection, person, key, answer)
            return answer
        known = repository.answer(change.connection, person, key)
    if known.request != digest:
        raise Invalid("api.key_reused")
    return str(known.answer)
