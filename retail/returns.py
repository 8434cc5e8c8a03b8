"""Goods back: how much of each line may still return, and exactly what it is worth.

Refunds are cut by cumulative rounding: whatever the order and the sizes of partial returns, once a whole
line is back its refunds sum to what was paid for it, tax too. Nobody gets back more than was sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from retail.errors import Invalid, LimitExceeded, NotFound
from retail.money import round_div
from retail.tax import TaxTotal


class SoldLine(Protocol):
    """A line of a completed sale; `line` is its number on the receipt, totals are after all discounts."""

    @property
    def line(self) -> int: ...
    @property
    def quantity(self) -> int: ...
    @property
    def total_minor(self) -> int: ...
    @property
    def tax_code(self) -> str: ...
    @property
    def tax_minor(self) -> int: ...


class ReturnedLine(Protocol):
    """A line of an earlier return of the same sale."""

    @property
    def original_line(self) -> int: ...
    @property
    def quantity(self) -> int: ...


class TaxRate(Protocol):
    """A tax line of the original receipt."""

    @property
    def code(self) -> str: ...
    @property
    def rate_ppm(self) -> int: ...
    @property
    def included(self) -> bool: ...


@dataclass(frozen=True)
class Refund:
    """What a part of a line gives back; `total_minor` is without tax that was added on top."""

    original_line: int
    quantity: int
    total_minor: int
    tax_code: str
    tax_minor: int


@dataclass(frozen=True)
class ReturnPlan:
    """A whole return before money is paid: total_minor = Σ refunds + tax that was added on top."""

    refunds: tuple[Refund, ...]
    taxes: tuple[TaxTotal, ...]
    total_minor: int


def returned_quantities(returned: Iterable[ReturnedLine]) -> dict[int, int]:
    """What has come back so far, per line of the sale."""
    sums: dict[int, int] = {}
    for back in returned:
        sums[back.original_line] = sums.get(back.original_line, 0) + back.quantity
    return sums


def returnable(sold_lines: Iterable[SoldLine], returned: Iterable[ReturnedLine]) -> dict[int, int]:
    """Remaining quantity per line number, never below zero."""
    back = returned_quantities(returned)
    return {sold.line: max(0, sold.quantity - back.get(sold.line, 0)) for sold in sold_lines}


def refund_amounts(line: SoldLine, quantity: int, already: int = 0) -> Refund:
    """The worth of `quantity` of a line of which `already` has come back before.

    Raises `Invalid("returns.quantity_not_positive")` and `LimitExceeded("returns.more_than_sold")`.
    """
    if quantity <= 0 or already < 0:
        raise Invalid("returns.quantity_not_positive", quantity=quantity)
    if already + quantity > line.quantity:
        remaining = max(0, line.quantity - already)
        raise LimitExceeded("returns.more_than_sold", line=line.line, remaining=remaining)
    return Refund(
        original_line=line.line,
        quantity=quantity,
        total_minor=_cut(line.total_minor, line.quantity, already, quantity),
        tax_code=line.tax_code,
        tax_minor=_cut(line.tax_minor, line.quantity, already, quantity),
    )


def plan_return(
    sold_lines: Sequence[SoldLine],
    taxes: Sequence[TaxRate],
    returned: Iterable[ReturnedLine],
    wanted: Mapping[int, int],
) -> ReturnPlan:
    """Plan a return of `wanted` quantities by line number; raises also `NotFound("returns.no_such_line")`."""
    if not wanted:
        raise Invalid("returns.nothing_chosen")
    by_number = {sold.line: sold for sold in sold_lines}
    back = returned_quantities(returned)
    refunds = []
    for number in sorted(wanted):
        if number not in by_number:
            raise NotFound("returns.no_such_line", line=number)
        refunds.append(refund_amounts(by_number[number], wanted[number], back.get(number, 0)))
    totals = tuple(_tax_total(rate, refunds) for rate in taxes)
    totals = tuple(total for total in totals if total.base_minor or total.amount_minor)
    added = sum(total.amount_minor for total in totals if not total.included)
    return ReturnPlan(tuple(refunds), totals, sum(refund.total_minor for refund in refunds) + added)


def _cut(amount: int, whole: int, already: int, quantity: int) -> int:
    return round_div(amount * (already + quantity), whole) - round_div(amount * already, whole)


def _tax_total(rate: TaxRate, refunds: Sequence[Refund]) -> TaxTotal:
    mine = [refund for refund in refunds if refund.tax_code == rate.code]
    amount = sum(refund.tax_minor for refund in mine)
    total = sum(refund.total_minor for refund in mine)
    return TaxTotal(
        rate.code, rate.rate_ppm, rate.included, total - amount if rate.included else total, amount
    )
