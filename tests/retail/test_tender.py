"""Paying as tables: total | tenders | cash step → payable, rounding, change, left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail.errors import Invalid
from retail.tender import Tender, card, cash, left_for_cash, settle, settle_refund


@pytest.mark.parametrize(
    ("total", "tenders", "step", "expected"),
    [
        # payable, rounding, paid, change, left
        (34713, [card(15000), cash(50000)], 10, (34710, -3, 34710, 30290, 0)),
        (34713, [cash(50000), card(15000)], 10, (34710, -3, 34710, 30290, 0)),
        (34713, [card(34713)], 10, (34713, 0, 34713, 0, 0)),
        (34713, [cash(34710)], 10, (34710, -3, 34710, 0, 0)),
        (34715, [cash(40000)], 10, (34720, 5, 34720, 5280, 0)),
        (34713, [cash(34713)], 0, (34713, 0, 34713, 0, 0)),
        (34713, [cash(34713)], 1, (34713, 0, 34713, 0, 0)),
        (34713, [cash(20000), card(14713)], 10, (34713, 0, 34713, 0, 0)),
        (34713, [cash(20000), card(14710)], 10, (34710, -3, 34710, 0, 0)),
        (34713, [cash(10000), cash(20000), cash(10000)], 10, (34710, -3, 34710, 5290, 0)),
        (34713, [card(10000), card(24713)], 10, (34713, 0, 34713, 0, 0)),
        # not yet paid
        (34713, [], 10, (34713, 0, 0, 0, 34713)),
        (34713, [card(15000)], 10, (34713, 0, 15000, 0, 19713)),
        (34713, [cash(10000)], 10, (34710, -3, 10000, 0, 24710)),
        # nothing to pay, and nothing left after rounding
        (0, [], 10, (0, 0, 0, 0, 0)),
        (3, [cash(0)], 10, (0, -3, 0, 0, 0)),
        (3, [cash(100)], 10, (0, -3, 0, 100, 0)),
    ],
)
def test_settle(total: int, tenders: list[Tender], step: int, expected: tuple[int, ...]) -> None:
    s = settle(total, tenders, step)

    assert (s.payable, s.rounding, s.paid, s.change, s.left) == expected
    assert s.is_complete == (s.left == 0)


def test_change_comes_out_of_cash_and_cards_stay_as_they_are() -> None:
    settled = settle(34713, [card(15000, "A1"), cash(50000)], 10)

    assert settled.tenders == (card(15000, "A1"), Tender("cash", 19710, 50000))
    assert [tender.change_minor for tender in settled.tenders] == [0, 30290]


@pytest.mark.parametrize(
    ("total", "tenders", "code"),
    [
        (-1, [], "tender.total_negative"),
        (100, [card(101)], "tender.card_exceeds_total"),
        (100, [card(60), card(60)], "tender.card_exceeds_total"),
        (100, [card(0)], "tender.amount_not_positive"),
        (100, [cash(0)], "tender.amount_not_positive"),
        (100, [cash(-10)], "tender.amount_not_positive"),
        (100, [card(100), cash(100)], "tender.cash_not_needed"),
        (100, [cash(105)], "tender.not_in_cash_steps"),
        (100, [Tender("voucher", 100, 100)], "tender.unknown_kind"),
        (100, [card(100, "1234567890123")], "tender.approval_too_long"),
    ],
)
def test_refused(total: int, tenders: list[Tender], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        settle(total, tenders, 10)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("total", "tenders", "step", "expected"),
    [
        # payable, rounding, amounts, left
        (10933, [cash(0)], 10, (10930, -3, [10930], 0)),
        (10935, [cash(99999)], 10, (10940, 5, [10940], 0)),
        (10933, [card(10933)], 10, (10933, 0, [10933], 0)),
        (10933, [card(10000), cash(0)], 10, (10930, -3, [10000, 930], 0)),
        (10933, [card(10933), cash(0)], 10, (10933, 0, [10933, 0], 0)),
        (10933, [card(10000)], 10, (10933, 0, [10000], 933)),
        (0, [], 10, (0, 0, [], 0)),
    ],
)
def test_settle_refund(
    total: int, tenders: list[Tender], step: int, expected: tuple[int, int, list[int], int]
) -> None:
    s = settle_refund(total, tenders, step)

    assert (s.payable, s.rounding, [tender.amount_minor for tender in s.tenders], s.left) == expected
    assert s.change == 0


@pytest.mark.parametrize(
    ("pieces", "step", "paid"),
    [
        ([995, 995], 10, [1000, 990]),
        ([5] * 10, 10, [10, 0] * 5),
        ([4, 4, 4], 10, [0, 10, 0]),
        ([333, 333], 1, [333, 333]),
    ],
)
def test_piece_by_piece_in_cash_comes_to_what_the_whole_would(
    pieces: list[int], step: int, paid: list[int]
) -> None:
    given = [settle_refund(piece, [cash(0)], step, sum(pieces[:n])).payable for n, piece in enumerate(pieces)]

    assert given == paid
    assert sum(given) == settle_refund(sum(pieces), [cash(0)], step).payable


def test_a_refund_has_one_cash_part_and_never_too_much_card() -> None:
    for tenders in ([cash(0), cash(0)], [card(101)]):
        with pytest.raises(Invalid):
            settle_refund(100, tenders, 10)


@pytest.mark.parametrize(
    ("total", "tenders", "left"),
    [
        (34713, [card(15000)], 19710),
        (34713, [], 34710),
        (34713, [cash(20000)], 14710),
        (34713, [cash(40000)], 0),
    ],
)
def test_left_for_cash(total: int, tenders: list[Tender], left: int) -> None:
    assert left_for_cash(total, tenders, 10) == left


TENDERS = st.lists(
    st.one_of(st.integers(1, 60_000).map(card), st.integers(1, 6_000).map(lambda n: cash(n * 10))), max_size=5
)


@given(st.integers(0, 200_000), TENDERS, st.sampled_from([0, 1, 5, 10]))
def test_nothing_appears_or_vanishes(total: int, tenders: list[Tender], step: int) -> None:
    try:
        s = settle(total, tenders, step)
    except Invalid:
        return

    assert s.payable == total + s.rounding == s.paid + s.left
    assert s.paid == sum(tender.amount_minor for tender in s.tenders)
    assert sum(tender.given_minor for tender in s.tenders) == s.paid + s.change
    assert s.left >= 0
    assert abs(s.rounding) * 2 <= step if step > 1 else s.rounding == 0
    assert s.left == 0 or s.change == 0
    if not any(tender.kind == "cash" for tender in tenders):
        assert (s.rounding, s.change) == (0, 0)


@given(st.integers(0, 200_000), st.integers(0, 200_000), st.sampled_from([0, 5, 10]))
def test_a_refund_of_cash_is_the_mirror_of_its_payment(total: int, by_card: int, step: int) -> None:
    cards = [card(by_card)] if 0 < by_card < total else []
    exact = left_for_cash(total, cards, step)
    if total == sum(tender.amount_minor for tender in cards):
        return

    paid = settle(total, [*cards, cash(exact)], step)
    back = settle_refund(total, [*cards, cash(0)], step)

    assert (back.payable, back.rounding, back.tenders) == (paid.payable, paid.rounding, paid.tenders)
    assert paid.is_complete and back.is_complete
