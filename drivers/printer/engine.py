"""A printer as a machine: bytes in, answers and papers out. No clock, no socket.

Tokens wait in the input buffer while the printer is blocked (paper, cover, cutter), as in a real one: after a
new roll it goes on by itself. Real-time commands are answered at reception and overtake the buffer.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.printer.charmodel import CharModel
from drivers.printer.paper import Paper, Picture
from drivers.printer.tokens import RealTime, RealTimeListener, Token, Tokenizer
from drivers.printer.typeset import Typesetter

QR_LEVELS = {48: "L", 49: "M", 50: "Q", 51: "H"}


@dataclass(frozen=True)
class Model:
    """What is fixed when a printer is built."""

    dots: int = 576
    characters: CharModel = "gb18030"
    maker: str = "LIANPU"
    name: str = "EMULATOR"


@dataclass
class Switches:
    """What an operator can do to the device; `paper_after` counts dots down to the end of the roll."""

    paper_out: bool = False
    paper_after: int | None = None
    near_end: bool = False
    cover_open: bool = False
    cutter_next: bool = False
    overheated: bool = False
    mute: bool = False
    no_gsh: bool = False
    drawer_jam: bool = False
    drawer_sensor: bool = True
    drawer_high_when_open: bool = True


@dataclass
class Counters:
    """What happened since power-on."""

    bytes: int = 0
    pulses: int = 0
    drawer_openings: int = 0
    cuts: int = 0
    real_time: int = 0
    unknown: int = 0
    dropped: int = 0
    events: list[str] = field(default_factory=list)


class Engine:
    """The pure core of the printer emulator. Change `switches`, then call `settle()`."""

    def __init__(self, model: Model | None = None) -> None:
        self.model = model or Model()
        self.switches = Switches()
        self.counters = Counters()
        self.drawer_open = False
        self.cutter_jammed = False
        self.typesetter = Typesetter(self.model.dots, self.model.characters)
        self._tokenizer, self._listener = Tokenizer(), RealTimeListener()
        self._waiting: deque[Token] = deque()
        self._out = bytearray()
        self._asb_mask = 0
        self._asb_last = b""
        self._commands: dict[str, Callable[[bytes], None]] = {
            "ESC @": self._initialise,
            "ESC p": self._pulse,
            "GS V": self._cut,
            "ESC i": self._cut,
            "ESC m": self._cut,
            "GS a": self._auto_status,
            "GS r": self._queued_status,
            "GS I": self._identity,
            "GS ( H": self._process_id,
            "GS ( k": self._two_dimensional,
            "GS ( L": self._graphics,
            "GS v": self._raster,
            "ESC *": self._columns,
            "GS k": lambda data: self.typesetter.barcode(data[0], data[2:] if data[0] >= 65 else data[1:]),
            "ESC d": lambda data: self.typesetter.feed(data[0] * self.typesetter.style.spacing),
            "ESC J": lambda data: self.typesetter.feed(data[0]),
        }

    @property
    def papers(self) -> list[Paper]:
        """Papers that were cut off."""
        return self.typesetter.papers

    @property
    def blocked(self) -> bool:
        """True while the printer is off line and executes nothing."""
        switches = self.switches
        return switches.paper_out or switches.cover_open or switches.overheated or self.cutter_jammed

    @property
    def backlog(self) -> int:
        """Tokens and bytes that wait in the input buffer."""
        return len(self._waiting) + self._tokenizer.waiting

    def feed(self, data: bytes) -> None:
        """Receive bytes; answers wait in `take_output`."""
        self.counters.bytes += len(data)
        for command in self._listener.feed(data):
            self._real_time(command)
        self._waiting.extend(self._tokenizer.feed(data))
        self.settle()

    def settle(self) -> None:
        """Execute what can be executed and report changes of state."""
        while self._waiting and not self.blocked:
            self._execute(self._waiting.popleft())
            self._report()
        self._report()

    def take_output(self) -> bytes:
        """The answers since the last call; a mute printer has none."""
        out, self._out = bytes(self._out), bytearray()
        return b"" if self.switches.mute else out

    def clear_cutter(self) -> None:
        """The operator frees the cutter and tears the paper off."""
        self.cutter_jammed = False
        self._tear()
        self.settle()

    def tear_off(self) -> None:
        """The operator tears off what hangs out of the printer."""
        self._tear()

    def close_drawer(self) -> None:
        """The operator pushes the drawer in."""
        self.drawer_open = False
        self.settle()

    def _execute(self, token: Token) -> None:
        before = self.typesetter.printed
        if token.name == "text":
            self.typesetter.text(token.data)
        elif token.name in ("LF", "FF"):
            self.typesetter.line_feed()
        elif token.name == "CR":
            self.typesetter.x = 0
        elif token.name in self._commands:
            self._commands[token.name](token.data)
        elif token.name in ("unknown", "control"):
            self.counters.unknown += 1
        else:
            self.typesetter.apply(token)
        self._use_roll(self.typesetter.printed - before)

    def _use_roll(self, dots: int) -> None:
        if self.switches.paper_after is None or not dots:
            return
        self.switches.paper_after -= dots
        if self.switches.paper_after <= 0:
            self.switches.paper_after, self.switches.paper_out = None, True

    def _real_time(self, command: RealTime) -> None:
        self.counters.real_time += 1
        if command.name == "EOT":
            answer = self._status(command.data[0])
            if answer is not None:
                self._out.append(answer)
        elif command.name == "ENQ" and command.data[0] in (1, 2):
            self.cutter_jammed = False
            if command.data[0] == 2:
                self.counters.dropped += len(self._waiting)
                self._waiting.clear()
        elif command.name == "DC4" and command.data[0] == 1:
            self._kick()

    def _status(self, number: int) -> int | None:
        """The byte for DLE EOT n."""
        switches = self.switches
        bits = {
            1: self._pin() * 0x04 | self.blocked * 0x08,
            2: switches.cover_open * 0x04 | switches.paper_out * 0x20 | (self._error() != 0) * 0x40,
            3: self._error(),
            4: (switches.near_end or switches.paper_out) * 0x0C | switches.paper_out * 0x60,
        }
        return 0x12 | bits[number] if number in bits else None

    def _asb(self) -> bytes:
        """Four bytes of automatic status."""
        switches = self.switches
        first = 0x10 | self._pin() * 0x04 | self.blocked * 0x08 | switches.cover_open * 0x20
        near = switches.near_end or switches.paper_out
        return bytes([first, self._error(), near * 0x03 | switches.paper_out * 0x0C, 0])

    def _error(self) -> int:
        """The cause of an error as DLE EOT 3 and the automatic status tell it; heat goes by itself."""
        return self.cutter_jammed * 0x08 | self.switches.overheated * 0x40

    def _report(self) -> None:
        """Send the automatic status when it is on and changed."""
        if self._asb_mask:
            now = self._asb()
            if now != self._asb_last:
                self._asb_last = now
                self._out += now

    def _pin(self) -> bool:
        """Level of the drawer's pin 3; without a sensor it never moves."""
        if not self.switches.drawer_sensor:
            return not self.switches.drawer_high_when_open
        return self.drawer_open == self.switches.drawer_high_when_open

    def _initialise(self, data: bytes) -> None:
        self.typesetter.reset()
        self._asb_mask, self._asb_last = 0, b""

    def _auto_status(self, data: bytes) -> None:
        self._asb_mask, self._asb_last = data[0], b""

    def _queued_status(self, data: bytes) -> None:
        if data[0] % 48 == 1:
            near = self.switches.near_end or self.switches.paper_out
            self._out.append(near * 0x03 | self.switches.paper_out * 0x0C)
        elif data[0] % 48 == 2:
            self._out.append(int(self._pin()))

    def _identity(self, data: bytes) -> None:
        words = {0x42: self.model.maker, 0x43: self.model.name}
        if data[0] in words:
            self._out += b"\x5f" + words[data[0]].encode("ascii") + b"\0"

    def _process_id(self, data: bytes) -> None:
        if not self.switches.no_gsh and data[:2] == b"00" and len(data) == 6:
            self._out += b"\x37\x22" + data[2:] + b"\0"

    def _pulse(self, data: bytes) -> None:
        self._kick()

    def _kick(self) -> None:
        self.counters.pulses += 1
        if not self.switches.drawer_jam and not self.drawer_open:
            self.drawer_open = True
            self.counters.drawer_openings += 1
        self._report()

    def _cut(self, data: bytes) -> None:
        if self.switches.cutter_next:
            self.switches.cutter_next, self.cutter_jammed = False, True
            return
        self._tear()

    def _tear(self) -> None:
        if self.typesetter.cut():
            self.counters.cuts += 1

    def _two_dimensional(self, data: bytes) -> None:
        """GS ( k for QR codes: module size, level, contents, print."""
        style = self.typesetter.style
        if len(data) < 2 or data[0] != 49:
            return
        if data[1] == 67:
            style.qr_module = data[2]
        elif data[1] == 69:
            style.qr_level = QR_LEVELS.get(data[2], "L")
        elif data[1] == 80:
            style.qr_data = data[3:].decode("utf-8", errors="replace")
        elif data[1] == 81:
            self.typesetter.print_qr()

    def _graphics(self, data: bytes) -> None:
        """GS ( L: store a raster picture (112), print it (2, 50)."""
        if len(data) >= 10 and data[1] in (112, 48 + 64):
            width_bytes = (int.from_bytes(data[6:8], "little") + 7) // 8
            rows = int.from_bytes(data[8:10], "little")
            self.typesetter.store(Picture(0, width_bytes, rows, data[10 : 10 + width_bytes * rows]))
        elif len(data) >= 2 and data[1] in (2, 50):
            self.typesetter.print_stored()

    def _raster(self, data: bytes) -> None:
        """GS v 0: bit 0 of m doubles the width, bit 1 the height."""
        scale = data[1] % 48
        wide = int.from_bytes(data[2:4], "little")
        rows = int.from_bytes(data[4:6], "little")
        self.typesetter.picture(wide, rows, data[6:], 1 + (scale & 1), 1 + (scale >> 1 & 1))

    def _columns(self, data: bytes) -> None:
        """ESC *: a picture given column by column, 8 or 24 dots high."""
        stripes = 3 if data[0] in (32, 33) else 1
        count = int.from_bytes(data[1:3], "little")
        wide, body = (count + 7) // 8, data[3:]
        rows = bytearray(wide * stripes * 8)
        for column in range(count):
            for part in range(stripes):
                value = body[column * stripes + part]
                for bit in range(8):
                    if value & (0x80 >> bit):
                        rows[(part * 8 + bit) * wide + column // 8] |= 0x80 >> column % 8
        self.typesetter.picture(wide, stripes * 8, bytes(rows), *((2, 1) if data[0] in (0, 32) else (1, 1)))
