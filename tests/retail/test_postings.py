"""Postings in the ledger's own notation: account | commodity | quantity; every commodity sums to zero."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail import postings as book
from retail.basket import Basket, totals
from retail.errors import Invalid
from retail.postings import Posting, balanced
from retail.tax import TaxPolicy, TaxTotal
from retail.tender import Settlement, Tender, card, cash, left_for_cash, settle, settle_refund
from tests.retail.builders import Sold, baskets, policies, sum_postings


def table(postings: list[Posting]) -> list[str]:
    """Postings as rows."""
    return [f"{account} {commodity} {quantity:+}" for account, commodity, quantity in postings]


@dataclass(frozen=True)
class Goods:
    """A line of goods."""

    sku: str
    quantity: int


def test_the_sale_of_the_protocol() -> None:
    # SYNC.md §3: a cash sale of two pieces at 19.90
    settled = settle(3980, [cash(5000)], 10)

    rows = table(book.for_sale("0042", "1", "CNY", [Sold(1, "6901", 2000, 3980)], [], settled))

    assert rows == [
        "stock:0042:on_hand sku:6901 -2000",
        "stock:0042:sold sku:6901 +2000",
        "cash:0042:1 CNY +3980",
        "revenue:0042 CNY -3980",
    ]


def test_a_mixed_sale_with_included_and_added_tax_and_rounding() -> None:
    lines = [Sold(1, "a", 1000, 11300), Sold(2, "b", 355, 10000), Sold(3, "a", 1000, 13)]
    taxes = [TaxTotal("std", 130_000, True, 10000, 1300), TaxTotal("gst", 85_000, False, 10000, 850)]
    settled = settle(11300 + 10000 + 13 + 850, [card(10000), cash(20000)], 10)

    rows = table(book.for_sale("001", "01", "HKD", lines, taxes, settled))

    assert rows == [
        "stock:001:on_hand sku:a -2000",
        "stock:001:sold sku:a +2000",
        "stock:001:on_hand sku:b -355",
        "stock:001:sold sku:b +355",
        "card:001 HKD +10000",
        "cash:001:01 HKD +12160",
        "revenue:001 HKD -20013",
        "tax:001:std HKD -1300",
        "tax:001:gst HKD -850",
        "rounding:001 HKD +3",
    ]


def test_a_return_is_the_sale_with_the_other_sign() -> None:
    lines = [Sold(1, "a", 1000, 1993)]
    taxes = [TaxTotal("std", 130_000, True, 1764, 229)]
    sale = book.for_sale("001", "01", "HKD", lines, taxes, settle(1993, [cash(2000)], 10))
    back = book.for_return("001", "01", "HKD", lines, taxes, settle_refund(1993, [cash(0)], 10))

    assert {(p.account, p.commodity): -p.quantity for p in sale} == {
        (p.account, p.commodity): p.quantity for p in back
    }


@pytest.mark.parametrize(
    ("postings", "rows"),
    [
        (book.for_float("001", "01", "HKD", 100000), ["cash:001:01 HKD +100000", "safe:001 HKD -100000"]),
        (book.for_float("001", "01", "HKD", 0), []),
        (book.for_cash_move("001", "01", "HKD", "in", 500), ["cash:001:01 HKD +500", "petty:001 HKD -500"]),
        (book.for_cash_move("001", "01", "HKD", "out", 500), ["petty:001 HKD +500", "cash:001:01 HKD -500"]),
        (
            book.for_shift_close("001", "01", "HKD", 1000, 990),
            ["cash:001:01 HKD -10", "over_short:001 HKD +10", "safe:001 HKD +990", "cash:001:01 HKD -990"],
        ),
        (
            book.for_shift_close("001", "01", "HKD", 1000, 1000),
            ["safe:001 HKD +1000", "cash:001:01 HKD -1000"],
        ),
        (book.for_shift_close("001", "01", "HKD", 0, 0), []),
        (
            book.for_goods_in("001", [Goods("a", 12000), Goods("a", 500)]),
            ["stock:001:received sku:a -12500", "stock:001:on_hand sku:a +12500"],
        ),
        (
            book.for_write_off("001", [Goods("a", 1000)]),
            ["stock:001:on_hand sku:a -1000", "stock:001:written_off sku:a +1000"],
        ),
        (
            book.for_opening_stock("001", [Goods("a", 1000)]),
            ["stock:001:opening sku:a -1000", "stock:001:on_hand sku:a +1000"],
        ),
    ],
)
def test_other_builders(postings: list[Posting], rows: list[str]) -> None:
    assert table(postings) == rows


def test_what_cannot_be_booked_is_refused() -> None:
    unpaid = settle(3980, [], 10)

    with pytest.raises(Invalid, match="postings.unbalanced"):
        book.for_sale("001", "01", "HKD", [Sold(1, "a", 1000, 3980)], [], unpaid)
    voucher = Settlement(100, 0, 100, 0, (Tender("voucher", 100, 100),), 0)
    with pytest.raises(Invalid, match="postings.unknown_tender"):
        book.for_sale("001", "01", "HKD", [Sold(1, "a", 1000, 100)], [], voucher)
    with pytest.raises(Invalid, match="postings.cash_move"):
        book.for_cash_move("001", "01", "HKD", "in", -5)
    with pytest.raises(Invalid, match="postings.cash_move"):
        book.for_cash_move("001", "01", "HKD", "sideways", 5)
    with pytest.raises(Invalid, match="postings.quantity_not_positive"):
        book.for_goods_in("001", [Goods("a", 0)])


def test_balanced() -> None:
    assert balanced([])
    assert balanced([("a", "HKD", 1), ("b", "HKD", -1)])
    assert not balanced([("a", "HKD", 1), ("b", "CNY", -1)])


def sold_lines(basket: Basket, policy: TaxPolicy) -> tuple[list[Sold], tuple[TaxTotal, ...], int]:
    """A basket as a sale keeps it: lines, taxes, total."""
    sums = totals(basket, policy)
    lines = [
        Sold(i, line.sku or "", line.quantity, total.total, line.tax_code, total.tax)
        for i, (line, total) in enumerate(zip(basket.lines, sums.lines, strict=True), start=1)
    ]
    return lines, sums.taxes, sums.total


def pay(total: int, card_part: int, step: int) -> Settlement:
    """Pay a part by card and the rest in cash."""
    cards = [card(min(card_part, total))] if min(card_part, total) else []
    rest = total - sum(tender.amount_minor for tender in cards)
    return settle(
        total, [*cards, cash(left_for_cash(total, cards, step) + 100 * step)] if rest else cards, step
    )


@given(baskets(), policies(), st.integers(0, 100_000), st.sampled_from([0, 5, 10]))
def test_every_sale_and_its_return_balance_and_cancel(
    basket: Basket, policy: TaxPolicy, card_part: int, step: int
) -> None:
    lines, taxes, total = sold_lines(basket, policy)
    settled = pay(total, card_part, step)

    sale = book.for_sale("001", "01", "HKD", lines, taxes, settled)
    back = book.for_return("001", "01", "HKD", lines, taxes, settled)

    assert balanced(sale)
    assert balanced(back)
    assert not any(sum_postings(sale + back).values())
    assert all(posting.quantity for posting in sale)
    money = sum_postings(sale)
    assert -money.get(("revenue:001", "HKD"), 0) == sum(line.total_minor for line in lines) - sum(
        tax.amount_minor for tax in taxes if tax.included
    )


@given(st.integers(0, 10**7), st.lists(st.integers(1, 10**6)), st.integers(0, 10**7))
def test_a_closed_drawer_holds_nothing(float_minor: int, moves: list[int], counted: int) -> None:
    postings = book.for_float("001", "01", "HKD", float_minor)
    for i, amount in enumerate(moves):
        postings += book.for_cash_move("001", "01", "HKD", "out" if i % 3 else "in", amount)
    expected = sum_postings(postings).get(("cash:001:01", "HKD"), 0)

    postings += book.for_shift_close("001", "01", "HKD", expected, counted)

    balances = sum_postings(postings)
    assert balanced(postings)
    assert balances.get(("cash:001:01", "HKD"), 0) == 0
    assert balances.get(("over_short:001", "HKD"), 0) == expected - counted


@given(st.lists(st.builds(Goods, st.sampled_from("abc"), st.integers(1, 10**6)), max_size=10))
def test_stock_moves_balance(lines: list[Goods]) -> None:
    for postings in (
        book.for_goods_in("001", lines),
        book.for_write_off("001", lines),
        book.for_opening_stock("001", lines),
    ):
        assert balanced(postings)
        assert sum(abs(p.quantity) for p in postings) == 2 * sum(line.quantity for line in lines)
