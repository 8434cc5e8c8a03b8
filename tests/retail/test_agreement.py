"""A store and HQ count the same day."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from retail.agreement import DayReceipt, Difference, day_digest, first_difference, from_text, to_text
from retail.errors import Invalid

DAY = "2026-07-10"


def receipts(count: int = 5, series: str = "K7Q2M") -> list[DayReceipt]:
    return [DayReceipt("01", series, n, "sale", 1000 + n, 2, bytes([n]) * 32) for n in range(1, count + 1)]


def test_counts_do_not_depend_on_the_order() -> None:
    sold = receipts()
    back = DayReceipt("01", "K7Q2M", 6, "return", 500, 1, b"r" * 32)

    one = day_digest(DAY, [*sold, back])
    other = day_digest(DAY, [back, *reversed(sold)])

    assert one == other
    assert (one.sales, one.sales_minor, one.returns, one.returns_minor) == (5, 5015, 1, 500)
    assert (one.pieces, one.net_minor, one.receipts) == (9, 4515, 6)
    assert one.agrees(other)


@pytest.mark.parametrize(
    ("at_hq", "difference"),
    [
        (receipts()[:-1], Difference("01", "K7Q2M", 5, "missing_at_hq")),
        (receipts()[1:], Difference("01", "K7Q2M", 1, "missing_at_hq")),
        (receipts(6), Difference("01", "K7Q2M", 6, "missing_at_store")),
        ([*receipts()[:2], replace(receipts()[2], payable_minor=1), *receipts()[3:]],
         Difference("01", "K7Q2M", 3, "differs")),
        ([*receipts()[:4], replace(receipts()[4], bh=b"x" * 32)], Difference("01", "K7Q2M", 5, "differs")),
    ],
)  # fmt: skip
def test_the_first_differing_receipt_is_named(at_hq: list[DayReceipt], difference: Difference) -> None:
    store, hq = day_digest(DAY, receipts()), day_digest(DAY, at_hq)

    assert not store.agrees(hq)
    assert first_difference(store, hq) == difference


def test_equal_days_have_no_difference() -> None:
    assert first_difference(day_digest(DAY, receipts()), day_digest(DAY, receipts())) is None


def test_a_digest_survives_the_wire() -> None:
    digest = day_digest(
        DAY, [*receipts(), *receipts(3, "ZZZZZ"), DayReceipt("02", "ABCDE", 9, "return", 1, 1, b"1")]
    )

    assert from_text(to_text(digest)) == digest
    assert [(run.series, run.first, run.last) for run in digest.runs] == [
        ("K7Q2M", 1, 5), ("ZZZZZ", 1, 3), ("ABCDE", 9, 9)
    ]  # fmt: skip


def test_without_marks_missing_receipts_are_still_named() -> None:
    store, hq = day_digest(DAY, receipts(), marks=False), day_digest(DAY, receipts()[:3])

    assert first_difference(store, hq) == Difference("01", "K7Q2M", 4, "missing_at_hq")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"runs":1}', '{"runs":[[1]]}'])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"agreement\.unreadable"):
        from_text(text)


@pytest.mark.parametrize(
    "runs",
    [
        [["01", "AAAAA", 1, 99_999, ""], ["01", "BBBBB", 1, 99_999, ""]],
        [["01", name, 1, 1_000, ""] for name in map("N{:04d}".format, range(101))],
        [["01", "AAAAA", 1, 200_000, ""], ["01", "BBBBB", 100_001, 0, ""]],
    ],
)
def test_runs_that_name_more_numbers_together_than_a_day_has_are_refused(runs: list[list[object]]) -> None:
    """SC-14. Each of them would do: it is all of them that HQ would count through."""
    plain = json.loads(to_text(day_digest(DAY, receipts())))

    with pytest.raises(Invalid, match=r"agreement\.unreadable"):
        from_text(json.dumps(plain | {"runs": runs}))


def test_a_day_of_as_many_numbers_as_there_may_be_is_read() -> None:
    plain = json.loads(to_text(day_digest(DAY, receipts())))
    runs = [["01", "AAAAA", 1, 60_000, ""], ["02", "BBBBB", 1, 40_000, ""]]

    assert len(from_text(json.dumps(plain | {"runs": runs})).runs) == 2
