"""JSON of the receipt list."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from drivers.printer.layout import preview
from drivers.printer.protocol import PrinterCaps
from edge.receipts import actions, queries
from edge.spool import compose
from edge.web import approval_of, command, node, person_context, text_of
from kit.context import Context
from retail.barcode import classify
from retail.errors import NotFound

PREVIEW = PrinterCaps()
api = Blueprint("receipts_api", __name__, url_prefix="/api/v1/receipts")


def _reader() -> Context:
    """A person who may look at receipts."""
    ctx = person_context()
    found: Context = node().people.need(ctx, "receipts.view")
    return found


def _shown(ctx: Context, id_: str) -> dict[str, Any]:
    """The receipt with its paper as plain lines."""
    found = queries.view(ctx, id_)
    paper = compose.receipt(node(), id_, ctx.actor.language)
    return found | {"text": preview(paper, PREVIEW).splitlines()}


@api.get("")
def search() -> Response:
    """By number, day, terminal, time or amount."""
    ctx = _reader()
    args = request.args
    found = queries.search(
        ctx, args.get("q", "")[:40].strip(), args.get("day", ""), args.get("terminal", "")[:10]
    )
    return jsonify({"ok": True, "receipts": found})


@api.get("/find")
def find() -> Response:
    """By the text of the QR code or the printed number."""
    ctx = _reader()
    scanned = classify(request.args.get("code", "")[:128])
    row = next((row for code in scanned.lookup if (row := queries.by_number(node().db, code))), None)
    if row is None:
        raise NotFound("receipts.not_found", id=scanned.text)
    return jsonify({"ok": True, "receipt": _shown(ctx, row["id"])})


@api.get("/<id_>")
def view(id_: str) -> Response:
    """One receipt."""
    return jsonify({"ok": True, "receipt": _shown(_reader(), id_)})


@api.post("/<id_>/reprint", endpoint="reprint")
@command
def reprint(ctx: Context, body: dict[str, Any], id_: str) -> dict[str, Any]:
    """One more paper, marked COPY."""
    return actions.reprint(ctx, id_, reason=text_of(body, "reason"), approval=approval_of(body))
