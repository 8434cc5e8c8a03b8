"""JSON of the receipt list."""

from __future__ import annotations

from typing import Annotated, TypedDict

from flask import Blueprint

from drivers.printer.layout import preview
from drivers.printer.protocol import PrinterCaps
from edge.receipts import actions, queries
from edge.spool import compose
from edge.till.bodies import Code, Why
from edge.web import call, command, node, person_context
from kit.context import Context
from kit.contract import Json, Told
from retail.barcode import classify
from retail.errors import NotFound

PREVIEW = PrinterCaps()
api = Blueprint("receipts_api", __name__, url_prefix="/api/v1/receipts")


class Search(Told, frozen=True, kw_only=True):
    """`q` is part of a number, a time HH:MM or an amount; `day` is YYYY-MM-DD."""

    q: str = ""
    day: str = ""
    terminal: str = ""


class Listed(TypedDict):
    """A document in the list."""

    id: str
    kind: str
    number: str
    at: int
    time: str
    day: str
    terminal: str
    staff: str
    staff_name: str
    total_minor: int
    payable_minor: int
    pieces: int
    copies: int


class Receipts(TypedDict):
    """Newest first, at most 100."""

    receipts: list[Listed]


class Returnable(TypedDict):
    """A line of a sale and how much of it may still come back."""

    line: int
    name: dict[str, str]
    sku: str
    unit: str
    quantity: int
    left: int
    total_minor: int


class Receipt(Listed):
    """A document with its event's payload (docs/events.md) and hash, and its paper as plain lines."""

    bh: str
    payload: Json
    returnable: list[Returnable]
    text: list[str]


class One(TypedDict):
    """One receipt."""

    receipt: Receipt


class Copied(TypedDict):
    """Which copy of which receipt was printed."""

    copy: int
    number: str


def _shown(ctx: Context, id_: str) -> Json:
    """The receipt with its paper as plain lines."""
    found = queries.view(ctx, id_)
    paper = compose.receipt(node(), id_, ctx.actor.language)
    return found | {"text": preview(paper, PREVIEW).splitlines()}


@api.get("")
@call(person_context, "receipts.view")
def search(ctx: Context, query: Search) -> Annotated[Json, Receipts]:
    """By number, day, terminal, time or amount."""
    found = queries.search(ctx, query.q[:40].strip(), query.day, query.terminal[:10])
    return {"receipts": found}


@api.get("/find")
@call(person_context, "receipts.view")
def find(ctx: Context, query: Code) -> Annotated[Json, One]:
    """By the text of the QR code or the printed number."""
    scanned = classify(query.code[:128])
    row = next((row for code in scanned.lookup if (row := queries.by_number(node().db, code))), None)
    if row is None:
        raise NotFound("receipts.not_found", id=scanned.text)
    return {"receipt": _shown(ctx, row["id"])}


@api.get("/<id_>")
@call(person_context, "receipts.view")
def view(ctx: Context, id_: str) -> Annotated[Json, One]:
    """One receipt."""
    return {"receipt": _shown(ctx, id_)}


@api.post("/<id_>/reprint", endpoint="reprint")
@command("receipts.reprint")
def reprint(ctx: Context, body: Why, id_: str) -> Annotated[Json, Copied]:
    """One more paper, marked COPY."""
    return actions.reprint(ctx, id_, reason=body.reason, approval=body.approval)
