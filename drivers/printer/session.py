"""One link to a printer: bytes out, answers in, the last automatic status at hand."""

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from drivers.printer import commands
from drivers.printer.answers import (
    Answer,
    AutoStatus,
    Block,
    Demultiplexer,
    ProcessId,
    QueuedStatus,
    RealTimeStatus,
)
from drivers.printer.protocol import PrinterStatus
from drivers.transport.base import Monotonic, Transport

Kind = TypeVar("Kind", RealTimeStatus, QueuedStatus, ProcessId, Block)
READ_SIZE = 512
CHUNK = 1024


class Session:
    """The only reader and writer of a transport.

    `write` returns when the system took the bytes, long before they are on paper, so the session keeps account of
    what is still on its way: all of it, whoever wrote it, at `bytes_per_second` or the port's own speed if that is
    less. A new connection does not take back what is in cables and buffers.

    `queued_owed` counts the questions GS r whose answer has not come. The answers carry no name, but a printer gives
    exactly one for each, in the order of asking, so the newest question is answered when none is owed any more: a bare
    counter holds as long as it outlives the link, which `connect` therefore leaves alone. An answer that was lost with
    its link would be owed for ever; `settle` finds that out before the next paper begins.
    """

    def __init__(self, transport: Transport, clock: Monotonic, bytes_per_second: float) -> None:
        self.transport = transport
        self._clock = clock
        carried = transport.bytes_per_second
        self._speed = bytes_per_second if carried is None else min(bytes_per_second, carried)
        self._arrived_at = clock()
        self._unproved = 0  # bytes written since the last ordered answer to everything
        self._demultiplexer = Demultiplexer()
        self._answers: deque[Answer] = deque()
        self.automatic: PrinterStatus | None = None
        self.queued_owed = 0

    def connect(self) -> None:
        """Open the link anew and forget what an earlier one answered, but not what it was asked."""
        self.transport.reopen()
        self._demultiplexer.reset()
        self._answers.clear()
        self.automatic = None

    def write(self, data: bytes, seconds: float) -> int:
        """Hand over one chunk; returns how many bytes of `data` left."""
        left = self.transport.write(data[:CHUNK], self._clock() + seconds)
        self._arrived_at = max(self._arrived_at, self._clock()) + left / self._speed
        self._unproved += left
        return left

    def seconds_under_way(self, more: int = 0) -> float:
        """How long until the printer has everything that was written, and so many bytes more."""
        return max(0.0, self._arrived_at - self._clock()) + more / self._speed

    def all_arrived(self) -> None:
        """An ordered answer came: nothing written before it is under way any more."""
        self._arrived_at, self._unproved = self._clock(), 0

    def write_all(self, data: bytes, seconds: float) -> bool:
        """Hand over everything within the time, listening meanwhile; False when it stalled."""
        end = self._clock() + seconds
        while data:
            data = data[self.write(data, max(0.0, min(0.1, end - self._clock()))) :]
            self.listen(0.0)
            if data and self._clock() >= end:
                return False
        return True

    def listen(self, seconds: float) -> None:
        """Take in what arrives within the time, returning after the first piece."""
        for answer in self._demultiplexer.feed(self.transport.read(READ_SIZE, self._clock() + seconds)):
            if isinstance(answer, AutoStatus):
                self.automatic = status_of_asb(answer.value)
            else:
                if isinstance(answer, QueuedStatus):
                    self.queued_owed = max(0, self.queued_owed - 1)
                self._answers.append(answer)

    def settle(self, base: float, look: float, interrupted: Callable[[], bool]) -> bool:
        """Ask GS r once more and wait for it and all that is owed; what does not come in the time that all unproved
        bytes need was lost. False when nothing comes at all: then nothing is known of the older questions either.
        """
        self.queued_owed += 1
        owed = first = self.queued_owed
        if not self.write_all(commands.PAPER_STATUS, base):
            return False
        patience = base + self._unproved / self._speed  # nothing longer can lie between two questions
        end = self._clock() + patience
        while self.queued_owed and self._clock() < end and not interrupted():
            self.listen(look)
            if self.queued_owed < owed:
                owed, end = self.queued_owed, self._clock() + patience
        if self.queued_owed == first or interrupted():
            return False
        self.queued_owed = 0
        self.all_arrived()
        return True

    def take(self, kind: type[Kind]) -> Kind | None:
        """The oldest unread answer of a kind, taken out; older ones of other kinds stay."""
        for answer in self._answers:
            if isinstance(answer, kind):
                self._answers.remove(answer)
                return answer
        return None

    def ask(self, number: int, seconds: float) -> int | None:
        """The byte that answers DLE EOT n, or None when none comes in time."""
        while self.take(RealTimeStatus):
            pass
        end = self._clock() + seconds
        if not self.write_all(commands.status_request(number), seconds):
            return None
        while True:
            answer = self.take(RealTimeStatus)
            if answer is not None:
                return answer.value
            left = end - self._clock()
            if left <= 0:
                return None
            self.listen(left)

    def ask_status(self, seconds: float) -> PrinterStatus | None:
        """DLE EOT 2 and 4, and 3 when 2 reports an error; None when the printer is silent."""
        raw: dict[int, int] = {}
        offline = self.ask(2, seconds)
        if offline is None:
            return None
        raw[2] = offline
        if offline & 0x40:
            self._ask_into(raw, 3, seconds)
        self._ask_into(raw, 4, seconds)
        return status_of_bytes(raw)

    def _ask_into(self, raw: dict[int, int], number: int, seconds: float) -> None:
        answer = self.ask(number, seconds)
        if answer is not None:
            raw[number] = answer


def status_of_bytes(raw: dict[int, int]) -> PrinterStatus:
    """The meaning of DLE EOT 2, 3 and 4; an answer that is missing counts as good."""
    offline, error, paper = raw.get(2, 0), raw.get(3, 0), raw.get(4, 0)
    return PrinterStatus(
        cover_open=bool(offline & 0x04),
        paper_out=bool(offline & 0x20 or paper & 0x60),
        near_end=bool(paper & 0x0C),
        cutter_error=bool(error & 0x08),
        unrecoverable=bool(error & 0x20),
        auto_recoverable=bool(error & 0x40),
        other_error=bool(offline & 0x40 and not error & 0x68),
        raw=raw,
    )


def status_of_asb(value: bytes) -> PrinterStatus:
    """The meaning of four bytes of automatic status."""
    return PrinterStatus(
        cover_open=bool(value[0] & 0x20),
        paper_out=bool(value[2] & 0x0C),
        near_end=bool(value[2] & 0x03),
        cutter_error=bool(value[1] & 0x08),
        unrecoverable=bool(value[1] & 0x20),
        auto_recoverable=bool(value[1] & 0x40),
    )
