"""QR codes and barcodes as printer commands.

The bytes of a native QR code come from python-escpos, imported on first use because it loads a table of 35
printers; its cache goes to a private folder. Where a printer draws no QR codes, the code is a bitmap.
"""

import logging
import os
import tempfile
from functools import lru_cache
from typing import Any

import qrcode
from PIL import Image

from drivers.printer import commands
from drivers.printer.raster import raster_image
from retail.errors import Invalid

QR_MODULE_DOTS = 6
QR_LENGTH_MAX = 400
BARCODE_LENGTH_MAX = 60


@lru_cache(maxsize=1)
def escpos_bytes() -> Any:
    """The class of python-escpos that collects bytes instead of sending them.

    On import it pickles its table into a folder, here one that is gone after the import, and would set up logging
    for everybody, which a placeholder on the root logger prevents.
    """
    placeholder = logging.NullHandler()
    logging.getLogger().addHandler(placeholder)
    try:
        with tempfile.TemporaryDirectory(prefix="lianpu-escpos-") as folder:
            os.environ["ESCPOS_CAPABILITIES_PICKLE_DIR"] = folder
            from escpos.printer import Dummy
    finally:
        os.environ.pop("ESCPOS_CAPABILITIES_PICKLE_DIR", None)
        logging.getLogger().removeHandler(placeholder)
    return Dummy


def printable_ascii(data: str, length_max: int) -> str:
    """Code contents are printable ASCII of bounded length; anything else is a mistake of the caller."""
    if not data or len(data) > length_max or not all(" " <= char <= "~" for char in data):
        raise Invalid("printer.code_contents", length=len(data))
    return data


def native_qr(data: str) -> bytes:
    """GS ( k functions 65, 67, 69, 80, 81, centred."""
    printer = escpos_bytes()()
    printer.qr(printable_ascii(data, QR_LENGTH_MAX), ec=1, size=QR_MODULE_DOTS, native=True)
    return commands.ALIGN_CENTER + bytes(printer.output) + commands.ALIGN_LEFT


def raster_qr(data: str, dots: int) -> bytes:
    """The same code as a centred bitmap."""
    picture = qr_image(printable_ascii(data, QR_LENGTH_MAX), QR_MODULE_DOTS, "M")
    canvas = Image.new("1", (dots, picture.height + 16), 0)
    canvas.paste(picture, ((dots - picture.width) // 2, 8))
    return raster_image(canvas)


def qr_image(data: str, module_dots: int, level: str) -> Image.Image:
    """A QR code without its quiet zone, ink as 1."""
    levels = {"L": 1, "M": 0, "Q": 3, "H": 2}
    code = qrcode.QRCode(border=0, box_size=1, error_correction=levels[level])
    code.add_data(data)
    code.make(fit=True)
    matrix = code.get_matrix()
    image = Image.new("1", (len(matrix), len(matrix)), 0)
    image.putdata([1 if cell else 0 for row in matrix for cell in row])
    return image.resize((image.width * module_dots, image.height * module_dots))


def code128(data: str) -> bytes:
    """GS k 73 with code set B, two dots a module, 72 dots high, the text below, centred."""
    body = b"{B" + printable_ascii(data, BARCODE_LENGTH_MAX).replace("{", "{{").encode("ascii")
    settings = b"\x1dhH" + b"\x1dw\x02" + b"\x1dH\x02"
    return commands.ALIGN_CENTER + settings + b"\x1dkI" + bytes([len(body)]) + body + commands.ALIGN_LEFT


def code128_dots(data: str) -> int:
    """Printed width of `code128`: start, data, check and stop at two dots a module."""
    return 2 * (11 * (len(data) + 2) + 13)
