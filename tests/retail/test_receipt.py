"""Papers as documents: every figure is there, in three languages, and a copy says so."""

import string
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from retail import receipt
from retail.receipt import ReceiptSettings, ReturnFacts, SaleFacts, ShiftPrint
from retail.receipt_words import WORDS, word
from retail.shift import x_report, z_report
from schemas.events.sales import (
    DiscountGiven,
    ReturnCompleted,
    ReturnLine,
    SaleCompleted,
    SaleLine,
    TaxLine,
    TenderLine,
)
from tests.retail.builders import NAMES
from tests.retail.test_shift import COUNT, FACTS

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
HASH = "0123456789abcdef" * 4
SETTINGS = ReceiptSettings(
    store_name={"en": "Demo North", "zh-Hans": "示范北店", "zh-Hant": "示範北店"},
    store="001",
    currency="HKD",
    exponent=2,
    head={"en": "1 Road\nTel 123"},
    foot={"en": "Thank you"},
    tax_names={"std": {"en": "VAT", "zh-Hans": "增值税", "zh-Hant": "增值稅"}},
    reason_names={"staff": {"en": "Staff"}, "broken": {"en": "Broken"}},
)
LINE = SaleLine(
    line=1, sku="a", code="1", name=NAMES, quantity=2000, unit="pc", unit_price_minor=1990, price_ref="chain/1",
    gross_minor=3980, discount_minor=398, basket_discount_minor=0, total_minor=3582, tax_code="std",
    tax_minor=412, discount=DiscountGiven(kind="percent", value=100_000, reason="staff"), spec="1 kg",
)  # fmt: skip
WEIGHED = SaleLine(
    line=2, sku="b", code="2", name={"en": "Beef"}, quantity=355, unit="kg", unit_price_minor=12800,
    price_ref="chain/2", gross_minor=4544, discount_minor=0, basket_discount_minor=0, total_minor=4544,
    tax_code="std", tax_minor=523, keyed_weight=True,
)  # fmt: skip
VAT = TaxLine(code="std", rate_ppm=130_000, included=True, base_minor=7191, amount_minor=935)
SALE = SaleCompleted(
    number="001-01/K7Q2M-15", terminal="01", series="K7Q2M", n=15, basket="b1", started_at=0, currency="HKD",
    lines=[LINE, WEIGHED], taxes=[VAT], gross_minor=8524, discount_minor=398, total_minor=8126,
    rounding_minor=4, payable_minor=8130,
    tenders=[
        TenderLine(kind="card", amount_minor=3000, given_minor=3000, change_minor=0, approval="A1B2"),
        TenderLine(kind="cash", amount_minor=5130, given_minor=10000, change_minor=4870),
    ],
    change_minor=4870, pieces=3,
)  # fmt: skip
BACK = ReturnCompleted(
    number="001-02/K7Q2M-16", terminal="02", series="K7Q2M", n=16, original="e1",
    original_number="001-01/K7Q2M-15", reason="broken", currency="HKD",
    lines=[ReturnLine(line=1, original_line=1, sku="a", name=NAMES, quantity=1000, unit="pc", total_minor=1791,
                      tax_code="std", tax_minor=206)],
    taxes=[TaxLine(code="std", rate_ppm=130_000, included=True, base_minor=1585, amount_minor=206)],
    total_minor=1791, rounding_minor=-1, payable_minor=1790,
    tenders=[TenderLine(kind="cash", amount_minor=1790, given_minor=1790, change_minor=0)], pieces=1,
)  # fmt: skip
SALE_FACTS = SaleFacts(SALE, "2026-07-10 18:43", "Li", HASH)
RETURN_FACTS = ReturnFacts(BACK, "2026-07-11 09:00", "Li", HASH)


def story(document: receipt.Document) -> list[str]:
    """Every block as one readable row."""
    rows = []
    for block in document.blocks:
        match block:
            case receipt.Line(text=text):
                rows.append(text)
            case receipt.Columns(left=left, right=right):
                rows.append(f"{left} | {right}")
            case receipt.Item() as item:
                rows.append(f"{item.name} | {item.quantity_text} | {item.price_text} | {item.amount_text}")
                rows += [f"  {note}" for note in item.notes]
            case receipt.Rule():
                rows.append("--")
            case receipt.Qr(data=data):
                rows.append(f"QR {data}")
            case receipt.Barcode(data=data):
                rows.append(f"BARCODE {data}")
            case receipt.CopyMark(n=n):
                rows.append(f"COPY {n}")
            case receipt.Blank():
                rows.append("")
    return rows


