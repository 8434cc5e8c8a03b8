"""What a shop should hold, worked out on paper: no code of Lianpu, no database, only integers.

Amounts in cents, quantities in pieces; cash is rounded to ten cents, half away from zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field

STEP = 10


def rounded(cents: int) -> int:
    """To the nearest ten cents."""
    return (cents + STEP // 2) // STEP * STEP


@dataclass
class Sale:
    """`pieces` per product as sold, and what has come back."""

    prices: dict[str, int]
    pieces: dict[str, int]
    card: int
    back: dict[str, int] = field(default_factory=dict)
    card_back: int = 0


@dataclass
class Lane:
    """One terminal: its drawer, its basket (pieces per product, in the order scanned), its last number."""

    drawer: int = 0
    is_open: bool = False
    basket: dict[str, int] = field(default_factory=dict)
    number: int = 0
    z: int = 0


@dataclass
class Shop:
    """The whole store."""

    prices: dict[str, int]
    lanes: dict[str, Lane]
    stock: dict[str, int] = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)
    held: list[dict[str, int]] = field(default_factory=list)
    revenue: int = 0
    rounding: int = 0
    cards: int = 0
    safe: int = 0
    petty: int = 0
    over_short: int = 0

    def total(self, lane: str) -> int:
        """The basket's worth."""
        return sum(self.prices[sku] * pieces for sku, pieces in self.lanes[lane].basket.items())

    def open(self, lane: str, float_: int) -> None:
        """Float into the drawer."""
        self.lanes[lane].is_open = True
        self.lanes[lane].drawer += float_
        self.safe -= float_

    def scan(self, lane: str, sku: str, pieces: int) -> None:
        """Into the basket."""
        basket = self.lanes[lane].basket
        basket[sku] = basket.get(sku, 0) + pieces

    def sell(self, lane: str, card: int) -> tuple[int, int]:
        """(total, payable): `card` cents by card, the rest in exact cash."""
        here, total = self.lanes[lane], self.total(lane)
        cash = rounded(total - card) if total > card else 0
        payable = card + cash
        here.drawer += cash
        here.number += 1
        self.cards += card
        self.revenue += total
        self.rounding += payable - total
        for sku, pieces in here.basket.items():
            self.stock[sku] = self.stock.get(sku, 0) - pieces
        self.sales.append(Sale(dict(self.prices), here.basket, card))
        here.basket = {}
        return total, payable

    def give_back(self, lane: str, sale: Sale, sku: str, pieces: int) -> tuple[int, int]:
        """(total, payable) of goods back: to the card first, the rest in cash."""
        here, total = self.lanes[lane], sale.prices[sku] * pieces
        card = min(total, sale.card - sale.card_back)
        cash = rounded(total - card) if total > card else 0
        sale.card_back += card
        sale.back[sku] = sale.back.get(sku, 0) + pieces
        here.drawer -= cash
        here.number += 1
        self.cards -= card
        self.revenue -= total
        self.rounding -= card + cash - total
        self.stock[sku] = self.stock.get(sku, 0) + pieces
        return total, card + cash

    def move(self, lane: str, cents: int) -> None:
        """Petty cash into (or, negative, out of) the drawer."""
        self.lanes[lane].drawer += cents
        self.petty -= cents

    def close(self, lane: str, counted: int) -> int:
        """Everything to the safe; returns the difference."""
        here = self.lanes[lane]
        difference = counted - here.drawer
        self.over_short -= difference
        self.safe += counted
        here.drawer, here.is_open = 0, False
        here.z += 1
        return difference

    def hold(self, lane: str) -> None:
        """Aside."""
        self.held.append(self.lanes[lane].basket)
        self.lanes[lane].basket = {}

    def recall(self, lane: str, index: int) -> None:
        """Back, at any lane."""
        self.lanes[lane].basket = self.held.pop(index)

    def ledger(self) -> dict[str, int]:
        """Every money account that is not zero."""
        money = {
            "revenue:001": -self.revenue, "rounding:001": -self.rounding, "card:001": self.cards,
            "safe:001": self.safe, "petty:001": self.petty, "over_short:001": self.over_short,
            **{f"cash:001:{name}": lane.drawer for name, lane in self.lanes.items()},
        }  # fmt: skip
        return {account: cents for account, cents in money.items() if cents}
