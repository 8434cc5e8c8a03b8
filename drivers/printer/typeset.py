"""The printing half of the emulator: modes, position and the rows of the paper being printed."""

from dataclasses import dataclass, field, replace

from drivers.printer.charmodel import CharModel, Decoder
from drivers.printer.codes import qr_image
from drivers.printer.paper import CELL, Code, Mark, Paper, PaperRow, Picture, TextLine
from drivers.printer.symbols import bars_of
from drivers.printer.tokens import Token

CHAR_HEIGHT = 24
DEFAULT_SPACING = 30


@dataclass
class Style:
    """The modes that ESC @ resets."""

    bold: bool = False
    underline: bool = False
    inverse: bool = False
    wide: int = 1
    high: int = 1
    align: int = 0
    spacing: int = DEFAULT_SPACING
    margin: int = 0
    area: int | None = None
    bar_height: int = 162
    bar_module: int = 3
    bar_caption: bool = False
    qr_module: int = 3
    qr_level: str = "L"
    qr_data: str = ""
    stored: Picture | None = None


@dataclass
class Typesetter:
    """Turns tokens into rows; `printed` grows by the dots of every row."""

    dots: int
    model: CharModel
    papers: list[Paper] = field(default_factory=list)
    style: Style = field(default_factory=Style)
    marks: list[Mark] = field(default_factory=list)
    x: int = 0
    printed: int = 0

    def __post_init__(self) -> None:
        self.decoder = Decoder(self.model)
        self.paper = Paper(1, self.dots)

    def reset(self) -> None:
        """ESC @: the line in the buffer is lost, modes return to their defaults."""
        self.style, self.marks, self.x = Style(), [], 0
        self.decoder.reset()

    def text(self, data: bytes) -> None:
        """Print characters, with an automatic line feed at the end of the print area."""
        for char, columns in self.decoder.feed(data):
            width = columns * CELL * self.style.wide
            if self.x + width > self._area() and self.marks:
                self._end_line()
            style = self.style
            self.marks.append(
                Mark(
                    self.x, char, columns, style.wide, style.high, style.bold, style.underline, style.inverse
                )
            )
            self.x += width

    def line_feed(self) -> None:
        """End the line; half a pair in front of it is lost."""
        self.decoder.half = b""
        self._end_line()

    def _end_line(self) -> None:
        """Alignment, height and the row itself. A full line ends in the middle of a text: half a pair waits on."""
        tallest = max((mark.high for mark in self.marks), default=0) * CHAR_HEIGHT
        height = max(tallest, self.style.spacing)
        used = max((mark.x + mark.columns * CELL * mark.wide for mark in self.marks), default=0)
        free = max(0, self._area() - used)
        shift = self.style.margin + {0: 0, 1: free // 2, 2: free}.get(self.style.align, 0)
        self.add(TextLine(tuple(replace(mark, x=mark.x + shift) for mark in self.marks), height))
        self.marks, self.x = [], 0

    def feed(self, dots: int) -> None:
        """Advance the paper; a line in the buffer is printed first."""
        if self.marks:
            self.line_feed()
        if dots:
            self.add(TextLine((), dots))

    def add(self, row: PaperRow) -> None:
        """Put a finished row on the paper."""
        self.paper.rows.append(row)
        self.printed += row.height

    def picture(self, width_bytes: int, rows: int, data: bytes, scale_x: int = 1, scale_y: int = 1) -> None:
        """Print a bitmap, magnified if asked, at the margin or aligned."""
        if not width_bytes or not rows:
            return
        if scale_x == 2:
            data = bytes(byte for row in data for byte in _doubled(row))
            width_bytes *= 2
        if scale_y == 2:
            cut = [data[at : at + width_bytes] for at in range(0, len(data), width_bytes)]
            data, rows = b"".join(row + row for row in cut), rows * 2
        if self.marks:
            self.line_feed()
        free = max(0, self._area() - width_bytes * 8)
        shift = {0: 0, 1: free // 2, 2: free}.get(self.style.align, 0)
        self.add(Picture(self.style.margin + shift, width_bytes, rows, data))

    def store(self, picture: Picture) -> None:
        """GS ( L 112: keep a picture until it is printed."""
        self.style.stored = picture

    def print_stored(self) -> None:
        """GS ( L 50: print and forget the kept picture."""
        stored, self.style.stored = self.style.stored, None
        if stored is not None:
            self.picture(stored.width_bytes, stored.rows, stored.data)

    def print_qr(self) -> None:
        """GS ( k 81: draw the stored QR code."""
        style = self.style
        if style.qr_data:
            side = qr_image(style.qr_data, style.qr_module, style.qr_level).height
            self.add(Code("qr", style.qr_data, style.align, style.qr_module, side, style.qr_level))

    def barcode(self, kind: int, data: bytes) -> None:
        """GS k: draw a barcode, with its text below if asked."""
        style = self.style
        name, shown, bars = bars_of(kind, data)
        height = style.bar_height + (CHAR_HEIGHT if style.bar_caption else 0)
        self.add(
            Code(name, shown, style.align, style.bar_module, height, bars=bars, caption=style.bar_caption)
        )

    def cut(self) -> bool:
        """Cut the paper; an empty one is not counted. True when a paper fell."""
        if self.marks:
            self.line_feed()
        if self.paper.blank:
            return False
        self.paper.cut = True
        self.papers.append(self.paper)
        self.paper = Paper(self.paper.number + 1, self.dots)
        return True

    def apply(self, token: Token) -> None:
        """Modes and movements; a command without effect here is ignored."""
        style, data = self.style, token.data
        match token.name:
            case "ESC E" | "ESC G":
                style.bold = bool(data[0] & 1)
            case "ESC -":
                style.underline = data[0] % 48 > 0
            case "GS B":
                style.inverse = bool(data[0] & 1)
            case "GS !":
                style.wide, style.high = (data[0] >> 4 & 7) + 1, (data[0] & 7) + 1
            case "ESC a":
                style.align = data[0] % 48
            case "ESC 2":
                style.spacing = DEFAULT_SPACING
            case "ESC 3":
                style.spacing = data[0]
            case "GS L":
                style.margin = int.from_bytes(data, "little")
            case "GS W":
                style.area = int.from_bytes(data, "little")
            case "ESC $":
                self.x = int.from_bytes(data, "little")
            case "ESC \\":
                self.x = max(0, self.x + int.from_bytes(data, "little", signed=True))
            case _:
                self._apply_letters(token)

    def _apply_letters(self, token: Token) -> None:
        """Character sets, the combined mode byte and barcode settings."""
        style, data = self.style, token.data
        match token.name:
            case "ESC !":
                style.bold, style.underline = bool(data[0] & 8), bool(data[0] & 128)
                style.high, style.wide = (2 if data[0] & 16 else 1), (2 if data[0] & 32 else 1)
            case "FS !":
                style.high, style.wide = (2 if data[0] & 8 else 1), (2 if data[0] & 4 else 1)
            case "ESC t":
                self.decoder.page = data[0]
            case "ESC R":
                self.decoder.country = data[0]
            case "FS &":
                self.decoder.double_byte = self.model != "none"
            case "FS .":
                self.decoder.double_byte = False
            case "FS C":
                self.decoder.double_byte = self.model == "shift_jis" and data[0] % 48 == 1
            case "GS h":
                style.bar_height = data[0]
            case "GS w":
                style.bar_module = data[0]
            case "GS H":
                style.bar_caption = data[0] % 48 >= 2

    def _area(self) -> int:
        """Print area in dots, right of the margin."""
        area = self.style.area if self.style.area is not None else self.dots
        return max(CELL, min(area, self.dots - self.style.margin))


def _doubled(byte: int) -> tuple[int, int]:
    """Eight dots as sixteen."""
    wide = 0
    for bit in range(8):
        if byte & (1 << bit):
            wide |= 3 << (2 * bit)
    return wide >> 8, wide & 255
