"""Pictures of papers: codes can be read from them, on every width and code system."""

import itertools
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from drivers.printer.engine import Engine, Model
from drivers.printer.fonts import CELL, HEIGHT, glyph
from drivers.printer.layout import render
from drivers.printer.paper import Paper
from drivers.printer.protocol import PrinterCaps
from drivers.printer.render import EDGE, paper_image, paper_png
from retail import receipt
from tests.drivers.builders import AMOUNTS, RECEIPT_NUMBER, a_receipt

# Printer, language, and whether every line has a form in the printer's own characters.
CASES = [
    (PrinterCaps(), Model(characters="gbk"), "zh-Hans", True),
    (PrinterCaps(codec="gb18030"), Model(characters="gb18030"), "zh-Hans", True),
    (PrinterCaps(codec="cp950"), Model(characters="big5"), "zh-Hant", True),
    (PrinterCaps(codec="big5"), Model(characters="big5"), "zh-Hant", False),
    (PrinterCaps(codec="cp950"), Model(characters="big5"), "zh-Hans", False),
    (PrinterCaps(dots=384, columns=32), Model(dots=384, characters="gbk"), "zh-Hans", True),
    (PrinterCaps(dots=384, columns=32, qr="raster"), Model(dots=384, characters="gbk"), "zh-Hans", True),
    (PrinterCaps(dots=384, columns=32, codec="cp950"), Model(dots=384, characters="big5"), "zh-Hant", True),
    (PrinterCaps(codec="none", qr="raster"), Model(characters="none"), "en", True),
    (PrinterCaps(codec="none", qr="raster"), Model(characters="none"), "zh-Hans", False),
    (PrinterCaps(dots=384, columns=32, codec="none"), Model(dots=384, characters="none"), "zh-Hans", False),
]
NARROW_NUMBER = "001-01/K7Q2"  # bars that fit a narrow paper
LOST_DOTS = 4  # dots that a bitmap may differ by where a real-time command was broken


def read_codes(png: bytes, folder: Path) -> set[str]:
    """What zbarimg reads from a picture."""
    picture = folder / "paper.png"
    picture.write_bytes(png)
    # Without a message bus zbarimg complains and reads all the same.
    done = subprocess.run(["zbarimg", "-q", str(picture)], capture_output=True, check=True)
    return set(done.stdout.decode().split())


def papers_of(document: receipt.Document, caps: PrinterCaps, model: Model) -> Engine:
    engine = Engine(model)
    engine.feed(render(document, caps) + b"\x1dVB\x00")
    return engine


def drawn(amount: str, paper: Paper) -> bool:
    """Whether an amount stands, dot by dot, at the right edge of the picture, in any of its sizes and weights."""
    sheet = ImageChops.invert(paper_image(paper)).convert("1")
    for bold, scale in itertools.product((False, True), (1, 2)):
        wide, high = CELL * len(amount), HEIGHT
        stamp = Image.new("1", (wide, high), 0)
        for place, char in enumerate(amount):
            stamp.paste(1, (place * CELL, 0), glyph(char, 1, bold))
        stamp = stamp.resize((wide * scale, high * scale))
        left = EDGE + paper.dots - stamp.width
        for top in range(sheet.height - stamp.height):
            seen = sheet.crop((left, top, left + stamp.width, top + stamp.height))
            if ImageChops.logical_xor(seen, stamp).histogram()[-1] <= LOST_DOTS:
                return True
    return False


@pytest.mark.parametrize(("caps", "model", "language", "characters"), CASES)
def test_every_amount_and_code_is_on_the_paper(
    caps: PrinterCaps, model: Model, language: str, characters: bool, tmp_path: Path
) -> None:
    (paper,) = papers_of(a_receipt(language), caps, model).papers

    codes = read_codes(paper_png(paper), tmp_path)

    assert f"QR-Code:{RECEIPT_NUMBER}" in codes
    assert (f"CODE-128:{RECEIPT_NUMBER}" in codes) == (caps.dots == 576)
    missing = [amount for amount in AMOUNTS if amount not in paper.text()]
    assert bool(missing) is not characters
    assert [amount for amount in missing if not drawn(amount, paper)] == []
    assert not drawn("9,876.50", paper)


@pytest.mark.parametrize(("caps", "model", "language", "characters"), CASES)
def test_bars_that_fit_are_read_from_every_paper(
    caps: PrinterCaps, model: Model, language: str, characters: bool, tmp_path: Path
) -> None:
    document = receipt.Document((receipt.Barcode(NARROW_NUMBER),), language)
    (paper,) = papers_of(document, caps, model).papers

    assert read_codes(paper_png(paper), tmp_path) == {f"CODE-128:{NARROW_NUMBER}"}


@pytest.mark.parametrize(
    ("symbology", "data", "expected"),
    [
        (67, b"6901234567892", "EAN-13:6901234567892"),
        (68, b"96385074", "EAN-8:96385074"),
        (65, b"036000291452", "EAN-13:0036000291452"),
        (69, b"LIANPU-1", "CODE-39:LIANPU-1"),
        (73, b"{BAb{C\x0c\x22", "CODE-128:Ab1234"),
        (73, b"{Bx{{y", "CODE-128:x{y"),
    ],
)
def test_the_emulator_draws_barcodes_that_read_back(
    symbology: int, data: bytes, expected: str, tmp_path: Path
) -> None:
    engine = Engine(Model())
    engine.feed(b"\x1dw\x03\x1dhP\x1ba\x01\n\x1dk" + bytes([symbology, len(data)]) + data + b"\n\x1dVB\x00")

    assert read_codes(paper_png(engine.papers[0]), tmp_path) == {expected}


def test_a_rasterised_line_shows_ink_where_a_missing_character_would_be_empty() -> None:
    document = receipt.Document(blocks=(receipt.Line("𠮷鿫"),), language="zh-Hans")
    (paper,) = papers_of(document, PrinterCaps(), Model(characters="gbk")).papers

    picture = paper_image(paper)

    assert picture.histogram()[0] > 150


def test_double_size_is_twice_as_high() -> None:
    single = papers_of(receipt.Document((receipt.Line("合计"),), "en"), PrinterCaps(), Model()).papers[0]
    double = papers_of(
        receipt.Document((receipt.Line("合计", double=True),), "en"), PrinterCaps(), Model()
    ).papers[0]

    assert double.height - single.height == 18
