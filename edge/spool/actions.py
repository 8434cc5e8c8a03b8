"""What a person decides about papers: was it printed, is it still wanted, print a test page."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from edge.journal.draft import Draft
from edge.journal.model import PrintRequest
from edge.people.model import Approval
from edge.receipts.queries import event_of
from edge.sales import repository as documents
from edge.sales.papers import printer_of
from edge.shifts.queries import open_shift
from edge.spool import repository
from edge.spool.model import RECEIPTS, RELEASED, Job
from kit.context import Context
from retail.errors import Conflict, Invalid, NotFound
from schemas.events.sales import ReceiptReprinted

CHOICES = ("all", "last", "none")


def resolve(ctx: Context, job_id: int, *, printed: bool, approval: Approval | None = None) -> dict[str, Any]:
    """Somebody looked: the paper is there (DONE by a person), or a copy marked as such replaces it."""
    ctx = ctx.app.people.need(ctx, "spool.resolve", approval)
    with ctx.app.journal.changing(ctx) as draft:
        job = repository.job(draft.tx, job_id)
        if job is None:
            raise NotFound("spool.job_not_found", job=job_id)
        if job.state != "UNKNOWN":
            raise Conflict("spool.already_settled", job=job_id)
        if printed:
            reason = f"person {ctx.actor.staff}"
            repository.put(draft.tx, job, "DONE", draft.at, evidence="person", reason=reason)
        else:
            repository.put(draft.tx, job, "CANCELLED", draft.at, reason="REPLACED")
            draft.paper(_copy(draft, job))
        draft.audit("spool.resolved", f"job:{job_id}", printed=printed, reference=job.reference)
        draft.result |= {"job": job_id, "printed": printed}
    ctx.app.spool.after_action(job.terminal)
    return draft.result


def release(ctx: Context, which: str) -> dict[str, Any]:
    """Papers that piled up at this terminal: print all, only the last, or none of them."""
    if which not in CHOICES:
        raise Invalid("web.field", field="jobs")
    ctx = ctx.app.people.need(ctx, "spool.resolve")
    with ctx.app.journal.changing(ctx) as draft:
        waiting = [job for job in repository.waiting(draft.tx, ctx.device) if job.kind in RECEIPTS]
        waiting = [job for job in waiting if not job.body_left]
        kept = {"all": waiting, "last": waiting[-1:], "none": []}[which]
        for job in waiting:
            if job not in kept:
                repository.put(draft.tx, job, "CANCELLED", draft.at, reason="NOT_WANTED")
            elif job.state == "QUEUED":
                repository.mark(draft.tx, job, draft.at, RELEASED)
        draft.audit("spool.released", f"terminal:{ctx.device}", which=which, papers=len(waiting))
        draft.result |= {"printing": len(kept), "cancelled": len(waiting) - len(kept)}
    ctx.app.spool.after_action(ctx.device)
    return draft.result


def print_unproved(ctx: Context) -> dict[str, Any]:
    """Somebody knows that this terminal's printer gives no answers any more: send, and call nothing printed."""
    ctx = ctx.app.people.need(ctx, "spool.resolve")
    owner = ctx.app.devices.printer(ctx.device)
    with ctx.app.journal.changing(ctx) as draft:
        if owner is not None and owner.answers is not None:
            owner.answers.forget(draft.tx)
            draft.audit("spool.unproved", owner.device.id)
        draft.result |= {"printer": None if owner is None else owner.device.id}
    ctx.app.spool.after_action(ctx.device)
    return draft.result


def test_page(ctx: Context) -> dict[str, Any]:
    """A page that shows what this printer can."""
    ctx = ctx.app.people.need(ctx, "office.view")
    with ctx.app.journal.changing(ctx) as draft:
        reference = draft.new_id()
        draft.audit("spool.test_page", f"printer:{ctx.device}")
        draft.paper(
            PrintRequest(
                key=f"test:{reference}",
                device=printer_of(ctx),
                kind="test",
                reference=reference,
                terminal=ctx.device,
                document=json.dumps({"language": ctx.actor.language}),
            )
        )
        return draft.result


test_page.__test__ = False  # type: ignore[attr-defined]  # no test, whatever its name says


def _copy(draft: Draft, job: Job) -> PrintRequest:
    """The job that replaces one of unknown fate, with the next copy number on its paper."""
    if job.kind not in RECEIPTS:
        copy = job.copy + 1
        return _request(job, f"{job.key.split(':copy:')[0]}:copy:{copy}", job.kind, copy)
    event = event_of(draft.tx, job.reference)
    if event is None or documents.document(draft.tx, job.reference) is None:
        raise NotFound("receipts.not_found", id=job.reference)
    copy = documents.count_copy(draft.tx, job.reference)
    number = str(event.p["number"])
    shift = open_shift(draft.tx, draft.ctx.device)
    fact = ReceiptReprinted(document=job.reference, number=number, copy=copy, reason="unknown_print")
    day = shift["day"] if shift else event.day
    draft.event(fact, agg=[f"copies:{job.reference}"], day=day, shift=shift["id"] if shift else None)
    return _request(job, f"reprint:{job.reference}:{copy}", "reprint", copy)


def _request(job: Job, key: str, kind: str, copy: int) -> PrintRequest:
    content = job.content | {"copy": copy}
    return replace(
        PrintRequest(key, job.device, kind, job.reference, job.terminal, json.dumps(content)), copy=copy
    )
