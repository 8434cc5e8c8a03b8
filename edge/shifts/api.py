"""JSON of shifts and the drawer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from edge.shifts import actions
from edge.web import approval_of, command, integer_of, person_context, text_of
from kit.context import Context
from retail.errors import Invalid

api = Blueprint("shifts_api", __name__, url_prefix="/api/v1")
Body = dict[str, Any]


@api.post("/shift/open", endpoint="open")
@command
def open_shift(ctx: Context, body: Body) -> Body:
    """Begin with a float."""
    return actions.open_shift(ctx, integer_of(body, "float_minor"), approval_of(body))


@api.post("/shift/cash", endpoint="cash")
@command
def cash(ctx: Context, body: Body) -> Body:
    """Cash in or out."""
    direction = text_of(body, "direction", limit=3)
    return actions.move_cash(
        ctx,
        direction=direction,
        amount_minor=integer_of(body, "amount_minor"),
        reason=text_of(body, "reason"),
        note=text_of(body, "note", default=""),
        approval=approval_of(body),
    )


@api.post("/shift/x", endpoint="x")
@command
def x(ctx: Context, body: Body) -> Body:
    """The figures so far."""
    return actions.report_x(ctx, approval_of(body))


@api.get("/shift/closing")
def closing() -> Response:
    """What is asked before a close."""
    return jsonify({"ok": True, "questions": actions.closing_questions(person_context())})


@api.post("/shift/close", endpoint="close")
@command
def close(ctx: Context, body: Body) -> Body:
    """Count and close."""
    count, confirm = body.get("count"), body.get("confirm", [])
    if not isinstance(count, dict) or not isinstance(confirm, list):
        raise Invalid("web.field", field="count")
    return actions.close_shift(
        ctx, count=count, confirmed=[str(kind) for kind in confirm], approval=approval_of(body)
    )


@api.post("/drawer/open", endpoint="drawer")
@command
def drawer(ctx: Context, body: Body) -> Body:
    """Open without a sale."""
    return actions.open_drawer(
        ctx,
        reason=text_of(body, "reason"),
        note=text_of(body, "note", default=""),
        approval=approval_of(body),
    )
