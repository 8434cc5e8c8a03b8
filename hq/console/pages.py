"""Health and metrics: for machines, not for people."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from hq.console import queries
from hq.web import hq, open_to_all
from kit.sql import newest_version, schema_version
from retail.errors import NotPermitted

pages = Blueprint("console", __name__, template_folder="templates")


@pages.get("/healthz")
@open_to_all
def healthz() -> tuple[Response, int]:
    """Can this process read its database, and does the schema fit?"""
    current, wanted = schema_version(hq().db), newest_version()
    healthy = current == wanted
    answer = {"ok": healthy, "schema": current, "epoch": hq().epoch}
    return jsonify(answer), 200 if healthy else 503


@pages.get("/metrics")
@open_to_all
def metrics() -> Response:
    """Figures for Prometheus, to callers on this machine."""
    if request.remote_addr not in ("127.0.0.1", "::1", None):
        raise NotPermitted("access.loopback_only")
    registry = CollectorRegistry()
    for name, (help_text, _sql) in queries.GAUGES.items():
        Gauge(name, help_text, registry=registry).set(queries.gauge(hq().db, name))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
