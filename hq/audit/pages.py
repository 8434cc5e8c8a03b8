"""The audit page."""

from __future__ import annotations

from flask import Blueprint, request

from hq.audit import queries
from hq.web import PAGE_ROWS, Page, hq, needs, page_number, render

pages = Blueprint("audit", __name__, template_folder="templates", url_prefix="/audit")


@pages.get("/")
@needs("audit.view")
def index() -> str:
    """Search by person, verb and record."""
    number = page_number()
    filters = {name: request.args.get(name, "").strip()[:80] for name in ("actor", "verb", "subject")}
    total, rows = queries.search(hq().db, **filters, offset=(number - 1) * PAGE_ROWS, limit=PAGE_ROWS)
    return render(
        "audit/index.html", page=Page(rows, total, number), filters=filters, verbs=queries.verbs(hq().db)
    )
