"""The basket: verbs make new baskets, totals are exact to the minor unit."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail.basket import (
    LINES_MAX,
    Basket,
    Discount,
    add,
    blocked,
    change_quantity,
    discount_basket,
    discount_line,
    find,
    remove,
    resolve,
    totals,
)
from retail.errors import LianpuError
from retail.tax import TaxPolicy
from tests.retail.builders import GST, NO_TAX, VAT, a_basket, a_line, baskets, policies

TEN_PERCENT = Discount("percent", 100_000, "staff")
RED = a_line("red", sku=None, unit_price_minor=None, state="unknown", code="4890000000001")
UNPRICED = a_line("bare", unit_price_minor=None, state="unpriced")


def refusal(action: object, *arguments: object) -> str:
    """The code with which an action refuses."""
    with pytest.raises(LianpuError) as caught:
        action(*arguments)  # type: ignore[operator]
    return caught.value.code


def test_every_change_is_a_new_basket_with_the_next_version() -> None:
    empty = a_basket()

    one = add(empty, a_line("1"))
    two = change_quantity(one, "1", 3000)
    none = remove(two, "1")

    assert [basket.version for basket in (empty, one, two, none)] == [0, 1, 2, 3]
    assert (empty.lines, none.lines) == ((), ())
    assert (find(one, "1").quantity, find(two, "1").quantity) == (1000, 3000)


def test_twins_merge_and_the_place_of_the_first_stays() -> None:
    basket = add(add(add(a_basket(), a_line("1", sku="a")), a_line("2", sku="b")), a_line("3", sku="a"))

    assert [(line.id, line.quantity) for line in basket.lines] == [("1", 2000), ("2", 1000)]


@pytest.mark.parametrize(
    "change",
    [
        {"sku": "other"},
        {"unit_price_minor": 999},
        {"price_ref": "zone:A/2"},
        {"weighed": True},
        {"amount_minor": 500},
        {"discount": TEN_PERCENT},
        {"note": "gift"},
        {"resolved_code": "489"},
    ],
)
def test_lines_that_differ_stay_apart(change: dict[str, object]) -> None:
    first = a_line("1", sku="a")
    second = a_line("2", **({"sku": "a"} | change))

    assert len(add(add(a_basket(), first), second).lines) == 2
    assert len(add(add(a_basket(), second), first).lines) == 2


def test_merging_is_a_setting_and_red_rows_never_merge() -> None:
    assert len(add(add(a_basket(), a_line("1", sku="a")), a_line("2", sku="a"), merge=False).lines) == 2
    assert len(add(add(a_basket(), RED), replace(RED, id="red2")).lines) == 2


def test_red_rows_block_tender_and_count_for_nothing() -> None:
    basket = a_basket(a_line("1"), RED, UNPRICED)

    sums = totals(basket, TaxPolicy((VAT,)))

    assert blocked(basket) == ("red", "bare")
    assert (sums.total, sums.pieces, [line.gross for line in sums.lines]) == (1000, 1, [1000, 0, 0])


def test_a_red_row_is_resolved_in_its_place_and_keeps_the_code() -> None:
    basket = a_basket(RED, a_line("2"))

    resolved = resolve(basket, "red", a_line("new", sku="milk"))

    assert [(line.id, line.sku, line.resolved_code) for line in resolved.lines] == [
        ("red", "milk", "4890000000001"),
        ("2", "sku-2", None),
    ]
    assert blocked(resolved) == ()


def test_a_price_under_permission_is_no_resolved_code() -> None:
    resolved = resolve(a_basket(UNPRICED), "bare", replace(UNPRICED, unit_price_minor=700, state="ok"))

    assert (find(resolved, "bare").unit_price_minor, find(resolved, "bare").resolved_code) == (700, None)


def test_refusals() -> None:
    basket = a_basket(
        a_line("1"), RED, a_line("label", weighed=True, unit="kg", quantity=500, amount_minor=990)
    )
    half = Discount("amount", 1001, "r")

    assert refusal(find, basket, "9") == "basket.line_not_found"
    assert refusal(remove, basket, "9") == "basket.line_not_found"
    assert refusal(add, basket, a_line("1")) == "basket.line_exists"
    assert refusal(add, basket, a_line("2", unit_price_minor=None)) == "basket.line_incomplete"
    assert refusal(add, basket, a_line("2", unit_price_minor=-1)) == "basket.price_negative"
    assert refusal(add, basket, a_line("2", state="odd")) == "basket.unknown_state"
    assert refusal(add, basket, a_line("2", quantity=1500)) == "basket.quantity_not_whole"
    assert refusal(change_quantity, basket, "1", 0) == "quantity.not_positive"
    assert refusal(change_quantity, basket, "1", 10_000_000) == "quantity.too_large"
    assert refusal(change_quantity, basket, "1", 500) == "basket.quantity_not_whole"
    assert refusal(change_quantity, basket, "label", 600) == "basket.quantity_fixed_by_label"
    assert refusal(discount_line, basket, "1", half) == "basket.discount_exceeds_amount"
    assert refusal(discount_line, basket, "red", TEN_PERCENT) == "basket.line_not_ok"
    assert refusal(discount_basket, basket, Discount("amount", 1991, "r")) == "basket.discount_exceeds_amount"
    assert refusal(resolve, basket, "1", a_line("x")) == "basket.line_is_ok"
    assert refusal(Discount, "percent", 1_000_001, "r") == "basket.discount_out_of_range"
    assert refusal(Discount, "amount", 0, "r") == "basket.discount_out_of_range"
    assert refusal(Discount, "gift", 1, "r") == "basket.unknown_discount"
    full = a_basket(*(a_line(str(i)) for i in range(LINES_MAX)))
    assert refusal(add, full, a_line("more")) == "basket.too_many_lines"


def test_discounts_of_lines_and_basket() -> None:
    basket = a_basket(
        a_line("1", quantity=2000, unit_price_minor=1990, discount=TEN_PERCENT),
        a_line("2", unit_price_minor=333, discount=Discount("amount", 33, "r")),
        discount=Discount("amount", 100, "r"),
    )

    sums = totals(basket, NO_TAX)

    assert [(line.gross, line.discount, line.basket_discount, line.total) for line in sums.lines] == [
        (3980, 398, 92, 3490),
        (333, 33, 8, 292),
    ]
    assert (sums.gross, sums.discount, sums.total) == (4313, 531, 3782)


def test_a_discount_never_exceeds_what_is_left_of_its_line() -> None:
    generous = discount_line(a_basket(a_line("1", quantity=5000)), "1", Discount("amount", 4000, "r"))

    fewer = change_quantity(generous, "1", 1000)

    assert totals(fewer, NO_TAX).total == 0
    assert totals(discount_line(fewer, "1", None), NO_TAX).total == 1000


def test_a_whole_basket_may_be_given_away_and_taken_back() -> None:
    gift = discount_basket(a_basket(a_line("1"), a_line("2")), Discount("percent", 1_000_000, "r"))

    assert totals(gift, TaxPolicy((VAT,))).total == 0
    assert totals(discount_basket(gift, None), NO_TAX).total == 2000


def test_tax_on_top_is_in_the_total_but_not_in_the_lines() -> None:
    basket = a_basket(a_line("1", tax_code="gst"), a_line("2"))

    sums = totals(basket, TaxPolicy((GST, VAT)))

    assert ([line.total for line in sums.lines], sums.added, sums.total) == ([1000, 1000], 85, 2085)
    assert [line.tax for line in sums.lines] == [85, 115]


def test_a_label_counts_what_it_printed_and_one_piece() -> None:
    label = a_line("1", unit="kg", weighed=True, quantity=355, unit_price_minor=1280, amount_minor=455)

    sums = totals(a_basket(label, a_line("2", quantity=3000)), NO_TAX)

    assert (sums.lines[0].gross, sums.pieces) == (455, 4)


@given(baskets(), policies())
def test_totals_add_up_whatever_is_in_the_basket(basket: Basket, policy: TaxPolicy) -> None:
    sums = totals(basket, policy)

    assert sums.total == sum(line.total for line in sums.lines) + sums.added
    assert sums.gross - sums.discount == sum(line.total for line in sums.lines)
    assert sums.discount == sum(line.discount + line.basket_discount for line in sums.lines)
    assert sum(line.tax for line in sums.lines) == sum(tax.amount_minor for tax in sums.taxes)
    for line in sums.lines:
        assert line.gross - line.discount - line.basket_discount == line.total
        assert 0 <= line.total <= line.gross
        assert 0 <= line.tax <= line.total


@given(st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_scanning_piece_by_piece_or_at_once_is_the_same(counts: list[int]) -> None:
    at_once, singly = a_basket(), a_basket()

    for i, count in enumerate(counts):
        at_once = add(at_once, a_line(str(i), sku=str(count % 3), quantity=count * 1000))
        for n in range(count):
            singly = add(singly, a_line(f"{i}-{n}", sku=str(count % 3)))

    assert totals(singly, NO_TAX).total == totals(at_once, NO_TAX).total
    assert len(singly.lines) == len(at_once.lines)
