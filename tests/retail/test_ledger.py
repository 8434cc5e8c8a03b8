"""Balances are sums and do not care about order."""

from hypothesis import given
from hypothesis import strategies as st

from retail.ledger import sum_postings

POSTINGS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["HKD", "sku:1"]), st.integers(-1000, 1000))
)


def test_sums_per_account_and_commodity() -> None:
    assert sum_postings([("a", "HKD", 5), ("a", "HKD", -5), ("a", "sku:1", 2), ("b", "HKD", 1)]) == {
        ("a", "HKD"): 0,
        ("a", "sku:1"): 2,
        ("b", "HKD"): 1,
    }


@given(POSTINGS)
def test_order_does_not_matter(postings: list[tuple[str, str, int]]) -> None:
    assert sum_postings(postings) == sum_postings(reversed(postings)) == sum_postings(sorted(postings))


@given(POSTINGS, POSTINGS)
def test_sums_of_parts_are_parts_of_the_sum(
    one: list[tuple[str, str, int]], two: list[tuple[str, str, int]]
) -> None:
    left, right, whole = sum_postings(one), sum_postings(two), sum_postings(one + two)

    assert whole == {key: left.get(key, 0) + right.get(key, 0) for key in {**left, **right}}
