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
    assert safe_cell(text) == f"'{text}"
    assert reading._cell(safe_cell(text)).strip() == text.strip()


@pytest.mark.parametrize(
    ("text", "guess"), [("28,50", "28.50"), ("28,5", "28.5"), ("1.028,50", "1028.50"), ("-8,00", "-8.00")]
)
def test_a_decimal_comma_is_told_how_to_be_written(text: str, guess: str) -> None:
    with pytest.raises(Invalid) as unreadable:
        parse_minor(text, 2)

    refused = price_refusal("price", text, unreadable.value, 2)

    assert (refused.code, refused.facts) == ("price_comma", {"guess": guess})
