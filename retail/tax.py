"""Tax: included in the price, added on top, or none; several rates; rounded per line or per receipt.

Rounded per receipt, each code is rounded once over the sum of its lines, and the lines share that amount by
cumulative rounding: every line is within one minor unit of its own tax and the sum is exact. A policy
without rules taxes nothing; with rules, a code it does not know is refused rather than sold untaxed ("" and
"none" are untaxed).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from retail.errors import Invalid
from retail.money import round_div

MILLION = 1_000_000
UNTAXED = ("", "none")


@dataclass(frozen=True)
class TaxRule:
    """`rate_ppm` 130000 is 13 %; `included` says that shelf prices contain it."""

    code: str
    rate_ppm: int
    included: bool


@dataclass(frozen=True)
class TaxPolicy:
    """The chain's rules; `rounding` is "line" or "receipt"."""

    rules: tuple[TaxRule, ...] = ()
    rounding: str = "receipt"

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(self.rules))
        codes = [rule.code for rule in self.rules]
        if self.rounding not in ("line", "receipt"):
            raise Invalid("tax.unknown_rounding", rounding=self.rounding)
        if len(set(codes)) != len(codes) or any(code in UNTAXED for code in codes):
            raise Invalid("tax.codes_not_distinct", codes=codes)
        if any(not 0 <= rule.rate_ppm <= MILLION for rule in self.rules):
            raise Invalid("tax.rate_out_of_range")


@dataclass(frozen=True)
class TaxTotal:
    """Tax of one code on a document; `base_minor` is always without tax."""

    code: str
    rate_ppm: int
    included: bool
    base_minor: int
    amount_minor: int


@dataclass(frozen=True)
class TaxResult:
    """Per code in the policy's order, per line as given, and what has to be added to the lines' total."""

    taxes: tuple[TaxTotal, ...]
    line_amounts: tuple[int, ...]
    added_minor: int


def tax_of(total_minor: int, rule: TaxRule) -> int:
    """The tax in (included) or on (added) an amount, rounded half away from zero."""
    whole = MILLION + rule.rate_ppm if rule.included else MILLION
    return round_div(total_minor * rule.rate_ppm, whole)


def compute(lines: Sequence[tuple[int, str]], policy: TaxPolicy) -> TaxResult:
    """Tax of lines given as (total after discounts, tax code); raises `Invalid("tax.unknown_code")`."""
    known = {rule.code for rule in policy.rules}
    for _, code in lines:
        if policy.rules and code not in known and code not in UNTAXED:
            raise Invalid("tax.unknown_code", tax_code=code)
    amounts = [0] * len(lines)
    taxes = []
    for rule in policy.rules:
        mine = [i for i, (_, code) in enumerate(lines) if code == rule.code]
        if not mine:
            continue
        shares = _shares([lines[i][0] for i in mine], rule, policy.rounding)
        for i, share in zip(mine, shares, strict=True):
            amounts[i] = share
        total, amount = sum(lines[i][0] for i in mine), sum(shares)
        base = total - amount if rule.included else total
        taxes.append(TaxTotal(rule.code, rule.rate_ppm, rule.included, base, amount))
    added = sum(tax.amount_minor for tax in taxes if not tax.included)
    return TaxResult(tuple(taxes), tuple(amounts), added)


def _shares(totals: Sequence[int], rule: TaxRule, rounding: str) -> list[int]:
    if rounding == "line":
        return [tax_of(total, rule) for total in totals]
    shares, reached = [], 0
    for total in totals:
        shares.append(tax_of(reached + total, rule) - tax_of(reached, rule))
        reached += total
    return shares
