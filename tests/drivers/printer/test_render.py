"""Pictures of papers: codes can be read from them, on every width and code system."""

import subprocess
from pathlib import Path

import pytest

from drivers.printer.engine import Engine, Model
from drivers.printer.layout import render
from drivers.printer.protocol import PrinterCaps
from drivers.printer.render import paper_image, paper_png
from retail import receipt
from tests.drivers.builders import AMOUNTS, RECEIPT_NUMBER, a_receipt

CASES = [
    (PrinterCaps(), Model(characters="gbk")),
    (PrinterCaps(codec="gb18030"), Model(characters="gb18030")),
    (PrinterCaps(codec="cp950"), Model(characters="big5")),
    (PrinterCaps(dots=384, columns=32), Model(dots=384, characters="gbk")),
    (PrinterCaps(dots=384, columns=32, qr="raster"), Model(dots=384, characters="gbk")),
    (PrinterCaps(codec="none", qr="raster"), Model(characters="none")),
]


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


@pytest.mark.parametrize(("caps", "model"), CASES)
def test_codes_are_read_from_the_picture_and_amounts_from_the_text(
    caps: PrinterCaps, model: Model, tmp_path: Path
) -> None:
    (paper,) = papers_of(a_receipt(), caps, model).papers

    codes = read_codes(paper_png(paper), tmp_path)

    assert f"QR-Code:{RECEIPT_NUMBER}" in codes
    if caps.dots == 576:
        assert f"CODE-128:{RECEIPT_NUMBER}" in codes
    if caps.codec in ("gbk", "gb18030"):
        assert all(amount in paper.text() for amount in AMOUNTS)


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
