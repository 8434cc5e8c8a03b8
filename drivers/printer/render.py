"""An emulated paper as a picture: what a person would see, and what a barcode reader can read."""

import io

from PIL import Image, ImageChops

from drivers.printer.codes import qr_image
from drivers.printer.fonts import CELL, HEIGHT, glyph
from drivers.printer.paper import Code, Paper, Picture, TextLine

EDGE = 24
PAPER_WHITE = 255


def paper_png(paper: Paper) -> bytes:
    """The paper as PNG bytes, black on white with a white edge."""
    buffer = io.BytesIO()
    paper_image(paper).save(buffer, "PNG", optimize=False)
    return buffer.getvalue()


def paper_image(paper: Paper) -> Image.Image:
    """The paper as a greyscale image."""
    ink = Image.new("1", (paper.dots, max(1, paper.height)), 0)
    y = 0
    for row in paper.rows:
        if isinstance(row, TextLine):
            _draw_text(ink, row, y)
        elif isinstance(row, Picture):
            ink.paste(Image.frombytes("1", (row.width_bytes * 8, row.rows), row.data), (row.x, y))
        else:
            _draw_code(ink, row, y)
        y += row.height
    sheet = Image.new("L", (paper.dots + 2 * EDGE, max(1, paper.height) + 2 * EDGE), PAPER_WHITE)
    sheet.paste(ImageChops.invert(ink.convert("L")), (EDGE, EDGE))
    return sheet


def _draw_text(ink: Image.Image, line: TextLine, y: int) -> None:
    """Characters on one base line: small ones stand at the foot of big ones."""
    tallest = max((mark.high for mark in line.marks), default=1) * HEIGHT
    for mark in line.marks:
        if mark.char == " " and not (mark.underline or mark.inverse):
            continue
        cell = glyph(mark.char, mark.columns, mark.bold)
        if mark.wide != 1 or mark.high != 1:
            cell = cell.resize((cell.width * mark.wide, cell.height * mark.high))
        if mark.underline:
            cell = cell.copy()
            cell.paste(1, (0, cell.height - 2, cell.width, cell.height))
        if mark.inverse:
            cell = ImageChops.invert(cell.convert("L")).convert("1")
        ink.paste(1, (mark.x, y + tallest - cell.height), cell)


def _draw_code(ink: Image.Image, code: Code, y: int) -> None:
    """A QR code or the bars of a barcode with its caption, placed by its alignment."""
    if code.kind == "qr":
        picture = qr_image(code.data, code.module, code.level)
    else:
        picture = _bars(code)
    free = max(0, ink.width - picture.width)
    ink.paste(picture, ({0: 0, 1: free // 2, 2: free}.get(code.align, 0), y))


def _bars(code: Code) -> Image.Image:
    """Bars, and the contents below them when asked."""
    tall = code.height - (HEIGHT if code.caption else 0)
    wide = max(1, len(code.bars) * code.module)
    picture = Image.new("1", (max(wide, len(code.data) * CELL), code.height), 0)
    left = (picture.width - wide) // 2
    for place, bar in enumerate(code.bars):
        if bar == "1":
            x = left + place * code.module
            picture.paste(1, (x, 0, x + code.module, tall))
    if code.caption:
        x = (picture.width - len(code.data) * CELL) // 2
        for place, char in enumerate(code.data):
            picture.paste(1, (x + place * CELL, tall), glyph(char, 1, False))
    return picture
