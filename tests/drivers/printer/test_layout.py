"""Receipts as columns and bytes: nothing wider than the paper, amounts whole and apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.encode import TextEncoder
from drivers.printer.engine import Engine, Model
from drivers.printer.layout import TextRow, compose, preview, render
from drivers.printer.protocol import Codec, PrinterCaps
from retail import receipt
from tests.drivers.builders import AMOUNTS, RECEIPT_NUMBER, a_receipt

WIDE = PrinterCaps()
NARROW = PrinterCaps(dots=384, columns=32)


def rows_of(*blocks: object, caps: PrinterCaps = NARROW, language: str = "en") -> list[str]:
    """The text rows of a document made of these blocks."""
    document = receipt.Document(blocks=blocks, language=language)
    return [row.text for row in compose(document, caps) if isinstance(row, TextRow)]


def test_amounts_stand_at_the_right_edge() -> None:
    assert rows_of(receipt.Columns("合计", "84.00")) == ["合计" + " " * 23 + "84.00"]


def test_one_space_is_kept_before_an_amount_and_a_longer_label_pushes_it_down() -> None:
    label = "a" * 26

    assert rows_of(receipt.Columns(label, "84.00")) == [label + " 84.00"]
    assert rows_of(receipt.Columns(label + "b", "84.00")) == [label + "b", " " * 27 + "84.00"]


def test_an_item_is_a_name_and_a_line_of_figures() -> None:
    item = receipt.Item("苹果", "1.234", "12.00", "14.81", ("9 折",))

    assert rows_of(item) == ["苹果", "  1.234 x 12.00            14.81", "  9 折"]


def test_double_size_has_half_the_columns() -> None:
    assert rows_of(receipt.Columns("合计", "84.00", double=True)) == ["合计       84.00"]


@pytest.mark.parametrize(
    ("language", "codec", "expected"),
    [
        ("zh-Hans", "gbk", "*** 补打 COPY 2 · 可能重复 ***"),
        ("zh-Hant", "cp950", "*** 補印 COPY 2 · 可能重複 ***"),
        ("en", "none", "*** REPRINT - COPY 2 - possible duplicate ***"),
    ],
)
def test_a_reprint_says_so_in_its_language(language: str, codec: Codec, expected: str) -> None:
    caps = PrinterCaps(codec=codec)

    assert rows_of(receipt.CopyMark(2), caps=caps, language=language)[0].strip() == expected


@given(
    st.lists(st.tuples(st.text(max_size=70), st.from_regex(r"-?[0-9,]{1,9}\.[0-9]{2}", fullmatch=True))),
    st.sampled_from([WIDE, NARROW, PrinterCaps(codec="cp950"), PrinterCaps(codec="none", columns=32)]),
    st.booleans(),
)
def test_no_row_is_wider_than_the_paper_and_every_amount_is_whole(
    pairs: list[tuple[str, str]], caps: PrinterCaps, double: bool
) -> None:
    document = receipt.Document(
        blocks=tuple(receipt.Columns(left, right, double=double) for left, right in pairs), language="en"
    )

    rows = [row for row in compose(document, caps) if isinstance(row, TextRow)]

    encoder = TextEncoder(caps.codec)
    assert all(encoder.width(row.text) * (2 if row.double else 1) <= caps.columns for row in rows)
    for _, amount in pairs:
        assert any((" " + row.text).endswith(" " + amount) for row in rows)


@pytest.mark.parametrize(
    ("caps", "model"),
    [
        (WIDE, Model()),
        (NARROW, Model(dots=384, characters="gbk")),
        (PrinterCaps(codec="gb18030"), Model(characters="gb18030")),
    ],
)
def test_the_emulator_reads_what_the_preview_shows(caps: PrinterCaps, model: Model) -> None:
    document = a_receipt()
    engine = Engine(model)

    engine.feed(render(document, caps) + b"\x1dVB\x00")

    (paper,) = engine.papers
    shown = [line for line in paper.text().splitlines() if line.strip() and "[" not in line]
    meant = [line for line in preview(document, caps).splitlines() if line.strip() and "[" not in line]
    assert [line.split() for line in shown] == [line.rstrip().split() for line in meant]
    assert all(amount in paper.text() for amount in AMOUNTS)
    assert f"[qr {RECEIPT_NUMBER}]" in paper.text()
    assert engine.counters.unknown == 0


SETTINGS = receipt.ReceiptSettings(
    store_name={"en": "Store One", "zh-Hans": "一号店", "zh-Hant": "一號店"},
    store="001",
    currency="HKD",
    exponent=2,
)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize(
    ("caps", "model"),
    [
        (WIDE, Model(characters="gbk")),
        (NARROW, Model(dots=384, characters="gbk")),
        (PrinterCaps(codec="cp950"), Model(characters="big5")),
        (PrinterCaps(codec="none", columns=32, dots=384), Model(dots=384, characters="none")),
    ],
)
def test_the_test_page_prints_on_every_printer_in_every_language(
    language: str, caps: PrinterCaps, model: Model
) -> None:
    engine = Engine(model)

    engine.feed(render(receipt.test_document(SETTINGS, language), caps) + b"\x1dVB\x00")

    (paper,) = engine.papers
    assert "12345678901234567890123456789012" in paper.text()
    assert "[qr LIANPU-TEST-0123456789]" in paper.text()
    assert "[CODE128 LIANPU-0123]" in paper.text()
    assert "\u25a1" not in paper.text()
    assert (engine.counters.unknown, engine.backlog) == (0, 0)


def test_an_unprintable_line_is_a_picture_and_its_neighbours_stay_text() -> None:
    document = receipt.Document(
        blocks=(receipt.Line("before"), receipt.Line("𠮷野家"), receipt.Line("after")), language="en"
    )
    engine = Engine(Model(characters="gbk"))

    engine.feed(render(document, WIDE) + b"\x1dVB\x00")

    assert engine.papers[0].text().split() == ["before", "[picture]", "after"]
