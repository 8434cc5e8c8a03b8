"""The worker of one terminal: one job in flight, drawer pulses before papers, papers in their order.

    QUEUED → (preflight) → SENDING committed → first body byte → … → DONE | SENT_UNVERIFIED | UNKNOWN
       └── BLOCKED before any body byte: tried again until the printer is ready

`round` does what can be done now and says when to look again; the thread around it only waits.
"""

from __future__ import annotations

import threading
from typing import Any

from drivers.drawer.protocol import DrawerOutcome
from drivers.printer.layout import render
from drivers.printer.protocol import JobEvent, JobOutcome, PrintJob, fence_token
from drivers.transport.base import monotonic
from edge.devices.owner import Owner
from edge.spool import compose, repository
from edge.spool.model import PULSE_LIFE_MS, TOO_LATE, Job
from kit.logs import logger
from retail.errors import Conflict, DeviceError, LianpuError

log = logger("lianpu.spool")
RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)


class Lane:
    """Works for one terminal. `record` of the spool is the only way to move a job."""

    def __init__(self, spool: Any, terminal: str) -> None:
        self.terminal = terminal
        self._spool = spool
        self._node = spool.node
        self._wake = threading.Condition()
        self._woken = True
        self._stopping = False
        self._tries = 0
        self._pulse_at = 0.0
        self._orphan = repository.orphan_hangs(self._node.db, f"printer:{terminal}")
        self._thread: threading.Thread | None = None
        self.stuck = ""  # what stops the printer in the middle of a paper, while it does

    # -- life ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._loop, name=f"spool-{self.terminal}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something may be possible now that was not before."""
        with self._wake:
            self._woken = True
            self._wake.notify_all()

    def stop(self) -> None:
        """Take no further job; the one in flight goes on until `join`."""
        self._stopping = True
        self.wake()

    def join(self, seconds: float) -> bool:
        """Wait for the job in flight; False when it still runs."""
        if self._thread is not None:
            self._thread.join(seconds)
            return not self._thread.is_alive()
        return True

    def _loop(self) -> None:
        while not self._stopping:
            with self._wake:
                self._woken = False
            try:
                seconds = self.round()
            except Exception as error:  # noqa: BLE001 — the outermost loop of this thread
                log.error("spool.lane_failed", terminal=self.terminal, exc_info=error)
                seconds = RETRY_SECONDS[-1]
            with self._wake:
                if not self._woken and not self._stopping:
                    self._wake.wait(seconds)

    # -- work ------------------------------------------------------------------------------------------

    def round(self) -> float | None:
        """Work off what waits; returns the seconds until the next try, None when only a wake-up helps."""
        while not self._stopping:
            job = self._next()
            if job is None:
                self._tries = 0
                return self._cooldown_left() or None
            ended = self._pulse(job) if job.kind == "drawer" else self._print(job)
            if not ended:
                self._tries += 1
                return RETRY_SECONDS[min(self._tries, len(RETRY_SECONDS)) - 1]
            self._tries = 0
        return None

    def _next(self) -> Job | None:
        now = self._node.clock.now_ms()
        for job in repository.waiting(self._node.db, self.terminal):
            if job.kind == "drawer":
                if not self._cooldown_left():
                    return job
                continue
            if not job.asks_first(now) and self._node.devices.printer(self.terminal) is not None:
                return job
        return None

    # -- papers ----------------------------------------------------------------------------------------

    def _print(self, job: Job) -> bool:
        """One try; False when the printer could not begin and the job stays."""
        owner = self._node.devices.printer(self.terminal)
        if owner is None:
            return False
        try:
            body = render(compose.document_of(self._node, job), owner.device.caps)
        except LianpuError as error:
            log.error("spool.not_composed", job=job.id, kind=job.kind, code=error.code)
            self._spool.record(job.id, "CANCELLED", reason=error.code)
            return True
        paper = PrintJob(str(job.id), job.kind, body, fence_token(job.id), after_unknown=self._orphan)
        outcome = self._run(owner, job, paper)
        if outcome is None:
            return True
        self._orphan = outcome.state == "UNKNOWN" or (self._orphan and outcome.state == "BLOCKED")
        self._spool.record(
            job.id,
            outcome.state,
            evidence=outcome.evidence,
            reason=outcome.reason,
            bytes_sent=outcome.bytes_sent,
        )
        log.info(
            "spool.paper", job=job.id, kind=job.kind, state=outcome.state, evidence=outcome.evidence,
            reason=outcome.reason, bytes=outcome.bytes_sent,
        )  # fmt: skip
        return outcome.state != "BLOCKED"

    def _run(self, owner: Owner, job: Job, paper: PrintJob) -> JobOutcome | None:
        """Run in the owner's thread. None: somebody cancelled the job before its first byte."""
        begun = False

        def on(event: JobEvent) -> None:
            nonlocal begun
            if event.state == "BLOCKED":
                # Before anybody is told: who sells then looks whether it stands still.
                self.stuck = event.reason
            self._spool.record(
                job.id,
                event.state,
                evidence="transport" if event.state == "SENDING" else event.evidence,
                reason=event.reason,
                bytes_sent=event.bytes_sent,
                attempt=not begun,
            )
            begun = True
            if event.state != "BLOCKED":
                self.stuck = ""

        try:
            return owner.call(lambda: owner.device.run(paper, on))
        except DeviceError as error:
            return JobOutcome("UNKNOWN" if begun else "BLOCKED", "transport" if begun else "none", error.code)
        except Conflict:
            if begun:
                raise
            return None
        except Exception as error:  # noqa: BLE001 — a body byte may have left, so this job must not run again
            log.error("spool.run_failed", job=job.id, exc_info=error)
            return JobOutcome(
                "UNKNOWN" if begun else "BLOCKED", "transport" if begun else "none", "job.unknown"
            )
        finally:
            self.stuck = ""

    # -- drawer ----------------------------------------------------------------------------------------

    def _pulse(self, job: Job) -> bool:
        """One pulse at most; whatever comes of it is written down with an audit row, and never tried again."""
        owner = self._node.devices.drawer(self.terminal)
        late = self._spool.pulse_age_ms(job) > PULSE_LIFE_MS
        try:
            if owner is None or late:
                reason = "NO_DRAWER" if owner is None else TOO_LATE
                self._spool.record(job.id, "CANCELLED", reason=reason)
                return True
            self._spool.record(job.id, "SENDING", evidence="transport", attempt=True)
        except Conflict:
            return True  # given up meanwhile, because the printer was stuck
        why, by = str(job.content.get("why", "")), str(job.content.get("by", ""))
        try:
            outcome: DrawerOutcome = owner.call(lambda: owner.device.open_drawer(why, by))
        except DeviceError as error:
            outcome = DrawerOutcome("FAILED_TO_OPEN", error.code)
        except Exception as error:  # noqa: BLE001 — a pulse may have left, so it must not be given again
            log.error("spool.pulse_failed", job=job.id, exc_info=error)
            outcome = DrawerOutcome("FAILED_TO_OPEN", "job.unknown")
        self._spool.record_pulse(job, outcome, why=why, by=by)
        if outcome.result not in ("ALREADY_OPEN", "REFUSED"):
            self._pulse_at = monotonic() + owner.device.caps.cooldown_seconds
        log.info("spool.drawer", job=job.id, result=outcome.result, reason=outcome.reason)
        return True

    def give_up_pulses(self) -> None:
        """A printer that stands still in the middle of a paper takes no pulse: say so now, not minutes later."""
        for job in repository.waiting(self._node.db, self.terminal):
            if job.kind == "drawer" and self.stuck:
                try:
                    self._spool.record(job.id, "CANCELLED", reason=f"FAILED_TO_OPEN {self.stuck}")
                except Conflict:
                    return  # the lane took it after all

    def _cooldown_left(self) -> float:
        """Seconds until the drawer's coil may be pulsed again; the next pulse waits and no paper waits for it."""
        return max(0.0, self._pulse_at - monotonic())
