"""What the sensor of a drawer tells is written down; a drawer left open is an alarm at its till (HW-07)."""

from __future__ import annotations

from typing import Any

from drivers.drawer.watch import Seen
from edge.devices.screens import warn
from kit.logs import logger

log = logger("lianpu.devices")
VERBS: dict[Seen, str] = {"by_key": "devices.drawer_by_key", "left_open": "devices.drawer_left_open"}


def seen(node: Any, drawer: str, what: Seen) -> None:
    """Runs in the owner's thread, which nothing here may stop. `drawer` is `drawer:<terminal>`."""
    terminal = drawer.partition(":")[2]
    log.warning(VERBS[what], device=drawer)
    try:
        if what == "left_open":
            warn(node, terminal, "drawer.left_open", "error.drawer.left_open")
        with node.journal.changing(node.context(device=terminal)) as draft:
            draft.audit(VERBS[what], drawer)
    except Exception as error:  # noqa: BLE001 — a full disk must not stop the device's thread
        log.error("devices.not_told", device=drawer, exc_info=error)
