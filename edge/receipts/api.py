"""JSON of the receipt list."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from edge.receipts import actions, queries
from edge.web import approval_of, command, node, person_context, text_of
from kit.context import Context
from retail.barcode import classify
from retail.errors import NotFound

api = Blueprint("receipts_api", __name__, url_prefix="/api/v1/receipts")


@api.get("")
def search() -> Response:
    """By number, day, terminal, time or amount."""
    ctx = person_context()
    args = request.args
    found = queries.search(
        ctx, args.get("q", "")[:40].strip(), args.get("day", ""), args.get("terminal", "")[:10]
    )
    return jsonify({"ok": True, "receipts": found})


@api.get("/find")
def find() -> Response:
    """By the text of the QR code or the printed number."""
    ctx = person_context()
    scanned = classify(request.args.get("code", "")[:128])
    row = next((row for code in scanned.lookup if (row := queries.by_number(node().db, code))), None)
    if row is None:
        raise NotFound("receipts.not_found", id=scanned.text)
    return jsonify({"ok": True, "receipt": queries.view(ctx, row["id"])})


@api.get("/<id_>")
def view(id_: str) -> Response:
    """One receipt."""
    return jsonify({"ok": True, "receipt": queries.view(person_context(), id_)})


@api.post("/<id_>/reprint", endpoint="reprint")
@command
def reprint(ctx: Context, body: dict[str, Any], id_: str) -> dict[str, Any]:
    """One more paper, marked COPY."""
    return actions.reprint(ctx, id_, reason=text_of(body, "reason", default=""), approval=approval_of(body))
