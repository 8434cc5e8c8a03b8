"""The till's page and its event stream."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, render_template, request

from edge.web import call, device_context, node
from kit.context import Context

pages = Blueprint(
    "till", __name__, template_folder="templates", static_folder="static/till", static_url_path="/static/till"
)


@pages.get("/")
def till() -> str:
    """The static shell; everything else comes from /api/v1."""
    return render_template("till/till.html")


@pages.get("/pair")
def pair() -> str:
    """The same shell: the page shows pairing while the browser is unknown."""
    return render_template("till/till.html")


@pages.get("/api/v1/events")
@call(device_context)
def events(ctx: Context) -> Annotated[Response, str]:
    """Server-sent events of this terminal."""
    stream = node().bus.stream(ctx.device, request.headers.get("Last-Event-ID", "")[:40])
    return Response(stream, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})
