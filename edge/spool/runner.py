"""The spool of one node: recovers what a dead process left, gives each terminal its lane, moves jobs.

After a restart nothing that may have sent a byte is sent again; what was only queued is printed, receipts after a
question when they are old or nobody knows how old they are. A drawer never opens because a computer was switched on:
only what this process came to owe is pulsed, and its age is counted by the monotonic clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from drivers.drawer.protocol import DrawerOutcome
from drivers.printer.protocol import Evidence, JobState
from drivers.printer.spool_states import FINISHED, after_restart
from edge.journal.repository import get_meta, insert_audit, set_meta
from edge.spool import messages, repository
from edge.spool.boot import boot_id
from edge.spool.lane import Lane
from edge.spool.model import HELD, RECEIPTS, RELEASED, TOO_LATE, Job
from kit.db import Connection
from kit.logs import logger

log = logger("lianpu.spool")
OPENED = ("OPEN_VERIFIED", "ALREADY_OPEN")
STOP_SECONDS = 3.0
ROUNDED_MS = 2  # business time may lie so far above a right clock: each is cut to whole milliseconds
BOOT = "spool_boot"  # the meta name of the run of the machine in which the spool worked last
Listener = Callable[[Job], None]


class Spool:
    """Lanes and the one way in which a job moves."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.Lock()
        self._running = False
        self._listeners: list[Listener] = []
        self._pulses: dict[str, int] = {}  # key of a pulse that waits → monotonic milliseconds of its commit
        self.boot = boot_id

    # -- life ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Settle what an earlier process left, then work."""
        self.recover()
        self._running = True
        self.node.journal.on_commit(self.committed)
        self.node.devices.on_change(self._device_changed)
        for terminal in repository.terminals(self.node.db) | set(self.node.reference.settings.terminals):
            self.lane(terminal)
        self._tell(lambda: messages.publish_chips_everywhere(self.node))

    def stop(self) -> None:
        """Let the papers in flight end; what takes longer is interrupted and becomes UNKNOWN."""
        self._running = False
        with self._lock:
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.stop()
        for lane in lanes:
            if not lane.join(STOP_SECONDS):
                owner = self.node.devices.printer(lane.terminal)
                if owner is not None:
                    owner.device.interrupt()
                lane.join(STOP_SECONDS)

    def recover(self) -> None:
        """A process that died while sending knows nothing: its jobs become UNKNOWN, all its pulses are given up."""
        with self.node.journal.writing() as tx:
            now = self.node.clock.now_ms()
            for job in repository.unfinished(tx):
                state, reason = after_restart(job.state, body_left=job.body_left)
                if state == "BLOCKED":
                    repository.put(tx, job, "QUEUED", now)
                    continue
                found = repository.put(tx, job, state, now, reason=reason)
                if job.kind == "drawer":
                    repository.put(tx, found, "CANCELLED", now, reason="OUTCOME_LOST")
                log.warning("spool.recovered", job=job.id, kind=job.kind, state=state)
            self._settle_owed(tx, now)

    def _settle_owed(self, tx: Connection, now: int) -> None:
        """Of what was only queued no pulse is given any more, and receipts of unknown age ask first."""
        boot, before = self.boot(), get_meta(tx, BOOT)
        unknown_age = before not in (None, boot) or self.node.clock.offset_ms() > ROUNDED_MS
        for job in repository.owed(tx):
            if job.kind == "drawer":
                repository.put(tx, job, "CANCELLED", now, reason=TOO_LATE)
            elif unknown_age and job.kind in RECEIPTS and job.reason != RELEASED:
                repository.mark(tx, job, now, HELD)
        set_meta(tx, BOOT, boot)

    def lane(self, terminal: str) -> Lane:
        """The lane of a terminal, started at its first use."""
        with self._lock:
            found = self._lanes.get(terminal)
            if found is None:
                found = self._lanes[terminal] = Lane(self, terminal)
                if self._running:
                    found.start()
            return found

    def wake(self, terminal: str) -> None:
        """Look at a terminal's jobs now."""
        if self._running:
            self.lane(terminal).wake()

    def committed(self, draft: Any) -> None:
        """Papers and pulses of a transaction are owed from now on."""
        now = self.node.clock.monotonic_ms()
        self._pulses |= {paper.key: now for paper in draft.papers if paper.kind == "drawer"}
        for terminal in {paper.terminal for paper in draft.papers}:
            self.wake(terminal)
            if self._running and self.lane(terminal).stuck:
                threading.Thread(target=self.lane(terminal).give_up_pulses, daemon=True).start()

    def _device_changed(self, terminal: str) -> None:
        self.wake(terminal)
        self._tell(lambda: messages.publish_chips(self.node, terminal))

    def pulse_age_ms(self, job: Job) -> int:
        """How long a pulse has waited; one whose commit is not told of yet has not waited at all."""
        now = self.node.clock.monotonic_ms()
        return now - self._pulses.get(job.key, now)

    # -- moves -----------------------------------------------------------------------------------------

    def on_move(self, listener: Listener) -> None:
        """Call `listener(job)` after each committed move, in the thread that made it; it must be quick."""
        self._listeners.append(listener)

    def record(
        self,
        job_id: int,
        state: JobState,
        *,
        evidence: Evidence = "none",
        reason: str = "",
        bytes_sent: int = 0,
        attempt: bool = False,
    ) -> Job:
        """Commit a move. Raises `Conflict("spool.illegal_move")` when somebody moved the job meanwhile."""
        with self.node.journal.writing() as tx:
            old = self._loaded(tx, job_id)
            if (old.state, old.reason, old.evidence) == (state, reason, evidence) and state == "BLOCKED":
                return old  # still blocked for the same reason: nothing to tell
            moved = repository.put(
                tx, old, state, self.node.clock.now_ms(), evidence=evidence, reason=reason,
                bytes_sent=bytes_sent, attempt=attempt,
            )  # fmt: skip
        self.told(moved)
        return moved

    def record_pulse(self, job: Job, outcome: DrawerOutcome, *, why: str, by: str) -> None:
        """Commit what came of a pulse, with its audit row."""
        words = f"{outcome.result} {outcome.reason}".strip()
        with self.node.journal.writing() as tx:
            now = self.node.clock.now_ms()
            old = self._loaded(tx, job.id)
            if outcome.result in OPENED:
                moved = repository.put(tx, old, "DONE", now, evidence="fence", reason=words)
            elif outcome.result == "KICK_SENT_UNVERIFIED":
                moved = repository.put(tx, old, "SENT_UNVERIFIED", now, evidence="transport", reason=words)
            else:
                stuck = repository.put(tx, old, "BLOCKED", now, evidence="none", reason=words)
                moved = repository.put(tx, stuck, "CANCELLED", now, reason=words)
            insert_audit(tx, [messages.pulse_audit(job, outcome, why=why, by=by, at=now)])
        self.told(moved)

    def after_action(self, terminal: str) -> None:
        """A person moved jobs of a terminal: look at them, and show the new figures."""
        self.wake(terminal)
        self._tell(lambda: messages.publish_chips(self.node, terminal))

    def told(self, job: Job) -> None:
        """Tell screens and listeners of a committed move."""
        if job.kind == "drawer" and job.state in FINISHED:
            self._pulses.pop(job.key, None)
        for listener in self._listeners:
            listener(job)
        self._tell(lambda: messages.tell(self.node, job))

    def _tell(self, say: Callable[[], None]) -> None:
        """A screen that cannot be told must not stop a paper."""
        if not self._running:
            return
        try:
            say()
        except Exception as error:  # noqa: BLE001 — the move is committed; the screens will ask again
            log.error("spool.not_told", exc_info=error)

    def _loaded(self, tx: Connection, job_id: int) -> Job:
        job = repository.job(tx, job_id)
        assert job is not None, f"job {job_id} is gone"
        return job
