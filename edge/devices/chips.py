"""Device states in the few words of the till's chips."""

from __future__ import annotations

from typing import Any

from drivers.device import Health
from edge.devices.screens import language_of

LOST = ("LOST", "BACKOFF", "DISABLED")
WORST_FIRST = ("lost", "paper_out", "cover_open", "unknown", "near_end", "ready", "none")
BLOCKS = {"dev.paper_out": "paper_out", "dev.cover_open": "cover_open"}


def printer_state(node: Any, terminal: str) -> tuple[str, str | None]:
    """(state, code): ready, near_end, paper_out, cover_open, lost, unknown or none."""
    owner = node.devices.printer(terminal)
    if owner is None:
        wrong = node.devices.problems.get(terminal)
        return ("lost", "config.invalid") if wrong else ("none", None)
    return _of(owner.health())


def scanner(node: Any, terminal: str) -> dict[str, Any]:
    """The scanner's chip; "none" also stands for a scanner that types like a keyboard."""
    owner = node.devices.scanner(terminal)
    if owner is None:
        return {"state": "none"}
    health = owner.health()
    state, code = "ready" if health.state == "READY" else "lost", health.last_error
    return {"state": state, "code": code, "words": words(node, terminal, code)}


def drawer(node: Any, terminal: str) -> str:
    """The drawer by its sensor: "open" when it stands open longer than it should, else "ok"."""
    owner = node.devices.drawer(terminal)
    return "open" if owner is not None and owner.health().last_error == "drawer.left_open" else "ok"


def words(node: Any, terminal: str, code: str | None) -> str:
    """What a code says, in the language of the person at the terminal; empty for none or one without words."""
    if code is None:
        return ""
    key = f"spool.reason.{code}"
    found = str(node.texts.text(language_of(node, terminal), key))
    return "" if found == key else found


def _of(health: Health) -> tuple[str, str | None]:
    link_gone = (health.last_error or "").startswith("link.") and health.state in ("CONFIGURED", "OPENING")
    if health.state in LOST or link_gone:
        return "lost", health.last_error
    if health.state == "BLOCKED":
        return BLOCKS.get(health.last_error or "", "lost"), health.last_error
    if health.state == "READY":
        return "ready", None
    if health.state == "DEGRADED":
        near = health.last_error == "dev.paper_near_end"
        return ("near_end" if near else "ready"), health.last_error
    return "unknown", health.last_error
