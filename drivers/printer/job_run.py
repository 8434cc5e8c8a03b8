"""One job on its way through a printer (hardware page, section 3.2).

The body is sent, then an ordered question that only a printer which printed it can answer, then the cut with
a second question. While the printer reports itself blocked the clock stands still. After the first body byte
the run ends DONE, SENT_UNVERIFIED or UNKNOWN, never "try again".
"""

from collections.abc import Callable
from dataclasses import dataclass

from drivers.printer import commands
from drivers.printer.answers import ProcessId
from drivers.printer.protocol import (
    Evidence,
    JobEvent,
    JobOutcome,
    PrinterCaps,
    PrinterStatus,
    PrintJob,
    cut_token,
)
from drivers.printer.session import Session
from drivers.transport.base import Monotonic
from retail.errors import DeviceError


@dataclass(frozen=True)
class Timing:
    """Seconds to wait. `answer` per real-time question, `base` for a fence plus the time of the bytes.

    `bytes_per_second` is what the printer is assumed to take at the least, a 9600-baud one for want of better
    knowledge; a network printer says nothing of its speed, a slower serial port is counted at its own.
    """

    answer: float = 0.7
    base: float = 8.0
    bytes_per_second: float = 900.0
    look: float = 0.05
    blocked_poll: float = 5.0
    blocked_polls_silent: int = 3