def test_a_sale_in_english() -> None:
    assert story(receipt.sale_document(SALE_FACTS, SETTINGS, "en")) == [
        "Demo North",
        "1 Road",
        "Tel 123",
        "--",
        "Receipt | 001-01/K7Q2M-15",
        "Time | 2026-07-10 18:43",
        "Terminal 01 | Cashier Li",
        "--",
        "Apple 1 kg | 2 | 19.90 | 39.80",
        "  Discount 10% Staff -3.98",
        "Beef | 0.355 kg | 128.00 | 45.44",
        "  Weight keyed in",
        "--",
        "Pieces | 3",
        "Subtotal | 85.24",
        "Discount | -3.98",
        "Total HKD | 81.26",
        "Cash rounding | 0.04",
        "To pay | 81.30",
        "Card | 30.00",
        "  Approval | A1B2",
        "Cash | 100.00",
        "Change | 48.70",
        "--",
        "Net VAT 13% | 71.91",
        "Incl. VAT 13% | 9.35",
        "--",
        "Thank you",
        "QR 001-01/K7Q2M-15",
        "Check code 01234567",
    ]


def test_a_return_shows_money_flowing_out() -> None:
    assert story(receipt.return_document(RETURN_FACTS, SETTINGS, "en"))[4:] == [
        "RETURN",
        "Receipt | 001-02/K7Q2M-16",
        "Time | 2026-07-11 09:00",
        "Terminal 02 | Cashier Li",
        "Original receipt | 001-01/K7Q2M-15",
        "Reason | Broken",
        "--",
        "Apple | 1 |  | -17.91",
        "--",
        "Pieces | 1",
        "Refund HKD | -17.91",
        "Cash rounding | 0.01",
        "Refunded | -17.90",
        "Cash | -17.90",
        "--",
        "Net VAT 13% | -15.85",
        "Incl. VAT 13% | -2.06",
        "",
        "Signature | ____________",
        "--",
        "Thank you",
        "QR 001-02/K7Q2M-16",
        "Check code 01234567",
    ]


def test_a_z_report() -> None:
    report = z_report(replace(FACTS, count=COUNT, z_number=7))
    printed = ShiftPrint("2026-07-10 22:04", "Li", "inc1", 42, HASH)

    assert story(receipt.shift_document(report, printed, SETTINGS, "en"))[4:] == [
        "Z REPORT 7",
        "Business day | 2026-07-10",
        "Printed | 2026-07-10 22:04",
        "Store 001 Terminal 01 | Cashier Li",
        "--",
        "Sales (2) | 357.13",
        "Returns (1) | -19.93",
        "Net sales | 337.20",
        "Cash rounding | 0.00",
        "Tax",
        "  VAT | 38.79",
        "Payments",
        "  Card | 150.00",
        "  Cash | 187.20",
        "First number | 001-01/K7Q2M-1",
        "Last number | 001-01/K7Q2M-3",
        "--",
        "Float | 1,000.00",
        "Cash in | 50.00",
        "Cash out | -7.00",
        "Expected in drawer | 1,230.20",
        "Counted | 1,230.20",
        "Difference | 0.00",
        "Drawer opened without sale | 2",
        "Aborted baskets | 1",
        "--",
        "Count by denomination",
        "  100.00 x 12 | 1,200.00",
        "  20.00 x 1 | 20.00",
        "  10.00 x 1 | 10.00",
        "  0.10 x 2 | 0.20",
        "--",
        "Chain head inc1 #42",
        HASH,
    ]


def test_an_x_report_shows_neither_count_nor_chain_head() -> None:
    rows = story(receipt.shift_document(x_report(FACTS), ShiftPrint("t", "Li"), SETTINGS, "en"))

    assert rows[4] == "X REPORT"
    assert not [row for row in rows if row.startswith(("Counted", "Difference", "Chain head", "Count by"))]


def test_tax_on_top_stands_between_the_items_and_the_total() -> None:
    gst = TaxLine(code="gst", rate_ppm=85_000, included=False, base_minor=8126, amount_minor=691)
    sale = msgspec.structs.replace(SALE, taxes=[gst], total_minor=8817, rounding_minor=0, payable_minor=8817)

    rows = story(receipt.sale_document(replace(SALE_FACTS, sale=sale), SETTINGS, "en"))

    assert rows[rows.index("Discount | -3.98") + 1 :][:2] == ["gst 8.5% | 6.91", "Total HKD | 88.17"]
    assert "Net gst 8.5% | 81.26" in rows
    assert not [row for row in rows if row.startswith(("Incl.", "To pay", "Cash rounding"))]


