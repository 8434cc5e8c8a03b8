"""Lines, baskets and sales with sensible defaults for the tests of the trade's rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from retail.basket import Basket, Discount, Line
from retail.tax import TaxPolicy, TaxRule

NAMES = {"en": "Apple", "zh-Hans": "苹果", "zh-Hant": "蘋果"}
VAT = TaxRule("std", 130_000, included=True)
LOW = TaxRule("low", 90_000, included=True)
GST = TaxRule("gst", 85_000, included=False)
ZERO = TaxRule("zero", 0, included=True)
MIXED = (VAT, LOW, GST, ZERO)
NO_TAX = TaxPolicy()


def a_line(line_id: str = "1", **changes: Any) -> Line:
    """One piece at 10.00, taxed by code "std"."""
    values: dict[str, Any] = {
        "id": line_id,
        "sku": f"sku-{line_id}",
        "code": "2000000000015",
        "name": NAMES,
        "spec": "",
        "quantity": 1000,
        "unit": "pc",
        "unit_price_minor": 1000,
        "price_ref": "chain/1",
        "tax_code": "std",
        "weighed": False,
    }
    return Line(**(values | changes))


def a_basket(*lines: Line, discount: Discount | None = None) -> Basket:
    """A basket that holds these lines, in HKD."""
    return Basket("b1", "01", "HKD", tuple(lines), discount, 0, 1_783_674_000_000, "1001")


@dataclass(frozen=True)
class Sold:
    """A line as a completed sale keeps it."""

    line: int
    sku: str
    quantity: int
    total_minor: int
    tax_code: str = "std"
    tax_minor: int = 0


@dataclass(frozen=True)
class Back:
    """A line of an earlier return."""

    original_line: int
    quantity: int
    sku: str = "sku-1"
    total_minor: int = 0


def discounts() -> st.SearchStrategy[Discount | None]:
    """None, a percentage, or an amount that may exceed the line."""
    return st.one_of(
        st.none(),
        st.builds(Discount, st.just("percent"), st.integers(1, 1_000_000), st.just("r")),
        st.builds(Discount, st.just("amount"), st.integers(1, 50_000), st.just("r")),
    )


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Any line that may be sold, by piece, by weight or by a label's amount."""
    weighed = draw(st.booleans())
    quantity = draw(st.integers(1, 20_000)) if weighed else 1000 * draw(st.integers(1, 30))
    return a_line(
        draw(st.uuids()).hex,
        sku=draw(st.sampled_from(["apple", "pear", "milk", "bread"])),
        quantity=quantity,
        unit="kg" if weighed else "pc",
        weighed=weighed,
        unit_price_minor=draw(st.integers(0, 100_000)),
        amount_minor=draw(st.none() | st.integers(0, 50_000)) if weighed else None,
        tax_code=draw(st.sampled_from([rule.code for rule in MIXED])),
        discount=draw(discounts()),
    )


def baskets() -> st.SearchStrategy[Basket]:
    """Any basket that may go to tender."""
    return st.builds(
        lambda rows, discount: a_basket(*rows, discount=discount), st.lists(lines(), max_size=8), discounts()
    )


def policies() -> st.SearchStrategy[TaxPolicy]:
    """Included, added, zero and several rates; rounded per line or per receipt; or no tax at all."""
    return st.sampled_from([NO_TAX, TaxPolicy(MIXED, "line"), TaxPolicy(MIXED, "receipt")])


def sum_postings(postings: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], int]:
    """Balance per (account, commodity), those of zero too."""
    sums: dict[tuple[str, str], int] = {}
    for account, commodity, quantity in postings:
        sums[account, commodity] = sums.get((account, commodity), 0) + quantity
    return sums
