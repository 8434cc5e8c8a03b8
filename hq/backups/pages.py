"""The page of backups: what there is, what is proven, what the stores may rely on."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hq.backups import queries
from hq.backups.actions import want
from hq.backups.release import release
from hq.publish import freeze
from hq.web import ctx, hq, needs, render, say

pages = Blueprint("backups", __name__, template_folder="templates", url_prefix="/backups")


@pages.get("/")
@needs("backup.manage")
def index() -> str:
    """The newest backups with their copies."""
    db = hq().db
    with db.read() as connection:
        frozen, wanted = freeze.frozen(connection), queries.wanted(connection)
    rows = queries.listed(db)
    return render(
        "backups/index.html", rows=rows, copies=queries.copies(db), durable=queries.durable(db), frozen=frozen,
        wanted=wanted, possible=not db.in_memory, unprinted=bool(rows) and not queries.on_paper(db),
        oldest=next((row for row in reversed(rows) if row.state == "verified"), None),
    )  # fmt: skip


@pages.post("/now")
@needs("backup.manage")
def back_up_now() -> Response:
    """Ask for a backup; the scheduler takes it within a minute."""
    want(ctx(), kind=request.form.get("kind", ""))
    say("backups.wanted")
    return redirect(url_for("backups.index"))


@pages.post("/release")
@needs("backup.manage")
def release_scopes() -> Response:
    """The stores take HQ's rows again."""
    release(ctx())
    say("backups.released")
    return redirect(url_for("backups.index"))
