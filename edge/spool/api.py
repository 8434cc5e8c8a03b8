"""JSON of the printer: its jobs, what a person says about them, a test page."""

from __future__ import annotations

from typing import Annotated, TypedDict

from flask import Blueprint

from edge.people.model import Approvable
from edge.spool import actions, queries
from edge.spool.messages import reason_words
from edge.spool.model import Job
from edge.web import call, command, person_context
from kit.context import Context
from kit.contract import Json, Nothing, Text, Told

api = Blueprint("spool_api", __name__, url_prefix="/api/v1/print")


class Verdict(Approvable, frozen=True, kw_only=True):
    """A paper of unknown fate: is it there?"""

    job: int
    printed: bool


class Release(Told, frozen=True, kw_only=True):
    """Which of the papers that piled up: all, last or none."""

    jobs: Text


class JobShown(TypedDict):
    """A paper of this terminal."""

    id: int
    kind: str
    reference: str
    copy: int
    state: str
    evidence: str
    code: str
    reason: str
    at: int


class Jobs(TypedDict):
    """Papers of this terminal."""

    jobs: list[JobShown]


class Resolved(TypedDict):
    """The paper and what was said about it."""

    job: int
    printed: bool


class Released(TypedDict):
    """How many papers print and how many do not."""

    printing: int
    cancelled: int


class Unproved(TypedDict):
    """The printer that is sent to without proof, if there is one."""

    printer: str | None


@api.get("/jobs")
@call(person_context)
def jobs(ctx: Context) -> Jobs:
    """Jobs of this terminal: unknown ones first, then what waits, then the newest finished ones."""
    found = queries.listed(ctx.app.db, ctx.device)
    return {"jobs": [_shown(ctx, job, number) for job, number in found]}


@api.post("/resolve", endpoint="resolve")
@command("spool.resolve")
def resolve(ctx: Context, body: Verdict) -> Annotated[Json, Resolved]:
    """Was it printed? If not, a copy is."""
    return actions.resolve(ctx, body.job, printed=body.printed, approval=body.approval)


@api.post("/release", endpoint="release")
@command("spool.resolve")
def release(ctx: Context, body: Release) -> Annotated[Json, Released]:
    """Papers that piled up: all, the last one, none."""
    return actions.release(ctx, body.jobs)


@api.post("/unproved", endpoint="unproved")
@command("spool.resolve")
def unproved(ctx: Context, body: Nothing) -> Annotated[Json, Unproved]:
    """Send to a printer that has stopped to answer, without proof."""
    return actions.print_unproved(ctx)


@api.post("/test", endpoint="test")
@command("office.view")
def test(ctx: Context, body: Nothing) -> Json:
    """A test page."""
    return actions.test_page(ctx)


def _shown(ctx: Context, job: Job, number: str) -> JobShown:
    asks = job.asks_first(ctx.clock.now_ms())
    return {
        "id": job.id,
        "kind": job.kind,
        "reference": number,
        "copy": job.copy,
        "state": "HELD" if asks else job.state,
        "evidence": job.evidence,
        "code": job.reason,
        "reason": reason_words(ctx.app, ctx.actor.language, job.reason) if job.reason else "",
        "at": job.made_at,
    }