def test_a_plain_sale_has_no_empty_rows() -> None:
    plain = msgspec.structs.replace(
        SALE, lines=[msgspec.structs.replace(LINE, discount=None, discount_minor=0)], taxes=[], discount_minor=0,
        change_minor=0, rounding_minor=0, tenders=[SALE.tenders[0]],
    )  # fmt: skip
    bare = ReceiptSettings(store_name={}, store="001", currency="JPY", exponent=0)

    rows = story(receipt.sale_document(replace(SALE_FACTS, sale=plain), bare, "en"))

    assert rows[0] == "--"
    assert "Apple 1 kg | 2 | 1,990 | 3,980" in rows
    assert not [row for row in rows if row.startswith(("Subtotal", "Discount", "Change", "Net"))]


PAPERS: dict[str, Any] = {
    "sale": lambda language: receipt.sale_document(SALE_FACTS, SETTINGS, language),
    "return": lambda language: receipt.return_document(RETURN_FACTS, SETTINGS, language),
    "z": lambda language: receipt.shift_document(
        z_report(replace(FACTS, count=COUNT, z_number=7)),
        ShiftPrint("t", "Li", "i", 1, HASH),
        SETTINGS,
        language,
    ),
    "test": lambda language: receipt.test_document(SETTINGS, language, "2026-07-10 22:04"),
}


@pytest.mark.parametrize("paper", PAPERS)
def test_papers_have_the_same_figures_in_every_language(paper: str) -> None:
    english, simplified, traditional = (PAPERS[paper](language) for language in LANGUAGES)

    assert [type(block) for block in simplified.blocks] == [type(block) for block in traditional.blocks]
    figures = [
        [
            block.right
            for block in document.blocks
            if isinstance(block, receipt.Columns) and "." in block.right
        ]
        for document in (english, simplified, traditional)
    ]
    assert figures[0] == figures[1] == figures[2]
    assert [document.language for document in (english, simplified, traditional)] == list(LANGUAGES)


def test_chinese_papers_speak_chinese() -> None:
    rows = story(receipt.sale_document(SALE_FACTS, SETTINGS, "zh-Hant"))

    assert rows[0] == "示範北店"
    assert "蘋果 1 kg | 2 | 19.90 | 39.80" in rows
    assert "找續 | 48.70" in rows
    assert "已含 增值稅 13% | 9.35" in rows
    assert "找零 | 48.70" in story(receipt.sale_document(SALE_FACTS, SETTINGS, "zh-Hans"))


def test_a_copy_is_marked_at_both_ends_and_otherwise_the_same() -> None:
    original = receipt.sale_document(SALE_FACTS, SETTINGS, "en")

    copy = receipt.sale_document(SALE_FACTS, SETTINGS, "en", copy=2)

    assert copy == receipt.as_copy(original, 2)
    assert copy.blocks == (receipt.CopyMark(2), *original.blocks, receipt.CopyMark(2))
    assert receipt.as_copy(receipt.as_copy(original, 1), 2) == copy
    assert receipt.as_copy(copy, 0) == original
    for paper in (
        receipt.return_document(RETURN_FACTS, SETTINGS, "en", copy=1),
        receipt.shift_document(
            z_report(replace(FACTS, count=COUNT, z_number=7)), ShiftPrint("t", "Li"), SETTINGS, "en", copy=1
        ),
    ):
        assert paper.blocks[0] == paper.blocks[-1] == receipt.CopyMark(1)


@pytest.mark.parametrize(
    ("ppm", "text"),
    [(130_000, "13%"), (85_000, "8.5%"), (0, "0%"), (1_000_000, "100%"), (100_000, "10%"), (1, "0.0001%")],
)
def test_percent_text(ppm: int, text: str) -> None:
    assert receipt.percent_text(ppm) == text


def test_every_word_has_three_languages_with_the_same_blanks() -> None:
    for key, texts in WORDS.items():
        assert tuple(texts) == LANGUAGES, key
        assert all(texts.values()), key
        blanks = [
            sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)
            for text in texts.values()
        ]
        assert blanks[0] == blanks[1] == blanks[2], key
        assert texts["en"] not in (texts["zh-Hans"], texts["zh-Hant"]), key
    assert word("cash", "fr") == "Cash"
