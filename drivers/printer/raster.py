"""A line as a bitmap, for characters that the printer does not have.

Strips are at most 24 rows of 72 bytes, so that 8192 zero bytes always end a strip that was cut off. Bytes
that a printer would take for a real-time command (10 04, 10 05, 10 14) are broken by one dot.
"""

from PIL import Image

from drivers.printer import commands
from drivers.printer.encode import char_width
from drivers.printer.fonts import CELL, HEIGHT, glyph
from drivers.printer.protocol import Codec

STRIP_BYTES = 24 * 72
LINE_ROWS = 30
REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")


def raster_line(text: str, codec: Codec, dots: int, *, bold: bool = False, double: bool = False) -> bytes:
    """Commands that print one line of clean text as a bitmap of 30 rows (60 when double)."""
    scale = 2 if double else 1
    canvas = Image.new("1", (dots // scale, LINE_ROWS), 0)
    x = 0
    for char in text:
        columns = char_width(char, codec)
        canvas.paste(1, (max(0, x - CELL) if columns == 0 else x, 3), glyph(char, columns, bold))
        x += columns * CELL
    if double:
        canvas = canvas.resize((canvas.width * 2, canvas.height * 2))
    return raster_image(canvas)


def raster_image(image: Image.Image) -> bytes:
    """Commands that print a mode "1" image, ink as 1, in strips."""
    width_bytes = (image.width + 7) // 8
    data = break_real_time(image.tobytes())
    rows_per_strip = max(1, min(HEIGHT, STRIP_BYTES // width_bytes))
    out = []
    for top in range(0, image.height, rows_per_strip):
        rows = min(rows_per_strip, image.height - top)
        out.append(commands.raster(width_bytes, rows, data[top * width_bytes : (top + rows) * width_bytes]))
    return b"".join(out)


def break_real_time(data: bytes) -> bytes:
    """The same picture without the byte pairs of real-time commands: one dot is added to the 0x10."""
    for pair in REAL_TIME:
        data = data.replace(pair, b"\x30" + pair[1:])
    return data
