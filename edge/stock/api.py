"""JSON of goods in and write-off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, TypedDict

import msgspec
from flask import Blueprint
from msgspec import Meta

from edge.people.model import Approvable
from edge.stock import actions
from edge.web import command
from kit.context import Context
from kit.contract import Json, Text

api = Blueprint("stock_api", __name__, url_prefix="/api/v1/stock")


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """So many thousandths of a product."""

    sku: str
    quantity: int


class Delivery(Approvable, frozen=True, kw_only=True):
    """Goods in; `reference` is the delivery note's number."""

    refused_as: ClassVar[Mapping[str, str]] = {**Approvable.refused_as, "lines": "stock.line_malformed"}

    reference: Text
    lines: Annotated[list[Goods], Meta(max_length=actions.LINES_MAX)] = []


class Loss(Approvable, frozen=True, kw_only=True):
    """Goods that left unsold, with a reason of the chain's list."""

    refused_as: ClassVar[Mapping[str, str]] = {**Approvable.refused_as, "lines": "stock.line_malformed"}

    reason: Text
    note: Text = ""
    lines: Annotated[list[Goods], Meta(max_length=actions.LINES_MAX)] = []


class Booked(TypedDict):
    """The event that was recorded."""

    id: str


@api.post("/receive", endpoint="receive")
@command("stock.receive")
def receive(ctx: Context, body: Delivery) -> Annotated[Json, Booked]:
    """Goods came in."""
    return actions.receive(ctx, reference=body.reference, lines=plain(body.lines), approval=body.approval)


@api.post("/write-off", endpoint="write_off")
@command("stock.write_off")
def write_off(ctx: Context, body: Loss) -> Annotated[Json, Booked]:
    """Goods left unsold."""
    return actions.write_off(
        ctx,
        reason=body.reason,
        note=body.note,
        lines=plain(body.lines),
        approval=body.approval,
    )


def plain(lines: list[Goods]) -> list[Json]:
    """As the actions take them."""
    return [msgspec.structs.asdict(line) for line in lines]
