"""One emulated printer and the real device against it, over each transport."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from drivers.printer.emulator import PrinterEmulator
from drivers.printer.emulator_servers import PtyPrinterServer, TcpPrinterServer
from drivers.printer.engine import Model
from drivers.printer.escpos import EscposPrinter
from drivers.printer.job_run import Timing
from drivers.printer.protocol import JobEvent, JobOutcome, PrinterCaps, PrintJob
from drivers.transport.base import Transport
from drivers.transport.memory import MemoryTransport
from drivers.transport.serial_port import SerialTransport
from drivers.transport.tcp import TcpTransport
from proof.sockets import free_port

WIRES = ("tcp", "pty")
SECONDS = 60.0


@dataclass
class Patience:
    """A `Timing` whose limits no stall of a thread reaches; a test shortens the one whose end it waits for."""

    answer: float = SECONDS
    base: float = SECONDS
    bytes_per_second: float = 100_000
    look: float = 0.01
    blocked_poll: float = 0.2
    blocked_polls_silent: int = 3


@dataclass
class Rig:
    """A printer of software, the driver that talks to it, and what the driver said."""

    emulator: PrinterEmulator
    printer: EscposPrinter
    timing: Patience
    events: list[JobEvent] = field(default_factory=list)
    _told: threading.Condition = field(default_factory=threading.Condition)

    def run(self, job: PrintJob, on: Callable[[JobEvent], None] | None = None) -> JobOutcome:
        """Run a job and keep its events."""

        def keep(event: JobEvent) -> None:
            with self._told:
                self.events.append(event)
                self._told.notify_all()
            if on is not None:
                on(event)

        return self.printer.run(job, keep)

    def wait_for_state(self, state: str) -> JobEvent:
        """The first event of a state; the emulator's condition is not enough, the driver must have seen it."""
        with self._told:
            assert self._told.wait_for(lambda: state in self.states(), SECONDS), self.events
            return next(event for event in self.events if event.state == state)

    def wait_for_wire(self, wire: str) -> None:
        """Wait until the emulator's server has obeyed: the printer can be reached, or its end is closed."""
        assert self.emulator.wait_for(lambda printer: printer.wire == wire, SECONDS), self.emulator.wire

    def states(self) -> list[str]:
        """The states that were reported."""
        return [event.state for event in self.events]


@contextmanager
def a_rig(
    wire: str, folder: Path, caps: PrinterCaps | None = None, *, baudrate: int = 115200, **timing: Any
) -> Iterator[Rig]:
    """A running emulator and a device on `wire`: memory, tcp or pty."""
    emulator = PrinterEmulator("test", Model(characters="gbk"))
    transport, stop = connect(wire, emulator, folder, baudrate=baudrate)
    patience = Patience(**timing)
    printer = EscposPrinter("printer-1", transport, caps, timing=cast(Timing, patience))
    try:
        yield Rig(emulator, printer, patience)
    finally:
        printer.close()
        stop()


def connect(
    wire: str, emulator: PrinterEmulator, folder: Path, *, baudrate: int = 115200
) -> tuple[Transport, Callable[[], None]]:
    """A started server for the emulator and a transport to it; the second is how to stop it."""
    if wire == "tcp":
        server = TcpPrinterServer(emulator, port=free_port())
        server.start()
        return TcpTransport(server.host, server.port, connect_seconds=SECONDS), server.stop
    if wire == "pty":
        port = PtyPrinterServer(emulator, folder / "printer")
        port.start()
        return SerialTransport(str(folder / "printer"), baudrate=baudrate), port.stop
    return MemoryTransport(emulator), lambda: None
