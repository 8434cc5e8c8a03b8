"""Barcodes against the vectors of biip's own tests (data/LICENCES.md): what biip reads, we read alike."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retail.barcode import (
    WeighedRule,
    check_digit,
    classify,
    compress_upca,
    equivalents,
    expand_upce,
    valid_ean,
)
from retail.errors import Invalid

VECTORS = [
    json.loads(row)
    for row in (Path(__file__).parent / "data" / "biip_vectors.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]

# The price check digit inside some national codes is skipped (X): the till trusts the outer check digit.
REGIONS = {
    "test_region_baltics": "23IIIIIIWWWWC:3 24IIIIIIWWWWC:2 25IIIIIIWWWWC:1",
    "test_region_denmark": "21IIIIPPPPPPC:2 22IIIIPPPPPPC:2 23IIIIPPPPPPC:2 24IIIIPPPPPPC:2 "
    "26IIIIWWWWWWC:3 27IIIIIWWWWWC:3 28IIIIWWWWWWC:3",
    "test_region_finland": "23IIIIIIWWWWC:3 24IIIIIIWWWWC:2 25IIIIIIWWWWC:1",
    "test_region_germany": "22IIIIXPPPPPC:2 23IIIIXPPPPPC:2 28IIIIXWWWWWC:3 29IIIIXWWWWWC:3",
    "test_region_great_britain": "20IIIIIXPPPPC:2",
    "test_region_norway": "23IIIIIIWWWWC:3 24IIIIIIWWWWC:2 25IIIIIIWWWWC:1",
    "test_region_sweden": "20IIIIIIPPPPC:2 21IIIIIIPPPPC:1 22IIIIIIPPPPC:0 "
    "23IIIIIIWWWWC:3 24IIIIIIWWWWC:2 25IIIIIIWWWWC:1",
}


def cases(*tests: str) -> list[Any]:
    """The cases of these tests of biip's."""
    found = [vector["case"] for vector in VECTORS if vector["test"] in tests]
    assert found, tests
    return found


def test_every_vector_is_read_by_a_test_of_this_file() -> None:
    text = Path(__file__).read_text(encoding="utf-8")

    assert len(VECTORS) == 173
    assert {vector["test"] for vector in VECTORS if vector["test"] not in text} == set()


@pytest.mark.parametrize(("body", "digit"), cases("test_gs1_standard_check_digit"))
def test_check_digits(body: str, digit: int) -> None:
    assert check_digit(body) == digit


@pytest.mark.parametrize("body", cases("test_gs1_standard_check_digit_with_nonnumeric_value"))
def test_check_digit_of_no_number(body: str) -> None:
    with pytest.raises(Invalid):
        check_digit(body)


@pytest.mark.parametrize(
    ("value", "expected"), cases("test_as_gtin_12", "test_as_gtin_13", "test_as_gtin_14", "test_as_upc_a")
)
def test_the_longer_and_shorter_forms_are_among_those_looked_up(value: str, expected: str) -> None:
    assert expected in classify(value).lookup


@pytest.mark.parametrize(("value", "expected"), cases("test_as_upc_e"))
def test_upce_forms(value: str, expected: str) -> None:
    upca = value if len(value) == 12 else expand_upce(value)

    assert compress_upca(upca) == (expected,)


@pytest.mark.parametrize(
    "value",
    cases(
        "test_parse_gtin_8",
        "test_parse_gtin_8_with_leading_zeros",
        "test_parse_gtin_12_without_leading_zero",
        "test_parse_gtin_12_with_1_leading_zero",
        "test_parse_gtin_12_with_2_leading_zero",
        "test_parse_gtin_12_with_3_leading_zero",
        "test_parse_gtin_13",
    ),
)
def test_good_numbers_are_checked(value: str) -> None:
    assert valid_ean(value)
    assert classify(value).checked
    assert value.zfill(14) in equivalents(value)


@pytest.mark.parametrize(("value", "gtin", "upc"), cases("test_parse"))
def test_parse(value: str, gtin: str | None, upc: str | None) -> None:
    scanned = classify(value)

    for expected in (gtin, upc):
        assert expected is None or expected in scanned.lookup
    if gtin is None and upc is None:
        assert not scanned.checked or "07032069804988" in scanned.lookup


@pytest.mark.parametrize(("value", "separators", "readable"), cases("test_parse_with_separator_char"))
def test_gs1_messages(value: str, separators: list[str], readable: str) -> None:
    assert classify("]C1" + value).lookup == ("07032069804988", "7032069804988")
    assert (separators, readable[:18]) == (["\x1d"], "(01)07032069804988")


@pytest.mark.parametrize(
    ("value", "expected"), cases("test_extract_variable_measures", "test_extract_amount_payable")
)
def test_gs1_measures(value: str, expected: str) -> None:
    scanned = classify(f"]C10195012345678903{value}")

    grams = round(Decimal(expected) * 1000) if value.startswith("310") else None
    minor = Decimal(expected) * 100 if value.startswith(("390", "392")) else None
    assert scanned.weight_grams == grams
    assert scanned.amount_minor == (int(minor) if minor is not None and minor == int(minor) else None)


REGION_CASES = [
    (test, case[1:] if test == "test_region_baltics" else case) for test in REGIONS for case in cases(test)
]


@pytest.mark.parametrize(("region", "case"), REGION_CASES)
def test_in_store_codes_of_other_countries_as_rules(region: str, case: list[Any]) -> None:
    value, weight = case[0], case[1]
    price = case[3] if region == "test_region_germany" else case[2]
    rules = []
    for pattern, decimals in (rule.split(":") for rule in REGIONS[region].split()):
        kind = "weight" if "W" in pattern else "price"
        exponent = {f"{kind}_exponent": int(decimals)}
        rules.append(WeighedRule(pattern, kind, **exponent))

    scanned = classify(value, rules)

    assert scanned.weight_grams == (None if weight is None else int(Decimal(weight) * 1000))
    assert scanned.amount_minor == (None if price is None else int(Decimal(price) * 100))
    assert (scanned.kind == "weighed") == (weight is not None or price is not None)


def test_the_tables_of_company_prefixes_come_with_the_first_gs1_code() -> None:
    """They take 15 MB; a till that reads only plain numbers never loads them."""
    program = (
        "import sys; from retail.barcode import classify;"
        "print(classify('4006381333931').kind, 'biip' in sys.modules,"
        " classify(']C10104006381333931').kind, 'biip' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["ean13", "False", "gs1", "True"]
