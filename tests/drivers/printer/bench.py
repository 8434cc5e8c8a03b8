"""One emulated printer and the real device against it, over each transport."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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

QUICK = Timing(answer=0.8, base=2.0, bytes_per_second=100_000, look=0.01, blocked_poll=0.2)
WIRES = ("tcp", "pty")


@dataclass
class Rig:
    """A printer of software, the driver that talks to it, and what the driver said."""

    emulator: PrinterEmulator
    printer: EscposPrinter
    events: list[JobEvent] = field(default_factory=list)

    def run(self, job: PrintJob, on: Callable[[JobEvent], None] | None = None) -> JobOutcome:
        """Run a job and keep its events."""

        def keep(event: JobEvent) -> None:
            self.events.append(event)
            if on is not None:
                on(event)

        return self.printer.run(job, keep)

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
    quick = Timing(**{**QUICK.__dict__, **timing})
    printer = EscposPrinter("printer-1", transport, caps, timing=quick)
    try:
        yield Rig(emulator, printer)
    finally:
        printer.close()
        stop()


def connect(
    wire: str, emulator: PrinterEmulator, folder: Path, *, baudrate: int = 115200
) -> tuple[Transport, Callable[[], None]]:
    """A started server for the emulator and a transport to it; the second is how to stop it."""
    if wire == "tcp":
        server = TcpPrinterServer(emulator)
        server.start()
        return TcpTransport(server.host, server.port, connect_seconds=1.0), server.stop
    if wire == "pty":
        port = PtyPrinterServer(emulator, folder / "printer")
        port.start()
        return SerialTransport(str(folder / "printer"), baudrate=baudrate), port.stop
    return MemoryTransport(emulator), lambda: None