class Uncertain(Exception):
    """Bytes left and nobody knows what became of them; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Watch:
    """A clock that can be stopped while the printer waits for a person."""

    def __init__(self, clock: Monotonic, seconds: float) -> None:
        self._clock = clock
        self._end: float = clock() + seconds
        self._left: float | None = None

    def stop(self) -> None:
        """Stand still."""
        if self._left is None:
            self._left = max(0.0, self._end - self._clock())

    def go_on(self, least: float) -> None:
        """Run again with the time that was left, or with `least` when less was."""
        if self._left is not None:
            self._end, self._left = self._clock() + max(self._left, least), None

    def expired(self) -> bool:
        """True when the time is over; never while it stands still."""
        return self._left is None and self._clock() >= self._end


class JobRun:
    """Runs one job on an open session. `interrupted` is asked between steps and ends the wait."""

    def __init__(
        self,
        session: Session,
        caps: PrinterCaps,
        timing: Timing,
        clock: Monotonic,
        interrupted: Callable[[], bool],
    ) -> None:
        self._session, self._caps, self._timing, self._clock = session, caps, timing, clock
        self._interrupted = interrupted
        self._on: Callable[[JobEvent], None] = lambda event: None
        self._watch = Watch(clock, 0)
        self._blocked: str | None = None
        self._polled: PrinterStatus | None = None
        self._poll_at = 0.0
        self._silent_polls = 0
        self._may_ask = False
        self._stops: list[str] = []
        self.sent = 0
        self.unfinished = False

    def run(self, job: PrintJob, on: Callable[[JobEvent], None], *, answers: bool) -> JobOutcome:
        """Print. `answers` is False for a printer without a back channel."""
        self._on = on
        try:
            self._prepare(answers)
        except (DeviceError, Uncertain) as problem:
            return JobOutcome("BLOCKED", "none", problem.code)
        on(JobEvent("SENDING"))
        # What an orphan's removal put on the wire arrives before the body does.
        self._watch = Watch(self._clock, self._timing.base + self._session.seconds_under_way(len(job.body)))
        self.unfinished = True
        outcome = self._print(job, answers)
        self.unfinished = False
        return outcome

    def _print(self, job: PrintJob, answers: bool) -> JobOutcome:
        """Body, fence and cut."""
        try:
            self._push(job.body, counted=True)
            if not answers or self._caps.fence == "none":
                if self._caps.cutter:
                    self._push(job.cut)
                return JobOutcome("SENT_UNVERIFIED", "transport", self._reason(), self.sent)
            self._fence(job.token)
        except (DeviceError, Uncertain) as problem:
            return self._failed(problem.code)
        self._on(JobEvent("CONFIRMED", "fence", self._reason(), self.sent))
        return self._cut(job)

    def _prepare(self, answers: bool) -> None:
        """ESC @ first: it switches the automatic status off. No body byte leaves here."""
        greeting = commands.INIT + (commands.ASB_ON if answers and self._caps.asb else b"")
        self._session.automatic = None
        if not self._session.write_all(greeting, self._timing.base + self._session.seconds_under_way()):
            raise Uncertain("link.write_stalled")

    def _failed(self, code: str) -> JobOutcome:
        """Nothing of the body left: blocked, may be tried again. Anything left: unknown."""
        if self.sent == 0:
            return JobOutcome("BLOCKED", "none", code)
        return JobOutcome("UNKNOWN", "transport", code, self.sent)

    def _push(self, data: bytes, *, counted: bool = False) -> None:
        """Send all bytes, minding the printer's state and the watch."""
        while data:
            left = self._session.write(data, self._timing.look)
            data = data[left:]
            if counted:
                self.sent += left
            self._mind(0.0)
            if left == 0 and self._watch.expired():
                raise Uncertain("link.write_stalled")

    def _fence(self, token: bytes) -> None:
        """Ask in the order of the data and wait for the answer."""
        if self._caps.fence == "gs_h":
            self._push(commands.process_id(token))
        else:
            self._session.queued_owed += 1
            self._push(commands.PAPER_STATUS)
        self._may_ask = True
        while not self._answered(token):
            if self._watch.expired() and not self._held_up():
                raise Uncertain("job.unknown")
            self._mind(self._timing.look)
        self._session.all_arrived()
        if self._blocked is not None:
            # The answer proves that the printer went on before anybody asked it again.
            self._polled = None
            self._resume()

    def _answered(self, token: bytes) -> bool:
        """True when the fence of this very job was answered; answers to older ones are passed over."""
        if self._caps.fence == "gs_r":
            return self._session.queued_owed == 0
        while True:
            answer = self._session.take(ProcessId)
            if answer is None:
                return False
            if answer.token == token:
                return True

    def _mind(self, seconds: float) -> None:
        """Listen, and notice when the printer stops or goes on."""
        self._session.listen(seconds)
        if self._interrupted():
            raise Uncertain("job.unknown")
        # Within the body a question would become part of a picture or code; after the fence it is safe.
        if self._blocked is not None and self._may_ask and self._clock() >= self._poll_at:
            self._poll()
        code = self._block_now()
        if code is not None and self._blocked is None:
            self._blocked, self._silent_polls = code, 0
            self._poll_at = self._clock() + self._timing.blocked_poll
            self._watch.stop()
            self._stops.append(code.removeprefix("dev."))
            self._on(JobEvent("BLOCKED", "transport", code, self.sent))
        elif code is None and self._blocked is not None:
            self._resume()

    def _resume(self) -> None:
        """The printer goes on by itself: the clock too, and nothing is sent again."""
        self._blocked = None
        # A stop that was found by asking was found when no time was left, and the rest is yet to be printed.
        self._watch.go_on(self._timing.base)
        self._on(JobEvent("SENDING", "transport", self._reason(), self.sent))

    def _block_now(self) -> str | None:
        """What stops the printer, by its automatic status or the last poll."""
        status = self._session.automatic if self._session.automatic is not None else self._polled
        return status.blocked_by if status is not None else None

    def _held_up(self) -> bool:
        """At the deadline, a printer without automatic status is asked whether it waits for a person."""
        if self._session.automatic is not None:
            return False
        self._polled = self._session.ask_status(self._timing.answer)
        return self._block_now() is not None

    def _poll(self) -> None:
        """While blocked: is the printer still there? Several silent polls mean that nobody knows any more."""
        self._poll_at = self._clock() + self._timing.blocked_poll
        status = self._session.ask_status(self._timing.answer)
        if status is None:
            self._silent_polls += 1
            if self._silent_polls >= self._timing.blocked_polls_silent:
                raise Uncertain("link.timeout")
            return
        self._silent_polls = 0
        if self._session.automatic is None:
            self._polled = status

    def _reason(self) -> str:
        """Why the paper may be in pieces, or nothing."""
        return "interrupted: " + ", ".join(dict.fromkeys(self._stops)) if self._stops else ""

    def _cut(self, job: PrintJob) -> JobOutcome:
        """Cut, ask again, look at the cutter. The receipt is printed, so nothing here is UNKNOWN."""
        if not self._caps.cutter or not job.cut:
            return self._done("fence", None)
        token = cut_token(job.token)
        self._watch = Watch(self._clock, self._timing.base)
        question = commands.process_id(token) if self._caps.fence == "gs_h" else commands.PAPER_STATUS
        if self._caps.fence == "gs_r":
            self._session.queued_owed += 1
        try:
            if not self._session.write_all(job.cut + question, self._timing.base):
                return self._done("fence", "link.write_stalled")
            while not self._answered(token):
                blocked = self._block_now()
                if blocked or self._watch.expired():
                    return self._done("fence", blocked or self._cutter_state() or "no answer")
                self._session.listen(self._timing.look)
            return self._done("fence+cut", self._cutter_state())
        except DeviceError as problem:
            return self._done("fence", problem.code)

    def _cutter_state(self) -> str | None:
        """dev.cutter when DLE EOT 3 says so; "no answer" when it says nothing."""
        answer = self._session.ask(3, self._timing.answer)
        if answer is None:
            return "no answer"
        return "dev.cutter" if answer & 0x08 else None

    def _done(self, evidence: Evidence, trouble: str | None) -> JobOutcome:
        """DONE, with what is to be said about the cut or an interruption."""
        parts = [self._reason()] if self._stops else []
        if trouble:
            evidence = "fence"
            parts.append(f"cut not confirmed: {trouble}")
        return JobOutcome("DONE", evidence, "; ".join(parts), self.sent)
