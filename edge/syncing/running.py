"""The service: one thread up, one thread down, started once the node is enrolled; what the screens are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edge.devices.chips import WORST_FIRST
from edge.journal.draft import Draft
from edge.node import VERSION, Node
from edge.office.reporting import troubles
from edge.sales.agreement import day_facts
from edge.syncing import identity as identities
from edge.syncing import outbox
from edge.syncing.downlink import Downlink
from edge.syncing.identity import Identity
from edge.syncing.session import Session
from edge.syncing.uplink import Uplink
from kit.crypto import random_uniform
from kit.db import ENGINE_VERSION
from kit.logs import logger
from schemas import wire
from schemas.wire.up import HelloAnswer, Telemetry
from sync.plan import Uniform
from sync.runner import Runner
from sync.transport import HttpTransport, Transport

log = logger("lianpu.sync")
OFFLINE_AFTER_MS = 60_000  # green only when HQ answered within a minute (SCREENS §1.2)


@dataclass(frozen=True)
class Links:
    """Both directions of a node, and what they share."""

    up: Uplink
    down: Downlink
    session: Session


class Sync:
    """Both directions of one node. Everything is safe to call before enrolment."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._runners: list[Runner] = []
        self._links: Links | None = None
        self._started = False
        node.journal.on_commit(self._committed)
        node.nudge = self.nudge
        node.chip_sources["link"] = lambda _terminal: self.chip()

    # -- Service ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin, or wait for the enrolment, which nudges."""
        self._started = True
        identity = identities.load(self.node.db)
        if identity is None or self._runners:
            return
        links = self._links = make_links(self.node, identity, wake_down=self._nudge_down)
        wrong = links.down.inbox.verify()
        if wrong:
            log.error("sync.rows_damaged", scopes=wrong)
            links.down.inbox.forget(wrong)
        self._runners = [
            Runner("up", links.up, self._transport(identity), self.node.clock),
            Runner("down", links.down, self._transport(identity), self.node.clock),
        ]
        for runner in self._runners:
            runner.start()

    def stop(self) -> None:
        """End both threads."""
        self._started = False
        for runner in self._runners:
            runner.stop()
        self._runners = []

    def nudge(self) -> None:
        """Look now."""
        if not self._runners and self._started:
            self.start()
        if self._runners:
            self._runners[0].nudge()

    def _nudge_down(self) -> None:
        if len(self._runners) > 1:
            self._runners[1].nudge()

    def _committed(self, draft: Draft) -> None:
        if draft.recorded:
            self.nudge()

    def _transport(self, identity: Identity) -> Transport:
        return HttpTransport(identity.hq_url, verify=self.node.config.ca_file or True)

    # -- what screens and the doctor show --------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """Unsent events, the oldest of them, last contact, clock offset, findings."""
        unsent = outbox.unsent(self.node.db)
        session = self._links.session if self._links else Session()
        contact = session.last_contact_ms or unsent.last_contact_at
        return {
            "enrolled": self.node.enrolled,
            "online": self.online(contact),
            "unsent": unsent.count,
            "unsent_oldest_at": unsent.oldest_at,
            "last_contact_at": contact,
            "clock_offset_ms": self.node.clock.offset_ms(),
            "alarms": sorted({*self._links.up.alarms, *self._links.down.alarms}) if self._links else [],
        }

    def online(self, contact: int | None) -> bool:
        """Has HQ answered within the last polls?"""
        return contact is not None and self.node.clock.now_ms() - contact < OFFLINE_AFTER_MS

    def chip(self) -> dict[str, Any]:
        """The till's chip: derived from receipts, never from a guess about the line."""
        found, now = self.status(), self.node.clock.now_ms()
        contact, oldest = found["last_contact_at"], found["unsent_oldest_at"]
        if contact is None:
            state = "never"
        elif not found["online"]:
            state = "offline"
        else:
            state = "ok" if not found["unsent"] and not found["alarms"] else "pending"
        return {
            "state": state,
            "unsent": found["unsent"],
            "oldest_minutes": None if oldest is None else max(0, now - oldest) // 60_000,
            "hq_seconds": None if contact is None else max(0, now - contact) // 1000,
            "alarms": found["alarms"],
        }


def make_links(
    node: Node,
    identity: Identity,
    *,
    wake_down: Callable[[], None] = lambda: None,
    listens: bool = True,
    uniform: Uniform = random_uniform,
    protocols: Sequence[int] = wire.PROTOCOLS,
) -> Links:
    """Both directions of an enrolled node, not running yet; `protocols` are the versions that it offers."""
    session = Session()
    down = Downlink(node, identity, session, uniform, listens=listens, needs_session=node.nudge)

    def greeted(said: HelloAnswer) -> None:
        down.greeted(said)
        wake_down()

    up = Uplink(
        node,
        identity,
        session,
        uniform,
        cursors=down.inbox.cursors,
        telemetry=lambda: telemetry(node, sorted({*up.alarms, *down.alarms})),
        greeted=greeted,
        protocols=protocols,
    )
    return Links(up, down, session)


def telemetry(node: Node, alarms: Sequence[str] = ()) -> Telemetry:
    """What the fleet page shows of this node; `alarms` are those of its line to HQ."""
    unsent = outbox.unsent(node.db)
    devices = device_states(node)
    if node.mirror is not None and node.mirror.wanted:
        devices["mirror"] = node.mirror.status()["state"]
    return Telemetry(
        inc=node.journal.inc.inc,
        app_version=VERSION,
        engine_version=ENGINE_VERSION,
        clock_ms=node.clock.now_ms(),
        clock_offset_ms=node.clock.offset_ms(),
        unsent=unsent.count,
        unsent_oldest_at=unsent.oldest_at,
        disk_free_bytes=node.disk.free_bytes(),
        devices=devices,
        facts=day_facts(node.db),
        troubles=troubles(node, alarms),
    )


def device_states(node: Node) -> dict[str, str]:
    """Per kind of device the state that needs somebody most, over all terminals; "none" where there is no device."""
    found: dict[str, str] = {}
    for terminal in sorted(node.reference.settings.terminals):
        for name, chip in node.chips(terminal).items():
            state = str(chip.get("state", ""))
            if name != "link" and state and (name not in found or _rank(state) < _rank(found[name])):
                found[name] = state
    return found


def _rank(state: str) -> int:
    """The lower, the more it needs somebody; a state that nobody has ranked comes just before those that are fine."""
    return 2 * WORST_FIRST.index(state) if state in WORST_FIRST else 2 * WORST_FIRST.index("ready") - 1
