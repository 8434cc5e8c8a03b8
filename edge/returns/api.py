"""JSON of returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, TypedDict

import msgspec
from flask import Blueprint
from msgspec import Meta

from edge.people.model import Approvable
from edge.returns import actions
from edge.till.answers import Done
from edge.till.bodies import TENDER_MALFORMED
from edge.till.model import tender_from
from edge.web import call, command, person_context
from kit.context import Context
from kit.contract import Json, Text, Told
from retail.errors import Invalid
from retail.tender import Tender

api = Blueprint("returns_api", __name__, url_prefix="/api/v1/returns")


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the sale and how many thousandths of it come back."""

    line: int
    quantity: int


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """What is paid out one way; `given_minor` is an older name of `amount_minor`."""

    kind: str
    amount_minor: int | None = None
    given_minor: int | None = None
    approval: str | None = None


class Wanted(Told, frozen=True, kw_only=True):
    """What would come back, and how it would be paid out."""

    refused_as: ClassVar[Mapping[str, str]] = {"tenders": TENDER_MALFORMED}

    original: Text
    lines: Annotated[list[Back], Meta(max_length=200)] = []
    tenders: Annotated[list[Refund], Meta(max_length=10)] = []


class Return(Approvable, frozen=True, kw_only=True):
    """The same with a reason of the chain's list."""

    refused_as: ClassVar[Mapping[str, str]] = {**Approvable.refused_as, **Wanted.refused_as}

    original: Text
    reason: Text
    lines: Annotated[list[Back], Meta(max_length=200)] = []
    tenders: Annotated[list[Refund], Meta(max_length=10)] = []


class QuotedLine(TypedDict):
    """A line that would come back."""

    line: int
    quantity: int
    total_minor: int


class QuotedTender(TypedDict):
    """What would be paid out one way."""

    kind: str
    amount_minor: int


class Quoted(TypedDict):
    """What would be paid out."""

    total_minor: int
    payable_minor: int
    rounding_minor: int
    lines: list[QuotedLine]
    tenders: list[QuotedTender]


class Returned(TypedDict):
    """The return that was booked."""

    document: Done


@api.post("/quote")
@call(person_context, limit=64 * 1024)
def quote(ctx: Context, body: Wanted) -> Annotated[Json, Quoted]:
    """What would be paid out."""
    return actions.quote(ctx, body.original, _wanted(body.lines), _tenders(body.tenders))


@api.post("", endpoint="make")
@command("returns.make")
def make(ctx: Context, body: Return) -> Annotated[Json, Returned]:
    """Book a return."""
    return actions.make_return(
        ctx,
        original=body.original,
        reason=body.reason,
        wanted=_wanted(body.lines),
        tenders=_tenders(body.tenders),
        approval=body.approval,
    )


def _wanted(lines: list[Back]) -> dict[int, int]:
    wanted = {line.line: line.quantity for line in lines}
    if len(wanted) != len(lines):
        raise Invalid("web.field", field="lines")
    return wanted


def _tenders(refunds: list[Refund]) -> list[Tender]:
    return [
        tender_from(
            {
                "kind": refund.kind,
                "given_minor": refund.given_minor if refund.amount_minor is None else refund.amount_minor,
                "approval": refund.approval,
            }
        )
        for refund in refunds
    ]
