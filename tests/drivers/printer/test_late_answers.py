"""Answers to GS r carry no name: a late one must never prove the next paper."""

import pytest

from drivers.printer.commands import PAPER_STATUS
from drivers.printer.escpos import EscposPrinter
from drivers.printer.job_run import Timing
from drivers.printer.protocol import PrinterCaps, PrintJob, fence_token

GOOD = b"\x12"
SPEED = 1000.0


class Deep:
    """A printer with a deep buffer on an own clock: it takes everything at once and executes it when it comes to it.

    Real-time questions are answered at once. `hang` stops it for so long at its next byte; `deaf` loses the next
    question.
    """

    address, duplex = "deep", True
    bytes_per_second: float | None = None

    def __init__(self) -> None:
        self.now = 0.0
        self.busy_until = 0.0
        self.deaf = False
        self.asked = self.answered = 0
        self._due: list[tuple[float, bytes]] = []

    def hang(self, seconds: float) -> None:
        self.busy_until = self.now + seconds

    def reopen(self) -> None: ...

    def close(self) -> None: ...

    def is_open(self) -> bool:
        return True

    def write(self, data: bytes, deadline: float) -> int:
        if data[:2] == b"\x10\x04":
            self._due.append((self.now, GOOD))
            return len(data)
        self.busy_until = max(self.now, self.busy_until) + len(data) / SPEED
        for _ in range(data.count(PAPER_STATUS)):
            if self.deaf:
                self.deaf = False
            else:
                self.asked += 1
                self._due.append((self.busy_until, b"\x00"))
        return len(data)

    def read(self, size: int, deadline: float) -> bytes:
        self._due.sort(key=lambda due: due[0])
        if not self._due or self._due[0][0] > max(self.now, deadline):
            self.now = max(self.now, deadline)
            return b""
        at, answer = self._due.pop(0)
        self.now = max(self.now, at)
        self.answered += answer == b"\x00"
        return answer


def a_paper(number: int) -> PrintJob:
    return PrintJob(str(number), "receipt", b"A line of a receipt\n" * 20, fence_token(number), cut=b"")


@pytest.fixture
def deep() -> Deep:
    return Deep()


@pytest.fixture
def printer(deep: Deep) -> EscposPrinter:
    caps = PrinterCaps(fence="gs_r", cutter=False, asb=False)
    return EscposPrinter("printer-1", deep, caps, timing=Timing(), clock=lambda: deep.now)


def ignore(event: object) -> None:
    """Nobody is told."""


@pytest.mark.parametrize("seconds", range(9, 60))
def test_a_late_answer_never_proves_the_next_paper(deep: Deep, printer: EscposPrinter, seconds: int) -> None:
    deep.hang(seconds)
    assert printer.run(a_paper(1), ignore).state == "UNKNOWN"

    outcomes: list[str] = []
    while not outcomes or outcomes[-1] == "BLOCKED":
        outcomes.append(printer.run(a_paper(2), ignore).state)

    assert outcomes[-1] == "DONE"
    assert deep.answered == deep.asked
    assert deep.now >= deep.busy_until


def test_an_answer_that_was_lost_is_not_waited_for_for_ever(deep: Deep, printer: EscposPrinter) -> None:
    deep.deaf = True
    assert printer.run(a_paper(1), ignore).state == "UNKNOWN"
    before = deep.now

    assert printer.run(a_paper(2), ignore).state == "DONE"
    assert deep.now - before < 30
    before = deep.now
    assert printer.run(a_paper(3), ignore).state == "DONE"
    assert deep.now - before < 2


def test_shutting_down_while_old_answers_are_owed_leaves_the_paper_whole(
    deep: Deep, printer: EscposPrinter
) -> None:
    deep.hang(60)
    assert printer.run(a_paper(1), ignore).state == "UNKNOWN"
    real = deep.read

    def interrupted(size: int, deadline: float) -> bytes:
        printer.interrupt()
        return real(size, deadline)

    deep.read = interrupted  # type: ignore[method-assign]
    begun: list[object] = []

    assert printer.run(a_paper(2), begun.append).state == "BLOCKED"
    assert begun == []
