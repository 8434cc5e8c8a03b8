"""Batch sizes and timers."""

from hypothesis import given
from hypothesis import strategies as st

from sync import plan
from sync.plan import BatchSize


@given(st.lists(st.integers(1, 300_000), min_size=1, max_size=700), st.integers(1, 500))
def test_a_batch_is_never_empty_nor_beyond_the_limits(sizes, events_max):
    count = plan.cut(sizes, events_max)

    assert 1 <= count <= min(len(sizes), events_max)
    assert count == 1 or sum(sizes[:count]) + 4 * count <= plan.PLAIN_BYTES_MAX


def test_a_body_larger_than_the_limit_goes_alone():
    assert plan.cut([10, 400_000, 10], 500) == 1
    assert plan.cut([400_000, 10], 500) == 1


def test_sizes_double_and_halve():
    assert BatchSize(64).grown() == BatchSize(128)
    assert BatchSize(400).grown() == BatchSize(500)
    assert BatchSize(64).halved(37) == BatchSize(18)
    assert BatchSize(1).halved(1) == BatchSize(1)


def test_first_retry_is_spread_then_doubles_up_to_the_cap():
    assert plan.retry_ms(1, lambda low, high: high) == plan.RETRY_SPREAD_MS
    assert plan.retry_ms(1, lambda low, high: low) == 1
    assert [plan.retry_ms(n, lambda low, high: 1.0) for n in (2, 3, 4, 20)] == [4000, 8000, 16000, 30000]
    assert plan.retry_ms(9, lambda low, high: high) == 45000


def test_the_pause_of_sales_at_a_full_hq_ends_earlier():
    assert [plan.retry_ms(n, lambda low, high: high, cap_ms=plan.BUSY_CAP_MS) for n in (2, 3, 9)] == [
        6_000, 12_000, 12_000,
    ]  # fmt: skip


def test_hq_s_own_wish_wins():
    assert plan.retry_ms(7, lambda low, high: low, 90_000) == 90_000
