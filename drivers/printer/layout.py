"""A receipt document as rows of columns, and the rows as ESC/POS bytes.

`compose` decides what stands where (pure text, also used for previews), `emit` makes bytes. Amounts are right
aligned with at least one space before them; a name that is too long wraps and pushes its amount down.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import retail.receipt as receipt
from drivers.printer import commands
from drivers.printer.codes import code128, code128_dots, native_qr, raster_qr
from drivers.printer.encode import TextEncoder
from drivers.printer.protocol import Codec, PrinterCaps
from drivers.printer.raster import raster_line
from retail.errors import Invalid

COPY_WORDS = {
    "zh-Hans": "*** 补打 COPY {n} · 可能重复 ***",
    "zh-Hant": "*** 補印 COPY {n} · 可能重複 ***",
    "en": "*** REPRINT - COPY {n} - possible duplicate ***",
}
ORPHAN_LINE = {
    "gb": "--- 以上小票打印结果未知 RESULT UNKNOWN ---",
    "big5": "--- 以上收據打印結果未知 RESULT UNKNOWN ---",
    "none": "--- RESULT OF THE ABOVE UNKNOWN ---",
}
TAIL_FEED = 3
QUIET = commands.LINE_FEED  # readers want white space around a code


@dataclass(frozen=True)
class TextRow:
    """One printed line, already padded to its place; `double` rows have half the columns."""

    text: str
    bold: bool = False
    double: bool = False


@dataclass(frozen=True)
class QrRow:
    """A centred QR code."""

    data: str


@dataclass(frozen=True)
class BarcodeRow:
    """A centred Code 128."""

    data: str


Row = TextRow | QrRow | BarcodeRow


class Composer:
    """Places blocks on a paper of so many columns."""

    def __init__(self, columns: int, codec: Codec, language: str) -> None:
        self.columns = columns
        self.text = TextEncoder(codec)
        self.language = language
        self.rows: list[Row] = []

    def lines(self, text: str, *, align: str = "left", bold: bool = False, double: bool = False) -> None:
        """A paragraph: kept newlines, wrapped, aligned by spaces."""
        room = self.columns // 2 if double else self.columns
        for part in text.split("\n"):
            for line in self.text.wrap(self.text.clean(part), room):
                free = room - self.text.width(line)
                pad = {"left": 0, "center": free // 2, "right": free}[align]
                self.rows.append(TextRow(" " * pad + line, bold, double))

    def columns_of(self, left: str, right: str, *, bold: bool = False, double: bool = False) -> None:
        """A label and its amount: the amount ends the last line, after at least one space."""
        room = self.columns // 2 if double else self.columns
        amount = self.text.clean(right)
        if self.text.width(amount) >= room:
            self.lines(left, bold=bold, double=double)
            self.lines(right, align="right", bold=bold, double=double)
            return
        lines = self.text.wrap(self.text.clean(left), room)
        if self.text.width(lines[-1]) + 1 + self.text.width(amount) > room:
            lines.append("")
        last = lines.pop()
        self.rows.extend(TextRow(line, bold, double) for line in lines)
        gap = room - self.text.width(last) - self.text.width(amount)
        self.rows.append(TextRow(last + " " * gap + amount, bold, double))

    def item(self, block: receipt.Item) -> None:
        """A sold item: its name, then quantity x price and the amount, then notes."""
        self.lines(block.name)
        parts = [part for part in (block.quantity_text, block.price_text) if part]
        self.columns_of("  " + " x ".join(parts), block.amount_text)
        for note in block.notes:
            self.lines("  " + note)

    def barcode(self, data: str, dots: int) -> None:
        """A Code 128, or a QR code where the bars would be wider than the paper."""
        if code128_dots(data) <= dots:
            self.rows.append(BarcodeRow(data))
        else:
            self.rows.append(QrRow(data))

    def copy_mark(self, number: int) -> None:
        """The mark of a reprint, in the language of the document."""
        words = COPY_WORDS.get(self.language, COPY_WORDS["en"])
        self.lines(words.format(n=number), align="center", bold=True)


def compose(document: receipt.Document, caps: PrinterCaps) -> list[Row]:
    """The rows of a document on this printer's paper."""
    composer = Composer(caps.columns, caps.codec, document.language)
    place: dict[type, Callable[[Any], None]] = {
        receipt.Line: lambda b: composer.lines(b.text, align=b.align, bold=b.bold, double=b.double),
        receipt.Columns: lambda b: composer.columns_of(b.left, b.right, bold=b.bold, double=b.double),
        receipt.Item: composer.item,
        receipt.Rule: lambda b: composer.rows.append(TextRow("-" * caps.columns)),
        receipt.Blank: lambda b: composer.rows.extend([TextRow("")] * b.n),
        receipt.Qr: lambda b: composer.rows.append(QrRow(b.data)),
        receipt.Barcode: lambda b: composer.barcode(b.data, caps.dots),
        receipt.CopyMark: lambda b: composer.copy_mark(b.n),
    }
    for block in document.blocks:
        if type(block) not in place:
            raise Invalid("printer.unknown_block", block=type(block).__name__)
        place[type(block)](block)
    return composer.rows


