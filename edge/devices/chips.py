"""Device states in the few words of the till's chips."""

from __future__ import annotations

from typing import Any

from drivers.device import Health

LOST = ("LOST", "BACKOFF", "DISABLED")
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
    return {"state": "ready" if health.state == "READY" else "lost", "code": health.last_error}


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
