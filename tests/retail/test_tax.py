"""Tax as tables: policy | line totals with codes | tax per code | tax per line | added on top."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail.errors import Invalid
from retail.tax import TaxPolicy, TaxRule, TaxTotal, compute, tax_of
from tests.retail.builders import GST, LOW, MIXED, NO_TAX, VAT, policies


def rows(
    policy: TaxPolicy, *lines: tuple[int, str]
) -> tuple[list[tuple[str, int, int]], tuple[int, ...], int]:
    """Taxes as (code, base, amount), per line, and added."""
    result = compute(lines, policy)
    return (
        [(t.code, t.base_minor, t.amount_minor) for t in result.taxes],
        result.line_amounts,
        result.added_minor,
    )


@pytest.mark.parametrize("rounding", ["line", "receipt"])
def test_included_tax_is_taken_out_of_the_price(rounding: str) -> None:
    assert rows(TaxPolicy((VAT,), rounding), (11300, "std")) == ([("std", 10000, 1300)], (1300,), 0)


@pytest.mark.parametrize("rounding", ["line", "receipt"])
def test_exclusive_tax_is_added(rounding: str) -> None:
    assert rows(TaxPolicy((GST,), rounding), (10000, "gst")) == ([("gst", 10000, 850)], (850,), 850)


def test_without_rules_there_is_no_tax() -> None:
    assert rows(NO_TAX, (10000, "std"), (500, "")) == ([], (0, 0), 0)


def test_several_rates_stand_in_the_order_of_the_policy() -> None:
    assert rows(
        TaxPolicy(MIXED), (1090, "low"), (2000, "zero"), (1130, "std"), (1000, "gst"), (70, "none")
    ) == (
        [("std", 1000, 130), ("low", 1000, 90), ("gst", 1000, 85), ("zero", 2000, 0)],
        (90, 0, 130, 85, 0),
        85,
    )


@pytest.mark.parametrize(
    ("rounding", "amount", "per_line"), [("line", 3, (1, 1, 1)), ("receipt", 4, (1, 2, 1))]
)
def test_rounding_per_line_and_per_receipt_differ(
    rounding: str, amount: int, per_line: tuple[int, ...]
) -> None:
    # 13 % of 10 is 1.3 each, 3.9 together
    policy = TaxPolicy((TaxRule("t", 130_000, included=False),), rounding)

    assert rows(policy, (10, "t"), (10, "t"), (10, "t")) == ([("t", 30, amount)], per_line, amount)


def test_a_result_names_its_rule() -> None:
    assert compute([(10900, "low")], TaxPolicy((LOW,))).taxes == (TaxTotal("low", 90_000, True, 10000, 900),)


def test_an_unknown_code_is_refused_rather_than_sold_untaxed() -> None:
    with pytest.raises(Invalid) as caught:
        compute([(1, "other")], TaxPolicy((VAT,)))

    assert caught.value.code == "tax.unknown_code"


@pytest.mark.parametrize(
    ("rules", "rounding"),
    [
        ((VAT,), "day"),
        ((VAT, VAT), "line"),
        ((TaxRule("", 1, True),), "line"),
        ((TaxRule("x", -1, True),), "line"),
        ((TaxRule("x", 1_000_001, True),), "line"),
    ],
)
def test_bad_policies_are_refused(rules: tuple[TaxRule, ...], rounding: str) -> None:
    with pytest.raises(Invalid):
        TaxPolicy(rules, rounding)


LINES = st.lists(
    st.tuples(st.integers(0, 10**7), st.sampled_from([rule.code for rule in MIXED])), max_size=12
)


@given(LINES, policies())
def test_lines_codes_and_totals_agree(lines: list[tuple[int, str]], policy: TaxPolicy) -> None:
    result = compute(lines, policy)

    assert sum(result.line_amounts) == sum(tax.amount_minor for tax in result.taxes)
    assert result.added_minor == sum(tax.amount_minor for tax in result.taxes if not tax.included)
    for tax in result.taxes:
        mine = sum(total for total, code in lines if code == tax.code)
        assert tax.base_minor + (tax.amount_minor if tax.included else 0) == mine


@given(LINES, st.sampled_from(["line", "receipt"]))
def test_every_line_is_within_one_unit_of_its_own_tax(lines: list[tuple[int, str]], rounding: str) -> None:
    result = compute(lines, TaxPolicy(MIXED, rounding))

    by_code = {rule.code: rule for rule in MIXED}
    for (total, code), amount in zip(lines, result.line_amounts, strict=True):
        assert abs(amount - tax_of(total, by_code[code])) <= 1
        assert 0 <= amount <= total


@given(LINES)
def test_a_receipt_is_rounded_once_per_code(lines: list[tuple[int, str]]) -> None:
    by_code = {rule.code: rule for rule in MIXED}

    for tax in compute(lines, TaxPolicy(MIXED, "receipt")).taxes:
        whole = sum(total for total, code in lines if code == tax.code)
        assert tax.amount_minor == tax_of(whole, by_code[tax.code])


@given(LINES, policies())
def test_the_mirror_image_has_the_mirrored_tax(lines: list[tuple[int, str]], policy: TaxPolicy) -> None:
    there = compute(lines, policy)
    back = compute([(-total, code) for total, code in lines], policy)

    assert [-tax.amount_minor for tax in back.taxes] == [tax.amount_minor for tax in there.taxes]
