"""A printer behind 9600 baud on a clock of its own: a byte on the wire takes its time, nothing else takes any."""

from collections import deque

from drivers.errors import device_error
from drivers.printer.emulator import PrinterEmulator
from drivers.printer.engine import Model
from drivers.printer.escpos import EscposPrinter
from drivers.printer.job_run import Timing
from drivers.printer.protocol import PrinterCaps

PRINTED = b'7"'  # the head of the answer to GS ( H
BYTES_PER_SECOND = 960  # 9600 baud: a start bit, eight bits, a stop bit


class SlowWire:
    """It takes everything at once, as a system's buffers do, and carries a byte whenever the driver waits for one."""

    address, duplex = "slow", True

    def __init__(self, emulator: PrinterEmulator, carried: float | None) -> None:
        self.bytes_per_second = carried
        self.now = 0.0
        self._emulator = emulator
        self.busy_until = 0.0  # until then the printer takes no byte
        self.ponders = 0.0  # seconds from a paper's last byte to the answer that it is printed
        self._open = False
        self._sent: deque[int] = deque()
        self._said = bytearray()
        self._pondered: list[tuple[float, bytes]] = []

    def reopen(self) -> None:
        self._emulator.attach(self._hear)
        self._open = True

    def _hear(self, data: bytes) -> None:
        if self.ponders and data.startswith(PRINTED):
            self._pondered.append((self.now + self.ponders, data))
        else:
            self._said.extend(data)

    def close(self) -> None:
        self._emulator.attach(None)
        self._said.clear()
        self._open = False

    def is_open(self) -> bool:
        return self._open

    def write(self, data: bytes, deadline: float) -> int:
        self._sent.extend(data)
        return len(data)

    def read(self, size: int, deadline: float) -> bytes:
        if self.now < self.busy_until:
            self.now = min(self.busy_until, deadline)
        while not self._said and self._sent and self.now < deadline:
            self._carry()
        if not self._said:
            self.now = max(self.now, deadline)
        for answer in [one for one in self._pondered if one[0] <= self.now]:
            self._pondered.remove(answer)
            self._said.extend(answer[1])
        found = bytes(self._said[:size])
        del self._said[:size]
        return found

    def _carry(self) -> None:
        """A byte arrives, unless the link breaks first: then all that is under way is lost."""
        self.now += 1 / BYTES_PER_SECOND
        kept, broken = self._emulator.take_until_reset(bytes([self._sent.popleft()]))
        self._emulator.receive(kept)
        if broken:
            self._sent.clear()
            self.close()
            raise device_error("link.reset", address=self.address)


def a_slow_printer(
    carried: float | None, caps: PrinterCaps | None = None, ponders: float = 0.0
) -> tuple[PrinterEmulator, EscposPrinter]:
    """The driver as it is delivered and the printer behind its wire; `carried` is what the wire says of its speed."""
    return a_slow_wire(carried, caps, ponders)[1:]


def a_slow_wire(
    carried: float | None, caps: PrinterCaps | None = None, ponders: float = 0.0
) -> tuple[SlowWire, PrinterEmulator, EscposPrinter]:
    """The same, and the wire between them."""
    emulator = PrinterEmulator("slow", Model(characters="gbk"))
    wire = SlowWire(emulator, carried)
    wire.ponders = ponders
    caps = caps or PrinterCaps()
    printer = EscposPrinter("printer-1", wire, caps=caps, timing=Timing(), clock=lambda: wire.now)
    return wire, emulator, printer
