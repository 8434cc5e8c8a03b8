"""What a serial scan does: it goes to the basket of its terminal in the name of the person there.

Nothing is lost silently: a scan that cannot be added is said on the screen, with a sound.
"""

from __future__ import annotations

import hashlib
from typing import Any

from edge.devices.screens import language_of
from edge.people import repository as people
from edge.till import actions as till
from edge.till.damaged import whole
from kit.context import Context
from kit.crypto import random_bytes
from kit.logs import logger
from retail.barcode import masked
from retail.errors import LianpuError, NotPermitted

log = logger("lianpu.devices")
SHOWN_MAX = 40


def apply(node: Any, terminal: str, scan: Any) -> None:
    """Add one scan to the basket, or say why not. Runs in the scanner's thread and never raises."""
    try:
        result = _add(node, terminal, scan)
    except LianpuError as error:
        _say_refused(node, terminal, scan, error)
        return
    except Exception as error:  # noqa: BLE001 — the outermost loop of a device thread
        log.error("scan.failed", terminal=terminal, seq=scan.seq, exc_info=error)
        _say_refused(node, terminal, scan, LianpuError("web.failed"))
        return
    told = {"line": result["line"], "state": result["state"]}
    node.bus.publish("scan", _told(scan, applied=True) | told, terminal)


def _add(node: Any, terminal: str, scan: Any) -> dict[str, Any]:
    signed = people.sign_in_of(node.db, terminal)
    actor = node.people.actor(signed["staff"]) if signed else None
    if signed is None or actor is None or signed["locked"] or node.idle_too_long(terminal):
        raise NotPermitted("people.sign_in_needed")
    node.touch(terminal)
    text = scan.text
    trace = random_bytes(8).hex()
    facts = {"key": f"{terminal}:scan:{trace}", "request": hashlib.sha256(text.encode()).digest()}
    ctx = Context(app=node, clock=node.clock, actor=actor, device=terminal, trace=trace, facts=facts)
    return whole(node, lambda: till.scan(ctx, text))


def _say_refused(node: Any, terminal: str, scan: Any, error: LianpuError) -> None:
    language = language_of(node, terminal)
    why = node.texts.text(language, f"error.{error.code}", **error.facts)
    text = node.texts.text(language, "devices.scan_refused", code=shown(scan.text), why=why)
    log.warning("scan.refused", terminal=terminal, seq=scan.seq, code=error.code)
    message = {"kind": "bad", "sound": "error", "code": error.code, "text": text}
    node.bus.publish("message", message, terminal)
    node.bus.publish("scan", _told(scan, applied=False), terminal)


def _told(scan: Any, *, applied: bool) -> dict[str, Any]:
    return {"seq": scan.seq, "code": shown(scan.text), "device": scan.device_id, "applied": applied}


def shown(text: str) -> str:
    """The code as it may be shown: a payment code hidden (`retail.barcode.masked`), anything else short."""
    text = masked(text)
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"
