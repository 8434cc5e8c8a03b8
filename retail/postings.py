"""Double-entry postings: every fact moves a commodity from one account to another, so each commodity sums
to zero.

Accounts (SYNC §3): `stock:S:on_hand|sold|received|written_off|opening` hold `sku:<sku>` in thousandths;
`cash:S:T` (drawer), `safe:S`, `petty:S`, `card:S`, `revenue:S`, `tax:S:<code>`, `rounding:S`,
`over_short:S` hold a currency in minor units. Plus is what came in (cash, goods), minus is where it came
from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from retail.errors import Invalid


class Posting(NamedTuple):
    """`quantity` in minor units of a currency or thousandths of `sku:<sku>`."""

    account: str
    commodity: str
    quantity: int


class GoodsLine(Protocol):
    """A line that moves goods; `quantity` is positive thousandths."""

    @property
    def sku(self) -> str: ...
    @property
    def quantity(self) -> int: ...


class PaidLine(GoodsLine, Protocol):
    """A line of a sale or return; `total_minor` is its part of the total, without tax added on top."""

    @property
    def total_minor(self) -> int: ...


class TaxedAmount(Protocol):
    """Tax of one code."""

    @property
    def code(self) -> str: ...
    @property
    def included(self) -> bool: ...
    @property
    def amount_minor(self) -> int: ...


class PaidPart(Protocol):
    """A tender after settlement; `amount_minor` is what stays (cash given less change)."""

    @property
    def kind(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...


class Settled(Protocol):
    """A settlement with nothing left to pay."""

    @property
    def rounding(self) -> int: ...
    @property
    def tenders(self) -> Sequence[PaidPart]: ...


def balanced(postings: Iterable[tuple[str, str, int]]) -> bool:
    """True when every commodity sums to zero."""
    sums: dict[str, int] = defaultdict(int)
    for _, commodity, quantity in postings:
        sums[commodity] += quantity
    return not any(sums.values())


def for_sale(
    store: str,
    terminal: str,
    currency: str,
    lines: Sequence[PaidLine],
    taxes: Sequence[TaxedAmount],
    settlement: Settled,
) -> list[Posting]:
    """Goods leave, money comes in, revenue is net of tax. `Invalid("postings.unbalanced")` if the parts
    disagree.
    """
    return _trade(1, store, terminal, currency, lines, taxes, settlement)


def for_return(
    store: str,
    terminal: str,
    currency: str,
    lines: Sequence[PaidLine],
    taxes: Sequence[TaxedAmount],
    settlement: Settled,
) -> list[Posting]:
    """The mirror image of a sale: all amounts given positive, goods come back, money goes out."""
    return _trade(-1, store, terminal, currency, lines, taxes, settlement)


def _trade(
    sign: int,
    store: str,
    terminal: str,
    currency: str,
    lines: Sequence[PaidLine],
    taxes: Sequence[TaxedAmount],
    settlement: Settled,
) -> list[Posting]:
    postings = _goods(store, lines, sign, "sold", "on_hand")
    money: dict[str, int] = defaultdict(int)
    for tender in settlement.tenders:
        money[_tender_account(store, terminal, tender.kind)] += sign * tender.amount_minor
    net = sum(line.total_minor for line in lines) - sum(tax.amount_minor for tax in taxes if tax.included)
    money[f"revenue:{store}"] -= sign * net
    for tax in taxes:
        money[f"tax:{store}:{tax.code}"] -= sign * tax.amount_minor
    money[f"rounding:{store}"] -= sign * settlement.rounding
    postings += [Posting(account, currency, amount) for account, amount in money.items() if amount]
    return _checked(postings)


def _tender_account(store: str, terminal: str, kind: str) -> str:
    if kind == "cash":
        return f"cash:{store}:{terminal}"
    if kind == "card":
        return f"card:{store}"
    raise Invalid("postings.unknown_tender", kind=kind)


def for_float(store: str, terminal: str, currency: str, amount_minor: int) -> list[Posting]:
    """The float moves from the safe into the drawer."""
    return _move(currency, amount_minor, f"safe:{store}", f"cash:{store}:{terminal}")


def for_cash_move(
    store: str, terminal: str, currency: str, direction: str, amount_minor: int
) -> list[Posting]:
    """Petty cash into ("in") or out of ("out") the drawer; the amount is positive."""
    if direction not in ("in", "out") or amount_minor <= 0:
        raise Invalid("postings.cash_move", direction=direction, amount_minor=amount_minor)
    drawer, petty = f"cash:{store}:{terminal}", f"petty:{store}"
    if direction == "in":
        return _move(currency, amount_minor, petty, drawer)
    return _move(currency, amount_minor, drawer, petty)


def for_shift_close(
    store: str, terminal: str, currency: str, expected_minor: int, counted_minor: int
) -> list[Posting]:
    """The difference goes to over/short, then the counted drawer to the safe: afterwards the drawer holds
    zero.
    """
    drawer = f"cash:{store}:{terminal}"
    difference = counted_minor - expected_minor
    return _move(currency, difference, f"over_short:{store}", drawer) + _move(
        currency, counted_minor, drawer, f"safe:{store}"
    )


def for_goods_in(store: str, lines: Sequence[GoodsLine]) -> list[Posting]:
    """Goods received into the store."""
    return _checked(_goods(store, lines, 1, "on_hand", "received"))


def for_write_off(store: str, lines: Sequence[GoodsLine]) -> list[Posting]:
    """Goods that left unsold."""
    return _checked(_goods(store, lines, 1, "written_off", "on_hand"))


def for_opening_stock(store: str, lines: Sequence[GoodsLine]) -> list[Posting]:
    """The stock a store starts with, booked by HQ."""
    return _checked(_goods(store, lines, 1, "on_hand", "opening"))


def _goods(store: str, lines: Sequence[GoodsLine], sign: int, into: str, out_of: str) -> list[Posting]:
    """One pair of postings per SKU, in order of first appearance."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.quantity <= 0:
            raise Invalid("postings.quantity_not_positive", sku=line.sku, quantity=line.quantity)
        sums[line.sku] += sign * line.quantity
    postings = []
    for sku, quantity in sums.items():
        postings.append(Posting(f"stock:{store}:{out_of}", f"sku:{sku}", -quantity))
        postings.append(Posting(f"stock:{store}:{into}", f"sku:{sku}", quantity))
    return postings


def _move(currency: str, amount: int, source: str, target: str) -> list[Posting]:
    if not amount:
        return []
    return [Posting(target, currency, amount), Posting(source, currency, -amount)]


def _checked(postings: list[Posting]) -> list[Posting]:
    if not balanced(postings):
        raise Invalid("postings.unbalanced", postings=[tuple(posting) for posting in postings][:20])
    return postings
