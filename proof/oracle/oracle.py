"""The oracle of the selfcheck: what both stores and HQ must come to, from the data files and the rule in README.md.

It imports nothing of Lianpu and takes no figure from the system or from the driver: of each basket that was sold it
is told the id, and whether that was before or after the price step. Money is integer cents, pieces are pieces.

    python -m proof.oracle.oracle --zone A --count 200 --before 60
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
from collections import defaultdict, namedtuple
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "demo_data"
STEP_DATE = "2026-07-10"
CASH_STEP = 10
EVERY_NTH_RETURNS = 20
FOOD = ("Rice", "Drinks", "Dairy", "Bread", "Biscuits", "Frozen", "Snacks", "food")
CHINA = {"V9": 90_000, "V13": 130_000}  # parts per million inside the price: food, anything else
Named = namedtuple("Named", "id")  # a basket as the oracle wants it: nothing but its id


@dataclass
class Totals:
    """One store's day. `sales` and `returned` are before cash rounding; cash and card are net of refunds.

    `lines` counts products of a basket once, as a till does that merges equal lines; `sold` is net of returns, and so
    is `taxes`: rounded once per receipt and code, halves away from zero; a piece that comes back takes its share.
    """

    receipts: int = 0
    lines: int = 0
    pieces: int = 0
    sales: int = 0
    returns: int = 0
    returned: int = 0
    rounding: int = 0
    cash: int = 0
    card: int = 0
    tenders: dict[str, int] = field(default_factory=lambda: {"cash": 0, "card": 0, "mixed": 0})
    sold: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    taxes: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def net(self) -> int:
        """Sales less returns."""
        return self.sales - self.returned


def expected(zone: str, sold: Iterable[tuple[Any, bool]], taxed: bool = False) -> Totals:
    """Totals of `sold`: pairs of a basket (anything with an `id`) and whether the price step was in force."""
    totals = Totals()
    ids = list(contents(zone))
    for basket, stepped in sold:
        one_sale(totals, zone, basket.id, stepped, ids.index(basket.id) + 1)
        if taxed:
            tax_of_sale(totals, zone, basket.id, stepped, ids.index(basket.id) + 1)
    totals.sold, totals.taxes = dict(totals.sold), dict(totals.taxes)
    return totals


def one_sale(totals: Totals, zone: str, id_: str, stepped: bool, place: int) -> None:
    """Add one sale, and its return when the place of the basket in the file says so."""
    goods = contents(zone)[id_]
    total = sum(price(zone, sku, stepped) * pieces for sku, pieces in goods)
    kind, by_card, cash = paid(id_, total)
    totals.receipts += 1
    totals.lines += len({sku for sku, _ in goods})
    totals.pieces += sum(pieces for _, pieces in goods)
    totals.sales += total
    totals.rounding += by_card + cash - total
    totals.cash += cash
    totals.card += by_card
    totals.tenders[kind] += 1
    for sku, pieces in goods:
        totals.sold[sku] += pieces
    if place % EVERY_NTH_RETURNS == 0:
        one_return(totals, goods[0][0], price(zone, goods[0][0], stepped), by_card)


def one_return(totals: Totals, sku: str, amount: int, by_card: int) -> None:
    """One piece comes back: to the card as far as it had paid, the rest in rounded cash."""
    to_card = min(amount, by_card)
    in_cash = rounded(amount - to_card)
    totals.returns += 1
    totals.returned += amount
    totals.rounding -= to_card + in_cash - amount
    totals.card -= to_card
    totals.cash -= in_cash
    totals.sold[sku] -= 1


def tax_of_sale(totals: Totals, zone: str, id_: str, stepped: bool, place: int) -> None:
    """Tax inside the prices of one receipt, less the share of the piece that its return gave back."""
    goods = contents(zone)[id_]
    for code in CHINA:
        amount = sum(price(zone, sku, stepped) * pieces for sku, pieces in goods if tax_code(sku) == code)
        totals.taxes[code] += inside(amount, code)
    if place % EVERY_NTH_RETURNS == 0:
        first = goods[0][0]
        code, bought = tax_code(first), sum(pieces for sku, pieces in goods if sku == first)
        whole = inside(price(zone, first, stepped) * bought, code)
        totals.taxes[code] -= (2 * whole + bought) // (2 * bought)


def inside(amount: int, code: str) -> int:
    """The tax that an amount contains."""
    whole = 1_000_000 + CHINA[code]
    return (2 * amount * CHINA[code] + whole) // (2 * whole)


def paid(id_: str, total: int) -> tuple[str, int, int]:
    """How a basket is paid: (kind, by card, in cash); the change does not matter here, only what stays."""
    digit = hashlib.sha256(id_.encode()).digest()[0] % 10
    if digit <= 5:
        return "cash", 0, rounded(total)
    if digit <= 8:
        return "card", total, 0
    by_card = total // 2 // 100 * 100
    return "mixed", by_card, rounded(total - by_card)


def rounded(amount: int) -> int:
    """To the cash step, halves away from zero; amounts are never negative here."""
    return (2 * amount + CASH_STEP) // (2 * CASH_STEP) * CASH_STEP


@cache
def price_list() -> dict[bool, dict[tuple[str, str], int]]:
    """(zone, product, after the step) → price; a step without its own price changes nothing."""
    before, after = dict[tuple[str, str], int](), dict[tuple[str, str], int]()
    for row in rows("prices"):
        late = row["from_date"] >= STEP_DATE
        (after if late else before)[row["zone"], row["product_code"]] = int(row["price_minor"])
    return {False: before, True: before | after}


def price(zone: str, sku: str, stepped: bool) -> int:
    """The zone's price, else the chain's."""
    known = price_list()[stepped]
    return known[zone, sku] if (zone, sku) in known else known["chain", sku]


@cache
def food() -> set[str]:
    """Products of a food category."""
    return {row["product_code"] for row in rows("products") if any(word in row["cat1_en"] for word in FOOD)}


def tax_code(sku: str) -> str:
    """V9 for food, V13 for anything else."""
    return "V9" if sku in food() else "V13"


@cache
def contents(zone: str) -> dict[str, list[tuple[str, int]]]:
    """Basket id → [(product, pieces)] in file order."""
    found: dict[str, list[tuple[str, int]]] = {}
    for row in rows("baskets"):
        if row["zone"] == zone:
            found.setdefault(row["basket_id"], []).append((row["product_code"], int(row["quantity"])))
    return found


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one data file."""
    with gzip.open(DATA / f"{name}.csv.gz", "rb") as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, "utf-8"))


def main() -> None:
    """Print the totals of the first baskets of a zone as JSON."""
    parser = argparse.ArgumentParser(description="Expected totals of the first baskets of a zone.")
    parser.add_argument("--zone", choices=("A", "B"), required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--before", type=int, default=0, help="so many are sold before the price step")
    parser.add_argument("--taxed", action="store_true", help="prices contain 9 % (food) or 13 % tax")
    said = parser.parse_args()
    ids = list(contents(said.zone))[: said.count]
    totals = expected(said.zone, [(Named(id_), n >= said.before) for n, id_ in enumerate(ids)], said.taxed)
    print(json.dumps(asdict(totals) | {"net": totals.net}, indent=1))


if __name__ == "__main__":
    main()
