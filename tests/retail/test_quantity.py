"""Quantities in thousandths, and the barcode that landed in the wrong box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail.errors import Invalid
from retail.quantity import KILOGRAM, PIECE, format_quantity, parse_quantity, pieces_of


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("2", 2000), ("0.350", 350), (".5", 500), (" 12 ", 12000), ("1.5000", 1500), ("9999.999", 9_999_999)],
)
def test_parse(text: str, quantity: int) -> None:
    assert parse_quantity(text) == quantity


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6901234567892", "quantity.looks_like_barcode"), ("96385074", "quantity.looks_like_barcode"),
        ("", "quantity.unreadable"), (".", "quantity.unreadable"), ("-1", "quantity.unreadable"),
        ("1,5", "quantity.unreadable"), ("２", "quantity.unreadable"), ("0", "quantity.not_positive"),
        ("0.0", "quantity.not_positive"), ("1.2345", "quantity.too_precise"), ("10000", "quantity.too_large"),
        ("123456789.5", "quantity.too_large"),
    ],
)  # fmt: skip
def test_parse_refuses(text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_quantity(text)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("quantity", "unit", "text", "pieces"),
    [
        (2000, PIECE, "2", 2), (1500, PIECE, "1.5", 1), (350, KILOGRAM, "0.350 kg", 1),
        (12000, KILOGRAM, "12.000 kg", 1), (-2000, PIECE, "-2", -2), (-350, KILOGRAM, "-0.350 kg", -1),
        (0, PIECE, "0", 0), (0, KILOGRAM, "0.000 kg", 0),
    ],
)  # fmt: skip
def test_shown_and_counted(quantity: int, unit: str, text: str, pieces: int) -> None:
    assert (format_quantity(quantity, unit), pieces_of(quantity, unit)) == (text, pieces)


@given(st.integers(1, 9_999_999))
def test_what_is_shown_can_be_read_back(quantity: int) -> None:
    assert parse_quantity(format_quantity(quantity, PIECE)) == quantity
