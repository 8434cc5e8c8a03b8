"""Identifiers are made from material that is handed in, and receipt numbers read back."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail.errors import Invalid
from retail.ids import CROCKFORD, parse_receipt_number, receipt_number, series_code, uuid7


def test_uuid7_of_the_standard() -> None:
    # RFC 9562, appendix A.6
    ms, rand_a, rand_b = 0x017F22E279B0, 0xCC3, 0x18C4DC0C0C07398F
    noise = (rand_a << 68 | rand_b).to_bytes(10, "big")

    assert uuid7(ms, noise) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.integers(0, (1 << 48) - 1), st.binary(min_size=10, max_size=10))
def test_uuid7_has_its_version_and_sorts_by_time(ms: int, noise: bytes) -> None:
    made = uuid.UUID(uuid7(ms, noise))

    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, ms)


@pytest.mark.parametrize(("ms", "size"), [(0, 9), (-1, 10), (1 << 48, 10)])
def test_uuid7_refuses_wrong_material(ms: int, size: int) -> None:
    with pytest.raises(Invalid):
        uuid7(ms, bytes(size))


@given(st.binary(min_size=4, max_size=8))
def test_a_series_is_five_unambiguous_letters(noise: bytes) -> None:
    series = series_code(noise)

    assert len(series) == 5
    assert set(series) <= set(CROCKFORD)
    assert not set(CROCKFORD) & set("ILOU")
    number = receipt_number("001", "01", series, 15)
    assert parse_receipt_number(number) == ("001", "01", series, 15)


def test_series_uses_25_bits() -> None:
    assert (series_code(bytes(4)), series_code(b"\xff" * 4)) == ("00000", "ZZZZZ")
    with pytest.raises(Invalid):
        series_code(b"abc")


def test_small_letters_and_blanks_are_forgiven() -> None:
    assert parse_receipt_number(" 001-01/k7q2m-15 ") == ("001", "01", "K7Q2M", 15)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "001-01/K7Q2M",
        "001-01/K7Q2M-0",
        "001-01/K7Q2M-015",
        "001-01/K7Q2I-1",
        "001/01/K7Q2M-1",
        "6901234567892",
    ],
)
def test_other_texts_are_no_receipt_numbers(text: str) -> None:
    with pytest.raises(Invalid):
        parse_receipt_number(text)


def test_a_number_that_could_not_be_read_back_is_not_made() -> None:
    with pytest.raises(Invalid):
        receipt_number("0 1", "01", "K7Q2M", 1)
