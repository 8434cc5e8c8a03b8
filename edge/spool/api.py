"""JSON of the printer: its jobs, what a person says about them, a test page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from edge.spool import actions, queries
from edge.spool.messages import reason_words
from edge.spool.model import Job
from edge.web import approval_of, command, integer_of, person_context, text_of
from kit.context import Context
from retail.errors import Invalid

api = Blueprint("spool_api", __name__, url_prefix="/api/v1/print")
Body = dict[str, Any]


@api.get("/jobs")
def jobs() -> Response:
    """Jobs of this terminal: unknown ones first, then what waits, then the newest finished ones."""
    ctx = person_context()
    found = queries.listed(ctx.app.db, ctx.device)
    return jsonify({"ok": True, "jobs": [_shown(ctx, job, number) for job, number in found]})


@api.post("/resolve", endpoint="resolve")
@command
def resolve(ctx: Context, body: Body) -> Body:
    """Was it printed? If not, a copy is."""
    printed = body.get("printed")
    if not isinstance(printed, bool):
        raise Invalid("web.field", field="printed")
    return actions.resolve(ctx, integer_of(body, "job"), printed=printed, approval=approval_of(body))


@api.post("/release", endpoint="release")
@command
def release(ctx: Context, body: Body) -> Body:
    """Papers that piled up: all, the last one, none."""
    return actions.release(ctx, text_of(body, "jobs", limit=10))


@api.post("/unproved", endpoint="unproved")
@command
def unproved(ctx: Context, _body: Body) -> Body:
    """Send to a printer that has stopped to answer, without proof."""
    return actions.print_unproved(ctx)


@api.post("/test", endpoint="test")
@command
def test(ctx: Context, _body: Body) -> Body:
    """A test page."""
    return actions.test_page(ctx)


def _shown(ctx: Context, job: Job, number: str) -> Body:
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
