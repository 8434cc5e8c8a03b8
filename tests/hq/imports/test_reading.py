"""Cells of files that we write and read."""

from __future__ import annotations

import pytest

from hq.imports import reading
from hq.imports.cells import price_refusal
from hq.imports.reading import safe_cell
from retail.errors import Invalid
from retail.money import parse_minor


@pytest.mark.parametrize("text", ["-10.00", "-1", "0", "28.50", "-0.005", "10", "", "abc", "a-1", "1=2"])
def test_numbers_and_plain_texts_are_written_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+10", "-10+1", "-10.", "-.5", "-", "--1", "-1e3", "-1,000.00", "-10.00\n", "-1 ", "@cmd", "\t-1",
     "\r1", "-\u0661", "-=1", "-A1"],
)  # fmt: skip
def test_what_could_be_a_formula_gets_an_apostrophe(text: str) -> None:
    """SC-28."""
    assert safe_cell(text) == f"'{text}"
    assert reading._cell(safe_cell(text)).strip() == text.strip()


@pytest.mark.parametrize(
    ("text", "safe"),
    [("tea;=1+1", "tea;'=1+1"), ("a; \"@x\";-b", "a;' \"@x\";'-b"), ("a;'=1", "a;''=1"), ("=a;=b", "'=a;'=b"),
     ("a;b", "a;b"), ("a;＝1", "a;'＝1")],
)  # fmt: skip
def test_what_a_semicolon_cuts_off_is_no_formula_either(text: str, safe: str) -> None:
    """SC-28: a spreadsheet of another country separates by `;`."""
    assert safe_cell(text) == safe
    assert reading._cell(safe) == text


@pytest.mark.parametrize(
    ("text", "guess"), [("28,50", "28.50"), ("28,5", "28.5"), ("1.028,50", "1028.50"), ("-8,00", "-8.00")]
)
def test_a_decimal_comma_is_told_how_to_be_written(text: str, guess: str) -> None:
    with pytest.raises(Invalid) as unreadable:
        parse_minor(text, 2)

    refused = price_refusal("price", text, unreadable.value, 2)

    assert (refused.code, refused.facts) == ("price_comma", {"guess": guess})


def lined(text: str) -> list[tuple[int, str, dict[str, object]]]:
    """The problems of a file of products."""
    return [(p.row, p.code, p.facts) for p in reading.read("products", text.encode()).problems]


def test_a_quote_that_nobody_closes_costs_its_own_row_only() -> None:
    below = "".join(f"P{n},Tea {n}\n" for n in range(3, 200))

    table = reading.read("products", f'sku,name_en\nP1,Tea\nP2,"Green\n{below}'.encode())

    assert [(p.row, p.code, p.facts) for p in table.problems] == [(3, "quote_open", {"line": 3})]
    assert [row.get("sku") for row in table.rows if row.number != 3] == [
        "P1",
        *(f"P{n}" for n in range(3, 200)),
    ]


@pytest.mark.parametrize(
    "text",
    ['sku,name_en\nP1,Tea\nP2,"Green', 'sku,name_en\nP1,Tea\nP2,"Green\nP3,"Black"\n',
     'sku,name_en\nP1,Tea\nP2,"Green\nP3,x\nP4,"Black, sweet"\n'],
)  # fmt: skip
def test_an_open_quote_is_found_at_the_end_and_before_the_next_quote(text: str) -> None:
    assert lined(text) == [(3, "quote_open", {"line": 3})]


def test_a_cell_of_several_lines_an_inch_sign_and_doubled_quotes_are_fine() -> None:
    text = 'sku,name_en,spec\nP1,"Tea\ngreen",x\nP2,Plate 7",y\nP3,"say ""hi""",z\n'

    table = reading.read("products", text.encode())

    assert table.problems == ()
    assert [row.get("name_en") for row in table.rows] == ["Tea\ngreen", 'Plate 7"', 'say "hi"']


def test_an_open_quote_in_the_header_is_named() -> None:
    with pytest.raises(Invalid, match="quote_open"):
        reading.read("products", b'sku,"name_en\nP1,Tea\n')
