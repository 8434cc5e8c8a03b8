"""JSON of goods in and write-off."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from edge.stock import actions
from edge.web import approval_of, command, list_of, text_of
from kit.context import Context

api = Blueprint("stock_api", __name__, url_prefix="/api/v1/stock")


@api.post("/receive", endpoint="receive")
@command
def receive(ctx: Context, body: dict[str, Any]) -> dict[str, Any]:
    """Goods came in."""
    return actions.receive(
        ctx, reference=text_of(body, "reference"), lines=list_of(body, "lines"), approval=approval_of(body)
    )


@api.post("/write-off", endpoint="write_off")
@command
def write_off(ctx: Context, body: dict[str, Any]) -> dict[str, Any]:
    """Goods left unsold."""
    return actions.write_off(
        ctx,
        reason=text_of(body, "reason"),
        note=text_of(body, "note", default=""),
        lines=list_of(body, "lines"),
        approval=approval_of(body),
    )
