"""Shift figures: they equal the sums of the shift's postings."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail import postings as book
from retail.errors import Invalid
from retail.shift import CashMoveFact, DocumentFact, DrawerCount, ShiftFacts, x_report, z_report
from retail.tender import card, cash, settle, settle_refund
from tests.retail.builders import Sold, sum_postings

FACTS = ShiftFacts(
    shift="s1",
    store="001",
    terminal="01",
    day="2026-07-10",
    currency="HKD",
    float_minor=100_000,
    documents=(
        DocumentFact(
            "sale", "001-01/K7Q2M-1", 34713, -3, (("card", 15000), ("cash", 19710)), (("std", 3993),)
        ),
        DocumentFact("sale", "001-01/K7Q2M-2", 1000, 0, (("cash", 1000),), (("std", 115),)),
        DocumentFact("return", "001-01/K7Q2M-3", 1993, -3, (("cash", 1990),), (("std", 229),)),
    ),
    cash_moves=(CashMoveFact("in", 5000), CashMoveFact("out", 700)),
    no_sale_openings=2,
    aborted_baskets=1,
)
COUNT = DrawerCount({10000: 12, 2000: 1, 1000: 1, 10: 2})


def test_x_report() -> None:
    report = x_report(FACTS)

    assert (report.kind, report.sales, report.sales_minor) == ("X", 2, 35713)
    assert (report.returns, report.returns_minor, report.rounding_minor) == (1, 1993, 0)
    assert report.tenders == {"card": 15000, "cash": 18720}
    assert report.taxes == {"std": 3879}
    assert (report.cash_in_minor, report.cash_out_minor) == (5000, 700)
    assert report.expected_minor == 100_000 + 18720 + 5000 - 700
    assert (report.counted_minor, report.difference_minor, report.z_number) == (None, None, None)
    assert (report.first_number, report.last_number) == ("001-01/K7Q2M-1", "001-01/K7Q2M-3")
    assert (report.no_sale_openings, report.aborted_baskets) == (2, 1)


def test_z_report_adds_the_count() -> None:
    report = z_report(replace(FACTS, count=COUNT, z_number=7))

    assert (report.kind, report.z_number) == ("Z", 7)
    assert (report.counted_minor, report.difference_minor) == (123_020, 0)
    assert report.count == {"10000": 12, "2000": 1, "1000": 1, "10": 2}
    assert report.tenders == x_report(FACTS).tenders


def test_an_empty_shift_has_a_report() -> None:
    empty = ShiftFacts("s", "001", "01", "2026-07-10", "HKD", 500, count=DrawerCount({100: 4}), z_number=1)

    report = z_report(empty)

    assert (report.sales, report.tenders, report.first_number) == (0, {}, None)
    assert (report.expected_minor, report.difference_minor) == (500, -100)


def test_refusals() -> None:
    with pytest.raises(Invalid, match="shift.not_counted"):
        z_report(FACTS)
    with pytest.raises(Invalid, match="shift.not_counted"):
        z_report(replace(FACTS, count=COUNT))
    with pytest.raises(Invalid, match="shift.unknown_document"):
        x_report(replace(FACTS, documents=(DocumentFact("gift", "n", 1, 0, ()),)))
    for pieces in ({-10: 1}, {10: -1}, {0: 1}):
        with pytest.raises(Invalid, match="shift.bad_count"):
            DrawerCount(pieces)


def test_a_count_survives_json_and_refuses_nonsense() -> None:
    assert DrawerCount.from_dict(COUNT.to_dict()) == COUNT
    with pytest.raises(Invalid, match="shift.bad_count"):
        DrawerCount.from_dict({"ten": 1})


DOCUMENTS = st.lists(
    st.tuples(st.booleans(), st.integers(1, 100_000), st.integers(0, 100_000), st.sampled_from([0, 10])),
    max_size=15,
)


@given(
    st.integers(0, 200_000), DOCUMENTS, st.lists(st.tuples(st.booleans(), st.integers(1, 9_000)), max_size=5)
)
def test_the_report_equals_the_postings(
    float_minor: int, documents: list[tuple[bool, int, int, int]], moves: list[tuple[bool, int]]
) -> None:
    postings = book.for_float("001", "01", "HKD", float_minor)
    facts = []
    for n, (is_sale, total, card_part, step) in enumerate(documents, start=1):
        cards = [card(card_part)] if 0 < card_part < total else []
        lines = [Sold(1, "a", 1000, total)]
        if is_sale:
            settled = settle(total, [*cards, cash(200_000)], step)
            postings += book.for_sale("001", "01", "HKD", lines, [], settled)
        else:
            settled = settle_refund(total, [*cards, cash(0)], step)
            postings += book.for_return("001", "01", "HKD", lines, [], settled)
        tenders = tuple((tender.kind, tender.amount_minor) for tender in settled.tenders)
        kind = "sale" if is_sale else "return"
        facts.append(DocumentFact(kind, str(n), total, settled.rounding, tenders))
    for is_in, amount in moves:
        postings += book.for_cash_move("001", "01", "HKD", "in" if is_in else "out", amount)
    cash_moves = tuple(CashMoveFact("in" if is_in else "out", amount) for is_in, amount in moves)

    report = x_report(
        ShiftFacts("s", "001", "01", "d", "HKD", float_minor, tuple(facts), cash_moves=cash_moves)
    )

    balances = sum_postings(postings)
    assert report.expected_minor == balances.get(("cash:001:01", "HKD"), 0)
    assert report.tenders.get("card", 0) == balances.get(("card:001", "HKD"), 0)
    assert report.rounding_minor == -balances.get(("rounding:001", "HKD"), 0)
    assert report.sales_minor - report.returns_minor == -balances.get(("revenue:001", "HKD"), 0)
    assert sum(report.tenders.values()) == report.sales_minor - report.returns_minor + report.rounding_minor
