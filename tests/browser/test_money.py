"""What the page reckons by itself: the keys for cash."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

HKD = [100000, 50000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10]
ASK = """async ([all, pieces]) => {
  const { quickAmounts } = await import("/static/till/money.mjs");
  return all.map((left) => quickAmounts(left, pieces, 6));
}"""


def test_the_keys_for_cash_are_the_exact_amount_and_the_next_round_sums(
    open_page: Callable[..., Page],
) -> None:
    """A round sum is the next multiple of a piece of which at most ten are needed."""
    wanted = {
        19710: [19710, 20000, 50000, 100000],
        2350: [2350, 2500, 3000, 4000, 5000, 10000],
        20000: [20000, 50000, 100000],
        1_000_000: [1_000_000],
        1_234_560: [1_234_560],
        0: [],
        -5: [],
    }

    assert open_page().evaluate(ASK, [list(wanted), HKD]) == list(wanted.values())
