"""JSON of returns."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from edge.returns import actions
from edge.till.model import tender_from
from edge.web import approval_of, command, guard_page_call, integer_of, list_of, person_context, text_of
from kit.context import Context
from kit.web import json_body
from retail.errors import Invalid

api = Blueprint("returns_api", __name__, url_prefix="/api/v1/returns")


@api.post("/quote")
def quote() -> Response:
    """What would be paid out."""
    guard_page_call()
    ctx, body = person_context(), json_body(limit=64 * 1024)
    found = actions.quote(ctx, text_of(body, "original"), _wanted(body), _tenders(body))
    return jsonify({"ok": True, **found})


@api.post("", endpoint="make")
@command
def make(ctx: Context, body: dict[str, Any]) -> dict[str, Any]:
    """Book a return."""
    return actions.make_return(
        ctx,
        original=text_of(body, "original"),
        reason=text_of(body, "reason"),
        wanted=_wanted(body),
        tenders=_tenders(body),
        approval=approval_of(body),
    )


def _wanted(body: dict[str, Any]) -> dict[int, int]:
    lines = list_of(body, "lines", limit=200)
    wanted = {integer_of(line, "line"): integer_of(line, "quantity") for line in lines}
    if len(wanted) != len(lines):
        raise Invalid("web.field", field="lines")
    return wanted


def _tenders(body: dict[str, Any]) -> list[Any]:
    return [
        tender_from({**plain, "given_minor": plain.get("amount_minor", plain.get("given_minor"))})
        for plain in list_of(body, "tenders", limit=10)
    ]