def emit(rows: Iterable[Row], caps: PrinterCaps) -> bytes:
    """The bytes of rows, without initialisation, cut or fence; they end with real feed lines."""
    text = TextEncoder(caps.codec)
    out: list[bytes] = []
    for row in rows:
        if isinstance(row, QrRow):
            code = native_qr(row.data) if caps.qr == "native" else raster_qr(row.data, caps.dots)
            out.append(QUIET + code + QUIET)
        elif isinstance(row, BarcodeRow):
            out.append(QUIET + code128(row.data) + QUIET)
        else:
            out.append(_text_row(row, text, caps))
    return b"".join(out) + commands.LINE_FEED * TAIL_FEED


def render(document: receipt.Document, caps: PrinterCaps) -> bytes:
    """The body of a print job for a document."""
    return emit(compose(document, caps), caps)


def preview(document: receipt.Document, caps: PrinterCaps) -> str:
    """The document as plain text, as it will stand on the paper."""
    lines = []
    for row in compose(document, caps):
        lines.append(row.text if isinstance(row, TextRow) else f"[{row.data}]")
    return "\n".join(lines) + "\n"


def orphan_row(caps: PrinterCaps) -> bytes:
    """The neutral line that separates an unknown paper from the next; it may follow a complete receipt."""
    family = {"gbk": "gb", "gb18030": "gb", "cp950": "big5", "big5": "big5"}.get(caps.codec, "none")
    composer = Composer(caps.columns, caps.codec, "en")
    composer.lines(ORPHAN_LINE[family], align="center")
    return emit(composer.rows, caps)


def _text_row(row: TextRow, text: TextEncoder, caps: PrinterCaps) -> bytes:
    """One line: explicit modes, encoded text, newline; or a bitmap if a character has no form here."""
    encoded = text.encode(row.text)
    if encoded is None:
        return raster_line(row.text, caps.codec, caps.dots, bold=row.bold, double=row.double)
    before, after = _modes(row, caps)
    return before + encoded + commands.LINE_FEED + after


def _modes(row: TextRow, caps: PrinterCaps) -> tuple[bytes, bytes]:
    """What is switched on before a line and off after it; nothing relies on a default."""
    cjk = caps.codec != "none"
    before = commands.CODE_PAGE_437
    if caps.kanji_switch:
        before += commands.KANJI_ON if cjk else commands.KANJI_OFF
    after = b""
    if row.bold:
        before, after = before + commands.BOLD_ON, after + commands.BOLD_OFF
    if row.double:
        before, after = before + commands.SIZE_DOUBLE, after + commands.SIZE_NORMAL
        if cjk:
            before, after = before + commands.KANJI_DOUBLE, after + commands.KANJI_NORMAL
    return before, after
