"""Which price holds: narrower scope over wider, then the later `from`, then the greater key.

`from` and `until` are civil times of the store, half-open, so that one published price starts at each
store's own midnight (SYNC §6). Prices without a product and products without a price are both legal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from retail.civil import civil_to_ms
from retail.errors import Invalid
from retail.money import round_div


@dataclass(frozen=True)
class Price:
    """`scope` is "chain", "zone:<z>" or "store:<s>"; `key` tells prices of one scope apart."""

    scope: str
    sku: str
    key: str
    price_minor: int
    from_civil: str
    until_civil: str | None = None

    @property
    def ref(self) -> str:
        """What a line remembers of the price it was sold at."""
        return f"{self.scope}/{self.key}"


def price_at(
    prices: Iterable[Price], *, sku: str, store: str, zone: str, tz: str, at_ms: int
) -> Price | None:
    """The price in force at that instant in that store, or None."""
    ranks = {"chain": 0, f"zone:{zone}": 1, f"store:{store}": 2}
    best: tuple[int, int, str] | None = None
    winner: Price | None = None
    for price in prices:
        if price.sku != sku or price.scope not in ranks:
            continue
        start = civil_to_ms(price.from_civil, tz)
        if at_ms < start or (price.until_civil is not None and at_ms >= civil_to_ms(price.until_civil, tz)):
            continue
        rank = (ranks[price.scope], start, price.key)
        if best is None or rank > best:
            best, winner = rank, price
    return winner


def quantity_for_amount(amount_minor: int, unit_price_minor: int) -> int:
    """The weight in thousandths behind a label that prints only its amount; at least one thousandth."""
    if unit_price_minor <= 0 or amount_minor < 0:
        raise Invalid("pricing.amount_without_price", amount_minor=amount_minor, price_minor=unit_price_minor)
    return max(1, round_div(amount_minor * 1000, unit_price_minor))
