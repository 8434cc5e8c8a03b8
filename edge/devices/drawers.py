"""What the sensor of a drawer tells is written down; a drawer left open is an alarm at its till (HW-07)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from drivers.drawer.watch import Seen
from edge.devices.screens import warn
from kit.logs import logger

log = logger("lianpu.devices")
VERBS: dict[Seen, str] = {"by_key": "devices.drawer_by_key", "left_open": "devices.drawer_left_open"}


def listen(node: Any, behind: Sequence[Any]) -> None:
    """Write down what the drawers behind one printer see from now on."""
    for drawer in behind:
        others = [other.id for other in behind if other is not drawer and other.caps.sensor != "none"]
        drawer.on_seen = functools.partial(seen, node, drawer.id, others)


def seen(node: Any, drawer: str, others: list[str], what: Seen) -> None:
    """Runs in the owner's thread, which nothing here may stop. `drawer` is `drawer:<terminal>`; the `others` are at the
    same sensor, so that it may have been one of them: nobody is to be blamed by this row alone.
    """
    terminal = drawer.partition(":")[2]
    log.warning(VERBS[what], device=drawer)
    try:
        if what == "left_open":
            warn(node, terminal, "drawer.left_open", "error.drawer.left_open")
        with node.journal.changing(node.context(device=terminal)) as draft:
            draft.audit(VERBS[what], drawer, **({"same_sensor": others} if others else {}))
    except Exception as error:  # noqa: BLE001 — a full disk must not stop the device's thread
        log.error("devices.not_told", device=drawer, exc_info=error)
