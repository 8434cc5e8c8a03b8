"""Scans as tables: what came in, what it is, which codes to look up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail.barcode import (
    Scanned,
    WeighedRule,
    check_digit,
    classify,
    compress_upca,
    equivalents,
    expand_upce,
    valid_ean,
)
from retail.errors import Invalid

WEIGHT = WeighedRule("21IIIIIWWWWWC", "weight")
PRICE = WeighedRule("23IIIIIPPPPPC", "price")
SCALE18 = WeighedRule("26IIIIIPPPPPWWWWWC", "weight")
RULES = (WEIGHT, PRICE, SCALE18)


def with_check(body: str) -> str:
    return f"{body}{check_digit(body)}"


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("6901234567892", True), ("036000291452", True), ("96385074", True), ("10614141000415", True),
        ("6901234567893", False), ("2112345015001", False), ("690123456789", False), ("", False),
        ("012345678901a", False), ("0123456789⁰⁰⁰", False), ("12345670123456789", False),
    ],
)  # fmt: skip
def test_valid_ean(code: str, right: bool) -> None:
    assert valid_ean(code) is right


@pytest.mark.parametrize(
    ("raw", "kind", "lookup", "checked"),
    [
        ("6901234567892", "ean13", ("6901234567892", "06901234567892"), True),
        ("]E06901234567892", "ean13", ("6901234567892", "06901234567892"), True),
        ("6901234567893", "ean13", ("6901234567893", "06901234567893"), False),
        ("036000291452", "upca", ("036000291452", "0036000291452", "00036000291452"), True),
        ("0036000291452", "ean13", ("0036000291452", "036000291452", "00036000291452"), True),
        ("00036000291452", "gtin14", ("00036000291452", "0036000291452", "036000291452"), True),
        ("10614141000415", "gtin14", ("10614141000415",), True),
        ("96385074", "ean8", ("96385074", "0000096385074", "000096385074", "00000096385074"), True),
        ("]E496385074", "ean8", ("96385074", "0000096385074", "000096385074", "00000096385074"), True),
        ("0000096385074", "ean13", ("0000096385074", "000096385074", "00000096385074", "96385074"), True),
        ("96385075", "ean8", ("96385075",), False),
        ("04252614", "upce", ("04252614", "042100005264", "0042100005264", "00042100005264"), True),
        ("042100005264", "upca", ("042100005264", "0042100005264", "00042100005264", "04252614"), True),
        ("425261", "plu", ("425261", "042100005264", "0042100005264", "00042100005264"), False),
        ("]E0425261", "upce", ("425261", "042100005264", "0042100005264", "00042100005264"), False),
        ("4011", "plu", ("4011",), False),
        ("04011", "plu", ("04011", "4011"), False),
        ("0000", "plu", ("0000",), False),
        ("]C0ABC-12", "code128", ("ABC-12",), False),
        ("]C0123456789", "code128", ("123456789",), False),
        ("ABC-12", "unknown", ("ABC-12",), False),
        ("123456789", "unknown", ("123456789",), False),
        ("]E3690123456789201234", "ean13", ("6901234567892", "06901234567892"), True),
        ("６９０１２３４５６７８９２", "ean13", ("6901234567892", "06901234567892"), True),
        ("\x026901234567892\x03\r\n", "ean13", ("6901234567892", "06901234567892"), True),
        ("001-01/K7Q2M-15", "receipt", ("001-01/K7Q2M-15",), False),
        ("]Q1001-01/k7q2m-15", "receipt", ("001-01/K7Q2M-15",), False),
    ],
)  # fmt: skip
def test_classify(raw: str, kind: str, lookup: tuple[str, ...], checked: bool) -> None:
    scanned = classify(raw, RULES)

    assert (scanned.kind, scanned.lookup, scanned.checked) == (kind, lookup, checked)


def test_an_eight_digit_code_that_is_both_goes_by_its_carrier() -> None:
    assert (classify("12345670").kind, classify("]E012345670").kind) == ("ean8", "upce")
    assert classify("]E412345670").kind == "ean8"
    assert expand_upce("12345670") in classify("12345670").lookup


@pytest.mark.parametrize(
    ("raw", "sku", "grams", "amount", "lookup"),
    [
        (with_check("211234501500"), "12345", 1500, None, ("12345", "2112345000008")),
        (with_check("210004500350"), "00045", 350, None, ("00045", "45", "2100045000008")),
        (with_check("231234501990"), "12345", None, 1990, ("12345", "2312345000002")),
        (with_check("26123450199000500"), "12345", 500, 1990, ("12345", "261234500000000005")),
        ("0" + with_check("211234501500"), "12345", 1500, None, ("12345", "2112345000008")),
    ],
)
def test_weighed_labels(
    raw: str, sku: str, grams: int | None, amount: int | None, lookup: tuple[str, ...]
) -> None:
    scanned = classify(raw, RULES)

    assert (scanned.kind, scanned.sku_code, scanned.weight_grams) == ("weighed", sku, grams)
    assert (scanned.amount_minor, scanned.lookup, scanned.checked) == (amount, lookup, True)
    assert scanned.whole[0] == raw


def test_a_wrong_check_digit_is_refused_unless_the_rule_says_otherwise() -> None:
    wrong = "2112345015001"

    assert classify(wrong, RULES).kind == "ean13"
    lenient = classify(wrong, [WeighedRule("21IIIIIWWWWWC", "weight", check_digit=False)])
    assert (lenient.kind, lenient.weight_grams, lenient.checked) == ("weighed", 1500, False)


def test_rules_are_tried_in_their_order() -> None:
    first = WeighedRule("2XIIIIIWWWWWC", "weight", check_digit=False)

    assert classify(with_check("231234501990"), [first, PRICE]).weight_grams == 1990
    assert classify(with_check("231234501990"), [PRICE, first]).amount_minor == 1990


@pytest.mark.parametrize(
    ("pattern", "kind", "options", "exponent", "expected"),
    [
        ("24IIIIIXWWWWC", "weight", {"weight_exponent": 2}, 2, (12340, None)),
        ("24IIIIIXWWWWC", "weight", {"weight_exponent": 4}, 2, (123, None)),
        ("24IIIIIXPPPPC", "price", {"price_exponent": 1}, 2, (None, 12340)),
        ("24IIIIIXPPPPC", "price", {"price_exponent": 0}, 0, (None, 1234)),
        ("24IIIIIXPPPPC", "price", {}, 3, (None, 12340)),
    ],
)
def test_decimals_of_a_label(
    pattern: str, kind: str, options: dict[str, int], exponent: int, expected: tuple[int | None, int | None]
) -> None:
    scanned = classify(
        with_check("241111111234"), [WeighedRule(pattern, kind, **options)], currency_exponent=exponent
    )

    assert (scanned.weight_grams, scanned.amount_minor) == expected


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("21IIIIIWWWWWC", "count"), ("21IIIIIWWWWWC", "price"), ("IIIIIWWWWW", "weight"), ("", "weight"),
        ("21IIWIIWWWWWC", "weight"), ("21WWWWWWWWWWC", "weight"), ("21IIIIICWWWWW", "weight"),
        ("21IW", "weight"), ("21" + "I" * 20 + "WWWW", "weight"), ("2１IIIIIWWWWWC", "weight"),
    ],
)  # fmt: skip
def test_bad_rules_are_refused_when_they_are_made(pattern: str, kind: str) -> None:
    with pytest.raises(Invalid):
        WeighedRule(pattern, kind)


@pytest.mark.parametrize("options", [{"weight_exponent": 6}, {"price_exponent": -1}])
def test_decimals_out_of_range_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        WeighedRule("21IIIIIWWWWWC", "weight", **options)


@pytest.mark.parametrize(
    ("raw", "lookup", "grams", "amount", "checked"),
    [
        ("]C1010590123412345715210526", ("05901234123457", "5901234123457"), None, None, True),
        ("0105901234123457", ("05901234123457", "5901234123457"), None, None, True),
        ("]C10105901234123458", ("05901234123458", "5901234123458"), None, None, False),
        ("]e00195012345678903" + "3103001234", ("95012345678903",), 1234, None, True),
        ("]d2\x1d0195012345678903" + "10AB\x1d3922" + "12345", ("95012345678903",), None, 12345, True),
        ("0195012345678903" + "3100000002" + "10AB\x1d3920" + "15", ("95012345678903",), 2000, 1500, True),
        ("]C10195012345678903" + "3923" + "12345", ("95012345678903",), None, None, True),
        ("]C102059012341234573712", ("05901234123457", "5901234123457"), None, None, True),
        ("]C100157035381410375177", ("00157035381410375177",), None, None, False),
        ("https://id.gs1.org/01/05901234123457", ("05901234123457", "5901234123457"), None, None, True),
    ],
)  # fmt: skip
def test_gs1_element_strings(
    raw: str, lookup: tuple[str, ...], grams: int | None, amount: int | None, checked: bool
) -> None:
    scanned = classify(raw, RULES)

    assert (scanned.kind, scanned.lookup, scanned.checked) == ("gs1", lookup, checked)
    assert (scanned.weight_grams, scanned.amount_minor) == (grams, amount)


def test_what_is_no_gs1_after_all_is_unknown() -> None:
    assert classify("https://example.com/menu").kind == "unknown"
    assert classify("abc\x1ddef") == Scanned("abcdef", None, "unknown", ("abcdef",))
    assert classify("0105901234123457" + "zz").kind == "unknown"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "barcode.empty"),
        (" \r\n", "barcode.empty"),
        ("]E0", "barcode.empty"),
        ("1" * 129, "barcode.too_long"),
    ],
)
def test_refused_input(raw: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        classify(raw, RULES)

    assert caught.value.code == code


@pytest.mark.parametrize("text", ["24252614", "04252615", "123", "12345a", "042526140"])
def test_what_is_no_upce_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        expand_upce(text)


@pytest.mark.parametrize("upca", ["036000291452", "042100005265", "4210000526", "242100005262"])
def test_most_upca_have_no_short_form(upca: str) -> None:
    assert compress_upca(upca) == ()


@given(st.from_regex(r"[01][0-9]{6}", fullmatch=True))
def test_upce_and_upca_are_two_ways_to_write_one_number(body: str) -> None:
    upca = expand_upce(body)

    short = compress_upca(upca)

    assert len(short) == 1
    assert expand_upce(short[0]) == upca
    assert upca in equivalents(short[0])
    assert short[0] in equivalents(upca)


@given(st.from_regex(r"[0-9]{7}|[0-9]{11,13}", fullmatch=True))
def test_equivalents_are_equal_numbers_and_agree_on_the_check_digit(body: str) -> None:
    code = with_check(body)

    forms = equivalents(code)

    assert forms[0] == code
    assert len(set(forms)) == len(forms)
    zero_padded = {form for form in forms if int(form) == int(code)}
    assert all(valid_ean(form) for form in zero_padded)


@given(st.text(max_size=128))
def test_no_text_breaks_the_classifier(raw: str) -> None:
    """SC-20."""
    try:
        scanned = classify(raw, RULES)
    except Invalid as refusal:
        assert refusal.code == "barcode.empty"
    else:
        assert scanned.lookup
        assert all(scanned.lookup)


@given(st.from_regex(r"(\][CEQde][0-4])?(01[0-9]{14}|[0-9]{1,20})[\x1d0-9A-Za-z]{0,30}", fullmatch=True))
def test_no_near_miss_breaks_the_classifier(raw: str) -> None:
    assert classify(raw, RULES).lookup


@given(st.integers(0, 99999), st.integers(0, 99999))
def test_a_printed_label_reads_back(item: int, grams: int) -> None:
    scanned = classify(with_check(f"21{item:05d}{grams:05d}"), RULES)

    assert (scanned.sku_code, scanned.weight_grams) == (f"{item:05d}", grams)
