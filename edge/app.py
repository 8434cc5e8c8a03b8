"""The Flask app of a store node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask, Response, g, jsonify, send_from_directory

from edge.control import control
from edge.node import Node
from edge.office.pages import problem
from edge.slices import SLICES
from edge.web import screen_language
from kit.structs import warm_up
from kit.web import browser_language, protect
from retail.errors import LianpuError
from retail.money import format_minor

VENDOR = Path(__file__).resolve().parent / "static" / "vendor"


def create_app(node: Node) -> Flask:
    """All slices behind the checks of `kit.web.protect`."""
    app = Flask("edge", static_folder=None)
    app.extensions["lianpu_node"] = node
    protect(
        app,
        hosts=lambda: allowed_hosts(node),
        message_of=lambda error: message_of(node, error),
        exempt_origin=("/control/",),
        page_of=lambda error, status: problem(message_of(node, error), error.code, status),
    )
    app.register_blueprint(control)
    for entry in SLICES:
        for blueprint in entry.blueprints:
            app.register_blueprint(blueprint)

    @app.get("/static/vendor/<path:name>")
    def vendor(name: str) -> Response:
        return send_from_directory(VENDOR, name, max_age=3600)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify({"ok": True, "enrolled": node.enrolled})

    warm_up()
    return app


def allowed_hosts(node: Node) -> set[str]:
    """Loopback with this port, and the configured names when the node listens on the LAN."""
    port = node.config.port
    names = {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}
    if node.config.lan:
        names |= {f"{name}:{node.config.lan_port}" for name in node.config.host_names}
    return names


def in_words(node: Node, facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as a person reads them: `limit_minor` = 1234 is also `limit` = 12.34."""
    exponent = node.reference.settings.exponent if node.enrolled else 2
    money = {
        name.removesuffix("_minor"): format_minor(value, exponent, grouping=True)
        for name, value in facts.items()
        if name.endswith("_minor") and isinstance(value, int)
    }
    return money | facts


def message_of(node: Node, error: LianpuError) -> str:
    """The refusal in the language of the person at the screen."""
    wanted: str = g.get("language") or screen_language() or browser_language()
    facts = in_words(node, error.facts)
    key = f"error.{error.code}"
    found = node.texts.text(wanted, key, **facts)
    return node.texts.text(wanted, "error.web.failed") if found == key else found
