"""What is remembered of a printer: whether it ever answered in this configuration.

A printer that never did is sent to without proof. One that did and is silent now is not believed to print: its papers
wait until it answers, or until a person says that they are to be sent all the same (`spool.actions.print_unproved`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from drivers.printer.escpos import EscposPrinter
from edge.journal.repository import drop_meta, get_meta, set_meta
from kit.db import Connection
from kit.logs import logger

log = logger("lianpu.devices")
IDENTITY = ("driver", "transport", "caps")


class Answers:
    """The memory of one printer; another address or other capabilities are another printer."""

    def __init__(self, node: Any, device: EscposPrinter, profile: Mapping[str, Any]) -> None:
        self._node = node
        self._device = device
        identity = json.dumps({name: profile.get(name) for name in IDENTITY}, sort_keys=True)
        self._name = f"printer_answers:{hashlib.sha256(identity.encode()).hexdigest()[:32]}"
        with node.db.read() as tx:
            device.known_to_answer = get_meta(tx, self._name) is not None
        device.on_answer = self._learn

    def _learn(self) -> None:
        """In the printer's thread, at its first answer. What cannot be kept is learnt again after the next start."""
        try:
            with self._node.journal.writing() as tx:
                set_meta(tx, self._name, str(self._node.clock.now_ms()))
        except Exception as error:  # noqa: BLE001 — a full disk must not stop the device's thread
            log.error("device.not_remembered", device=self._device.id, exc_info=error)

    def forget(self, tx: Connection) -> None:
        """A person says that this printer gives no answers; its next answer teaches otherwise."""
        drop_meta(tx, self._name)
        self._device.known_to_answer = False
