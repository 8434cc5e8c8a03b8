"""Reprint: a copy says that it is one, counts, and never opens the drawer."""

from __future__ import annotations

from typing import Any

from edge.people.model import Approval
from edge.receipts.queries import event_of
from edge.sales import repository as documents
from edge.sales.papers import receipt_paper
from edge.shifts.queries import need_open_shift
from kit.context import Context
from retail.errors import NotFound
from schemas.events.sales import ReceiptReprinted


def reprint(ctx: Context, id_: str, *, reason: str, approval: Approval | None) -> dict[str, Any]:
    """Owe one more paper, marked COPY n, for a reason of the chain's list."""
    ctx = ctx.app.people.need(ctx, "receipts.reprint", approval)
    ctx.app.reference.settings.reason("reprint", reason)
    with ctx.app.journal.changing(ctx) as draft:
        shift = need_open_shift(draft.tx, ctx.device)
        event = event_of(draft.tx, id_)
        if event is None or documents.document(draft.tx, id_) is None:
            raise NotFound("receipts.not_found", id=id_)
        copy = documents.count_copy(draft.tx, id_)
        number = str(event.p["number"])
        fact = ReceiptReprinted(document=id_, number=number, copy=copy, reason=reason)
        draft.event(fact, agg=[f"copies:{id_}"], day=shift["day"], shift=shift["id"])
        draft.audit("receipts.reprinted", f"sale:{id_}", number=number, copy=copy)
        draft.paper(receipt_paper(ctx, id_, kind="reprint", copy=copy))
        draft.result |= {"copy": copy, "number": number}
        return draft.result
