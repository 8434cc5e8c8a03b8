"""The ledger: balances are only ever sums of postings."""

from __future__ import annotations

from collections.abc import Iterable


def sum_postings(postings: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    """Balance per (account, commodity); order of the postings does not matter, balances of zero are kept."""
    sums: dict[tuple[str, str], int] = {}
    for account, commodity, quantity in postings:
        key = (account, commodity)
        sums[key] = sums.get(key, 0) + quantity
    return sums
