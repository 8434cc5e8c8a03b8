"""A device whose clock runs faster than the test's, so that a 9600-baud printer is met at its real ratio in a moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.printer.emulator import PrinterEmulator
from drivers.printer.engine import Model
from drivers.printer.escpos import EscposPrinter
from drivers.printer.job_run import Timing
from drivers.transport.base import Transport, monotonic
from tests.drivers.printer.bench import Rig, connect

FASTER = 10.0  # seconds of the device in a second of the test
BYTES_PER_SECOND = 960  # 9600 baud: a start bit, eight bits, a stop bit


def hurried() -> float:
    """The device's clock."""
    return monotonic() * FASTER


class Hurried:
    """A transport whose deadlines are moments of the device's clock."""

    duplex = True

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.address = inner.address
        self.bytes_per_second = inner.bytes_per_second

    def reopen(self) -> None:
        self._inner.reopen()

    def close(self) -> None:
        self._inner.close()

    def is_open(self) -> bool:
        return self._inner.is_open()

    def write(self, data: bytes, deadline: float) -> int:
        return self._inner.write(data, deadline / FASTER)

    def read(self, size: int, deadline: float) -> bytes:
        return self._inner.read(size, deadline / FASTER)


@contextmanager
def a_slow_rig(wire: str, folder: Path, *, baudrate: int = 9600) -> Iterator[Rig]:
    """The driver as it is delivered, a printer behind 9600 baud, and the patience for questions of a busy machine."""
    emulator = PrinterEmulator("slow", Model(characters="gbk"))
    transport, stop = connect(wire, emulator, folder, baudrate=baudrate)
    timing = Timing(answer=Timing.answer * FASTER)
    printer = EscposPrinter("printer-1", Hurried(transport), timing=timing, clock=hurried)
    try:
        yield Rig(emulator, printer)
    finally:
        printer.close()
        stop()
