"""The oracle: reads products, prices and baskets, follows README.md, and adds up. Standard library only."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "demo_data"
STEP_DATE = "2026-07-10"
CASH_STEP = 10
RETURN_EVERY = 20


@dataclass(frozen=True)
class Basket:
    """A basket to be sold: `lines` are (sku, barcode, pieces) in the order of the file."""

    id: str
    number: int
    lines: tuple[tuple[str, str, int], ...]

    @property
    def scans(self) -> tuple[str, ...]:
        """Every code as often as it is scanned."""
        return tuple(code for _, code, pieces in self.lines for _ in range(pieces))

    @property
    def returns(self) -> bool:
        """Does one piece of its first line come back?"""
        return self.number % RETURN_EVERY == 0

    def tenders(self, total: int) -> list[tuple[str, int]]:
        """(kind, given) in the order they are entered."""
        h = hashlib.sha256(self.id.encode()).digest()[0] % 10
        if h >= 6 and h <= 8:
            return [("card", total)]
        if h == 9:
            card = total // 2 // 100 * 100
            rest = rounded(total - card)
            found = [("card", card)] if card else []
            return [*found, ("cash", next_multiple(rest, 5000))]
        return [("cash", next_multiple(rounded(total), 5000 if h % 2 == 0 else 10000))]


@dataclass
class Totals:
    """What a store comes to; money in minor units, `sold` net pieces per sku."""

    receipts: int = 0
    pieces: int = 0
    sales: int = 0
    returns: int = 0
    returned: int = 0
    rounding: int = 0
    cash: int = 0
    card: int = 0
    sold: Counter[str] = field(default_factory=Counter)


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a data file."""
    with gzip.open(DATA / f"{name}.csv.gz", "rb") as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, "utf-8"))


def baskets(zone: str, count: int) -> list[Basket]:
    """The first baskets of a zone."""
    lines: dict[str, list[tuple[str, str, int]]] = {}
    for row in rows("baskets"):
        if row["zone"] == zone:
            line = (row["product_code"], row["barcode"], int(row["quantity"]))
            lines.setdefault(row["basket_id"], []).append(line)
    return [Basket(id_, n, tuple(found)) for n, (id_, found) in enumerate(list(lines.items())[:count], 1)]


def price_list(zone: str, *, stepped: bool) -> dict[str, int]:
    """Price per sku in a zone, before or after the step."""
    chain: dict[str, int] = {}
    local: dict[str, tuple[str, int]] = {}
    for row in rows("prices"):
        price, since = int(row["price_minor"]), row["from_date"]
        if row["zone"] == "chain":
            chain[row["product_code"]] = price
        elif row["zone"] == zone and (stepped or since < STEP_DATE):
            known = local.get(row["product_code"])
            if known is None or since >= known[0]:
                local[row["product_code"]] = (since, price)
    return chain | {sku: price for sku, (_, price) in local.items()}


def expected(zone: str, sold: Iterable[tuple[Basket, bool]]) -> Totals:
    """Add up baskets, each with whether the step had started when it was rung up."""
    lists = {stepped: price_list(zone, stepped=stepped) for stepped in (False, True)}
    found = Totals()
    for basket, stepped in sold:
        prices = lists[stepped]
        total = sum(prices[sku] * pieces for sku, _, pieces in basket.lines)
        paid = _sell(found, basket, total)
        if basket.returns:
            sku = basket.lines[0][0]
            _give_back(found, sku, prices[sku], paid)
    return found


def _sell(found: Totals, basket: Basket, total: int) -> int:
    """Book a sale; returns what the card paid."""
    card = sum(given for kind, given in basket.tenders(total) if kind == "card")
    cash = rounded(total - card) if card < total else 0
    found.receipts += 1
    found.sales += total
    found.card += card
    found.cash += cash
    found.rounding += card + cash - total
    for sku, _, pieces in basket.lines:
        found.pieces += pieces
        found.sold[sku] += pieces
    return card


def _give_back(found: Totals, sku: str, price: int, paid_by_card: int) -> None:
    card = min(price, paid_by_card)
    cash = rounded(price - card)
    found.returns += 1
    found.returned += price
    found.card -= card
    found.cash -= cash
    found.rounding -= card + cash - price
    found.sold[sku] -= 1


def rounded(amount: int) -> int:
    """To the cash step, half away from zero (amounts here are never negative)."""
    return (amount + CASH_STEP // 2) // CASH_STEP * CASH_STEP


def next_multiple(amount: int, step: int) -> int:
    """The next round sum that is not less."""
    return -(-amount // step) * step
