"""What a screen is told about its printer and drawer: the chip, and a word when a person is needed."""

from __future__ import annotations

import json
import re
from typing import Any

from drivers.drawer.protocol import DrawerOutcome
from edge.devices.chips import BLOCKS, drawer, printer_state, words
from edge.devices.screens import warn
from edge.spool import queries
from edge.spool.model import Job

DRAWER_FAILED = "FAILED_TO_OPEN"


def chip(node: Any, terminal: str) -> dict[str, Any]:
    """The printer chip; a paper stuck in the middle knows better than the last idle question."""
    found = queries.figures(node.db, terminal)
    state, code = printer_state(node, terminal)
    stuck = found["stuck"]
    if stuck in BLOCKS and state != "none":
        state, code = BLOCKS[stuck], stuck
    return {
        "state": state,
        "code": code,
        "words": words(node, terminal, code),
        "waiting": found["waiting"],
        "held": queries.held(node.db, terminal, node.clock.now_ms()),
        "unknown": found["unknown"],
        "drawer": "failed" if found["drawer"].startswith(DRAWER_FAILED) else drawer(node, terminal),
    }


def tell(node: Any, job: Job) -> None:
    """After a move: the chips of that terminal, and a message when somebody has to look."""
    publish_chips(node, job.terminal)
    if job.kind == "drawer" and job.reason.startswith(DRAWER_FAILED):
        warn(node, job.terminal, "drawer.not_opened", "devices.drawer_failed")
    elif job.state == "UNKNOWN":
        warn(node, job.terminal, "job.unknown", "spool.message_unknown")
    elif job.state == "DONE" and job.reason.startswith("interrupted") and job.evidence != "person":
        warn(node, job.terminal, "spool.interrupted", "spool.message_interrupted")


def publish_chips(node: Any, terminal: str) -> None:
    """The whole chips object, as the event stream promises."""
    node.bus.publish("chips", node.chips(terminal), terminal)


def publish_chips_everywhere(node: Any) -> None:
    """At the start: every screen learns what the devices say."""
    for terminal in node.reference.settings.terminals:
        publish_chips(node, terminal)


def pulse_audit(job: Job, outcome: DrawerOutcome, *, why: str, by: str, at: int) -> dict[str, Any]:
    """The audit row of a pulse, verified or not."""
    facts = {"result": outcome.result, "reason": outcome.reason, "why": why, "job": job.id}
    return {
        "at": at,
        "staff": by or "system",
        "terminal": job.terminal,
        "verb": "spool.drawer_pulsed",
        "subject": f"drawer:{job.terminal}",
        "approved_by": None,
        "facts": json.dumps(facts, ensure_ascii=False, sort_keys=True),
    }


def reason_words(node: Any, language: str, reason: str) -> str:
    """A job's reason in words, by the whole reason or its first word; unknown ones as they are."""
    for name in (reason, re.split(r"[ :;]", reason, maxsplit=1)[0]):
        key = f"spool.reason.{name}"
        words = str(node.texts.text(language, key))
        if words != key:
            return words
    return reason
