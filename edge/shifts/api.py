"""JSON of shifts and the drawer."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from flask import Blueprint

from edge.people.model import Approvable
from edge.shifts import actions
from edge.web import call, command, person_context
from kit.context import Context
from kit.contract import Json, Text

api = Blueprint("shifts_api", __name__, url_prefix="/api/v1")


class Float(Approvable, frozen=True, kw_only=True):
    """What lies in the drawer at the beginning."""

    float_minor: int


class Move(Approvable, frozen=True, kw_only=True):
    """Cash in or out of the drawer, with a reason of the chain's list."""

    direction: Text
    amount_minor: int
    reason: Text
    note: Text = ""


class Opening(Approvable, frozen=True, kw_only=True):
    """Why the drawer opens without a sale."""

    reason: Text
    note: Text = ""


class Closing(Approvable, frozen=True, kw_only=True):
    """`count` maps a denomination (minor units) to pieces; `confirm` names the questions that were looked at."""

    count: dict[str, int]
    confirm: list[str] = []


class Opened(TypedDict):
    """The shift and its business day."""

    shift: str
    day: str


class Report(TypedDict):
    """The figures of `retail.shift.Report`; the `head_…` of the chain only on a Z."""

    kind: str
    shift: str
    store: str
    terminal: str
    day: str
    currency: str
    float_minor: int
    sales: int
    sales_minor: int
    returns: int
    returns_minor: int
    rounding_minor: int
    tenders: dict[str, int]
    taxes: dict[str, int]
    cash_in_minor: int
    cash_out_minor: int
    no_sale_openings: int
    aborted_baskets: int
    expected_minor: int
    counted_minor: int | None
    difference_minor: int | None
    count: dict[str, int]
    first_number: str | None
    last_number: str | None
    z_number: int | None
    head_inc: NotRequired[str]
    head_seq: NotRequired[int]
    head_hash: NotRequired[str]


class Reported(TypedDict):
    """An X or a Z."""

    report: Report


class Question(TypedDict):
    """What has to be looked at: open_basket, held or unknown_print."""

    kind: str
    ids: list[str]


class Questions(TypedDict):
    """What is asked before a close."""

    questions: list[Question]


@api.post("/shift/open", endpoint="open")
@command("shifts.open")
def open_shift(ctx: Context, body: Float) -> Annotated[Json, Opened]:
    """Begin with a float."""
    return actions.open_shift(ctx, body.float_minor, body.approval)


@api.post("/shift/cash", endpoint="cash")
@command("shifts.cash")
def cash(ctx: Context, body: Move) -> Json:
    """Cash in or out."""
    return actions.move_cash(
        ctx,
        direction=body.direction,
        amount_minor=body.amount_minor,
        reason=body.reason,
        note=body.note,
        approval=body.approval,
    )


@api.post("/shift/x", endpoint="x")
@command("shifts.report")
def x(ctx: Context, body: Approvable) -> Annotated[Json, Reported]:
    """The figures so far."""
    return actions.report_x(ctx, body.approval)


@api.get("/shift/closing")
@call(person_context)
def closing(ctx: Context) -> Annotated[Json, Questions]:
    """What is asked before a close."""
    return {"questions": actions.closing_questions(ctx)}


@api.post("/shift/close", endpoint="close")
@command("shifts.close")
def close(ctx: Context, body: Closing) -> Annotated[Json, Reported]:
    """Count and close."""
    return actions.close_shift(ctx, count=body.count, confirmed=body.confirm, approval=body.approval)


@api.post("/drawer/open", endpoint="drawer")
@command("till.no_sale")
def drawer(ctx: Context, body: Opening) -> Json:
    """Open without a sale."""
    return actions.open_drawer(
        ctx,
        reason=body.reason,
        note=body.note,
        approval=body.approval,
    )
