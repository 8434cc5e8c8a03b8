"""A receipt printer that speaks ESC/POS over a transport.

One lock guards the link: a job, a drawer pulse and an idle question never mix. The device remembers a paper
of unknown fate and cuts it off, with neutral words, before the next job.
"""

import threading
from collections.abc import Callable
from typing import Literal

from drivers.device import Check, Health, Kind, State
from drivers.errors import device_error
from drivers.printer import commands
from drivers.printer.answers import ProcessId
from drivers.printer.job_run import JobRun, Timing
from drivers.printer.layout import orphan_row
from drivers.printer.protocol import JobEvent, JobOutcome, PrinterCaps, PrinterStatus, PrintJob, Pulse
from drivers.printer.session import Session
from drivers.transport.base import Monotonic, Transport, monotonic
from retail.errors import DeviceError

# Ends any command that was cut off in its middle: a strip of picture is at most 24 x 72 bytes.
FLUSH = b"\0" * 8192
SELF_TEST_TOKEN = b"~ok~"
# A change is to be shown within two seconds: this rest, and the wait for an answer that does not come.
LOOK_SECONDS = 1.0
LOOK_SILENT_SECONDS = 10.0  # at one that has never answered: only the link can be looked at


class EscposPrinter:
    """The device; safe to call from several threads, which wait for each other."""

    kind: Kind = "printer"

    def __init__(
        self,
        device_id: str,
        transport: Transport,
        caps: PrinterCaps | None = None,
        *,
        timing: Timing | None = None,
        clock: Monotonic = monotonic,
    ) -> None:
        self.id = device_id
        self.caps = caps or PrinterCaps()
        self._timing = timing or Timing()
        self._clock = clock
        self._session = Session(transport, clock, self._timing.bytes_per_second)
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._orphan = False
        self.known_to_answer = False  # set by the owner from what it remembers of earlier starts
        self.on_answer: Callable[[], None] = lambda: None  # called at the first answer of one not known to
        self.heard = False  # did it answer when it was last asked?
        self.last_pulse: Pulse | None = None  # of all the drawers behind it, which share its one sensor
        self._state: State = "CONFIGURED"
        self._since = clock()
        self._last_ok: float | None = None
        self._last_error: str | None = None
        self._counters = {"jobs": 0, "unknown": 0, "losses": 0, "pulses": 0}

    def open(self) -> None:
        """Connect if not connected."""
        with self._lock:
            if not self._session.transport.is_open():
                self._now("OPENING")
                self._connect()
                self._now("READY")

    def close(self) -> None:
        """Hang up, after a job in progress; `interrupt` first to end its wait. A lost link stays shown as lost."""
        with self._lock:
            self._session.transport.close()
            if self._state != "LOST":
                self._now("CONFIGURED")

    def interrupt(self) -> None:
        """End the running job's wait: it becomes UNKNOWN if a body byte left. For shutdown."""
        self._stop.set()

    def health(self) -> Health:
        """State, counters and what is known of the device."""
        facts = {
            "address": self._session.transport.address,
            "fence": self.caps.fence,
            "codec": self.caps.codec,
        }
        return Health(self._state, self._since, self._last_ok, self._last_error, dict(self._counters), facts)

    def preflight(self) -> PrinterStatus | None:
        """Status without moving paper; None for a silent printer; DeviceError when it cannot be reached."""
        with self._lock:
            return self._ready()

    def not_ready(self, status: PrinterStatus | None) -> str | None:
        """Why nothing may be sent after this preflight. Silence is believed of a printer that never answered; one
        that has answered before is dead or hung, and what it were sent would be lost or come out minutes later.
        """
        if status is not None:
            return status.blocked_by
        if self.caps.back_channel and (self.known_to_answer or self.caps.when_silent == "block"):
            return "link.timeout"
        return None

    def turn(self, seconds: float) -> None:
        """Idle work of the owner thread: ask for the status. DeviceError when the link is lost.

        Silence of one that has answered before is shown at once; the next turn makes the link anew, which may take
        longer than anybody should wait for the news.
        """
        with self._lock:
            if not (self.known_to_answer and self.caps.back_channel and self._session.transport.is_open()):
                self._ready()
                return
            status = self._ask_old_link()
            self._seen(status)
            if status is None:
                self._session.transport.close()

    def rest(self) -> float:
        """Seconds between two looks of the owner at an idle printer."""
        return LOOK_SECONDS if self.known_to_answer else LOOK_SILENT_SECONDS

    def run(self, job: PrintJob, on: Callable[[JobEvent], None]) -> JobOutcome:
        """Print one job; see the protocol. What `on` raises before the body leaves is passed on."""
        with self._lock:
            self._stop.clear()
            self._counters["jobs"] += 1
            try:
                status = self._ready()
                blocked = self.not_ready(status)
                if blocked is None and (self._orphan or job.after_unknown):
                    self._cut_off_orphan()
                if blocked is None and self._session.queued_owed:
                    self._settle()
            except DeviceError as problem:
                blocked = problem.code
            if blocked is not None:
                return JobOutcome("BLOCKED", "none", blocked)
            run = JobRun(self._session, self.caps, self._timing, self._clock, self._stop.is_set)
            try:
                return self._ended(run.run(job, on, answers=status is not None))
            finally:
                # Set aside by _ended; what `on` raised in the middle leaves a paper of unknown fate behind.
                self._orphan = self._orphan or run.unfinished

    def recover(self, *, discard: bool) -> None:
        """On a person's word only: after an error was cleared, go on (DLE ENQ 1) or drop the buffer (2)."""
        with self._lock:
            self.open()
            if not self._session.write_all(commands.recover(discard), self._timing.base):
                raise device_error("link.write_stalled", address=self._session.transport.address)

    def drawer_pin(self) -> bool | None:
        """Level of the drawer's pin 3 by DLE EOT 1; None when the printer does not answer."""
        with self._lock:
            self.open()
            try:
                answer = self._session.ask(1, self._timing.answer)
            except DeviceError:
                self._connect()
                answer = self._session.ask(1, self._timing.answer)
            return None if answer is None else bool(answer & 0x04)

    def pulse(self, data: bytes, pulse: Pulse) -> None:
        """Send one drawer pulse; DeviceError when it could not leave whole."""
        with self._lock:
            self.open()
            self._counters["pulses"] += 1
            self.last_pulse = pulse
            if not self._session.write_all(data, self._timing.base):
                self._lost("link.write_stalled")
                raise device_error("link.write_stalled", address=self._session.transport.address)

    def self_test(self, level: Literal["passive", "active"]) -> list[Check]:
        """Passive: reach it, ask it, try the fence. Active: a short test line and a cut as well."""
        with self._lock:
            try:
                status = self._ready()
            except DeviceError as problem:
                return [Check("link", False, problem.code, str(problem))]
            checks = [Check("link", True)]
            if status is None:
                return [*checks, Check("back channel", False, "dev.no_back_channel")]
            checks.append(Check("status", status.blocked_by is None, status.blocked_by))
            if self.caps.fence == "gs_h" and status.blocked_by is None:
                answered = self._fence_answers()
                checks.append(Check("fence", answered, None if answered else "cfg.profile_mismatch"))
            if level == "active" and status.blocked_by is None:
                paper = PrintJob("self-test", "test", b"Lianpu 0123456789\n\n\n", SELF_TEST_TOKEN)
                outcome = self.run(paper, lambda event: None)
                checks.append(Check("paper", outcome.state == "DONE", outcome.reason or None, outcome.state))
            return checks

    def _ready(self) -> PrinterStatus | None:
        """Ask for the status; a link that was open may have died unseen, so it is made anew once."""
        old_link = self._session.transport.is_open()
        try:
            if old_link:
                status = self._ask_old_link()
                if status is not None:
                    return self._seen(status)
            self._connect()
            return self._seen(
                self._session.ask_status(self._timing.answer) if self.caps.back_channel else None
            )
        except DeviceError as problem:
            self._lost(problem.code)
            raise

    def _ask_old_link(self) -> PrinterStatus | None:
        if not self.caps.back_channel:
            return None
        try:
            return self._session.ask_status(self._timing.answer)
        except DeviceError:
            return None

    def _cut_off_orphan(self) -> None:
        """Section 3.4: end a command cut in half, say that the paper above is uncertain, cut it off."""
        words = FLUSH + commands.INIT + orphan_row(self.caps) + commands.CUT_AFTER_FEED
        seconds = self._timing.base + self._session.seconds_under_way(len(words))
        if not self._session.write_all(words, seconds):
            self._lost("link.write_stalled")
            raise device_error("link.write_stalled", address=self._session.transport.address)
        self._orphan = False

    def _settle(self) -> None:
        """An answer to an older question must not be taken for the next paper's (`Session`)."""
        if not self._session.settle(self._timing.base, self._timing.look, self._stop.is_set):
            raise device_error("link.timeout", address=self._session.transport.address)

    def _ended(self, outcome: JobOutcome) -> JobOutcome:
        """Remember an orphan and hang up after it, so that the next job starts on a fresh link."""
        if outcome.state == "UNKNOWN":
            self._orphan = True
            self._counters["unknown"] += 1
            self._lost(outcome.reason)
        elif outcome.state == "DONE":
            self._last_ok = self._clock()
        return outcome

    def _fence_answers(self) -> bool:
        """Whether GS ( H, promised by the profile, is answered; moves no paper."""
        end = self._clock() + self._timing.base + self._session.seconds_under_way()
        self._session.write_all(commands.process_id(SELF_TEST_TOKEN), self._timing.base)
        while self._clock() < end:
            answer = self._session.take(ProcessId)
            if answer is not None and answer.token == SELF_TEST_TOKEN:
                return True
            self._session.listen(self._timing.look)
        return False

    def _connect(self) -> None:
        """Make the link anew. Whether the printer is ready is for its answer to say."""
        try:
            self._session.connect()
        except DeviceError as problem:
            self._now("LOST", problem.code)
            raise

    def _seen(self, status: PrinterStatus | None) -> PrinterStatus | None:
        """Set the state by what the printer says."""
        stopped_by = self.not_ready(status)
        self.heard = status is not None
        if status is not None and not self.known_to_answer:
            self.known_to_answer = True
            self.on_answer()
        if stopped_by is not None:
            self._now("BLOCKED", stopped_by)
        elif status is None:
            self._now("DEGRADED", "dev.no_back_channel" if self.caps.back_channel else None)
        else:
            self._now(
                "DEGRADED" if status.near_end else "READY", "dev.paper_near_end" if status.near_end else None
            )
            self._last_ok = self._clock()
        return status

    def _lost(self, code: str) -> None:
        self._session.transport.close()
        self._counters["losses"] += 1
        self.heard = False
        self._now("LOST", code)

    def _now(self, state: State, error: str | None = None) -> None:
        if state != self._state:
            self._state, self._since = state, self._clock()
        self._last_error = error if error is not None else (None if state == "READY" else self._last_error)
