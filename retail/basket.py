"""The basket as a value: every verb returns a new basket with the next version and leaves the old one alone.

A line keeps the price it had when it was scanned. A line whose code is unknown, or which has no price, is a
red row that blocks tender. Totals are worked out afresh each time: line discounts first, then the basket
discount shared over the lines exactly, then tax.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from retail.catalogue import Text
from retail.errors import Conflict, Invalid, LimitExceeded, NotFound, NotNow
from retail.money import line_amount, round_div, split
from retail.quantity import PIECE, check_quantity, is_whole, pieces_of
from retail.tax import MILLION, TaxPolicy, TaxTotal, compute

PERCENT = "percent"
AMOUNT = "amount"
OK = "ok"
UNKNOWN = "unknown"
UNPRICED = "unpriced"
STATES = (OK, UNKNOWN, UNPRICED)
LINES_MAX = 200


@dataclass(frozen=True)
class Discount:
    """`value` is parts per million for "percent" and minor units for "amount"; `reason` is a code of HQ's
    list.
    """

    kind: str
    value: int
    reason: str
    approved_by: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in (PERCENT, AMOUNT):
            raise Invalid("basket.unknown_discount", kind=self.kind)
        if self.value <= 0 or (self.kind == PERCENT and self.value > MILLION):
            raise Invalid("basket.discount_out_of_range", value=self.value)

    def of(self, amount_minor: int) -> int:
        """What it takes off an amount, never more than the amount."""
        if self.kind == PERCENT:
            return round_div(amount_minor * self.value, MILLION)
        return min(self.value, amount_minor)


@dataclass(frozen=True)
class Line:
    """One row. `amount_minor` is set when a scale label printed the amount: it stands, whatever price ×
    weight says.

    `code` is what was scanned or typed; `resolved_code` is the unknown code that a manager gave a product.
    """

    id: str
    sku: str | None
    code: str
    name: Text
    spec: str
    quantity: int
    unit: str
    unit_price_minor: int | None
    price_ref: str
    tax_code: str
    weighed: bool
    discount: Discount | None = None
    state: str = OK
    resolved_code: str | None = None
    note: str = ""
    amount_minor: int | None = None
    keyed_weight: bool = False

    @property
    def gross(self) -> int:
        """The row before discounts; a red row is worth nothing yet."""
        if self.state != OK or self.unit_price_minor is None:
            return 0
        if self.amount_minor is not None:
            return self.amount_minor
        return line_amount(self.unit_price_minor, self.quantity)


@dataclass(frozen=True)
class Basket:
    """`version` grows by one with every change; `started_at` is UTC milliseconds."""

    id: str
    terminal: str
    currency: str
    lines: tuple[Line, ...] = ()
    discount: Discount | None = None
    version: int = 0
    started_at: int = 0
    staff: str = ""


@dataclass(frozen=True)
class LineTotal:
    """total = gross − discount − basket_discount; `tax` is contained in it or comes on top, as its rule
    says.
    """

    gross: int
    discount: int
    basket_discount: int
    total: int
    tax: int


@dataclass(frozen=True)
class Totals:
    """`lines` run parallel to the basket's lines; total = Σ line totals + `added` (tax on top)."""

    lines: tuple[LineTotal, ...]
    gross: int
    discount: int
    taxes: tuple[TaxTotal, ...]
    total: int
    pieces: int
    added: int = 0


def add(basket: Basket, line: Line, *, merge: bool = True) -> Basket:
    """Put a line at the end, or, merging, raise the quantity of its twin (same product, same price, no
    discount).
    """
    _check_line(line)
    if any(other.id == line.id for other in basket.lines):
        raise Conflict("basket.line_exists", line=line.id)
    if merge:
        for other in reversed(basket.lines):
            if _twins(other, line):
                grown = replace(other, quantity=check_quantity(other.quantity + line.quantity))
                return _with_line(basket, grown)
    if len(basket.lines) >= LINES_MAX:
        raise LimitExceeded("basket.too_many_lines", limit=LINES_MAX)
    return _next(basket, lines=(*basket.lines, line))


def change_quantity(basket: Basket, line_id: str, quantity: int) -> Basket:
    """Set the quantity of a line; pieces stay whole, a printed amount stays, and a weight is keyed from now on."""
    line = find(basket, line_id)
    if line.amount_minor is not None:
        raise NotNow("basket.quantity_fixed_by_label", line=line_id)
    keyed = line.keyed_weight or line.weighed
    changed = replace(line, quantity=check_quantity(quantity), keyed_weight=keyed)
    _check_line(changed)
    return _with_line(basket, changed)


def remove(basket: Basket, line_id: str) -> Basket:
    """Take a line away."""
    find(basket, line_id)
    return _next(basket, lines=tuple(line for line in basket.lines if line.id != line_id))


def discount_line(basket: Basket, line_id: str, discount: Discount | None) -> Basket:
    """Give a line a discount, or take it back with None; refused when it is more than the line."""
    line = find(basket, line_id)
    if discount is not None:
        if line.state != OK:
            raise NotNow("basket.line_not_ok", line=line_id, state=line.state)
        if discount.kind == AMOUNT and discount.value > line.gross:
            raise Invalid("basket.discount_exceeds_amount", value=discount.value, amount_minor=line.gross)
    return _with_line(basket, replace(line, discount=discount))


def discount_basket(basket: Basket, discount: Discount | None) -> Basket:
    """Give the whole basket a discount on top of the lines' own, or take it back with None."""
    if discount is not None and discount.kind == AMOUNT:
        nets = sum(line.gross - _line_discount(line) for line in basket.lines)
        if discount.value > nets:
            raise Invalid("basket.discount_exceeds_amount", value=discount.value, amount_minor=nets)
    return _next(basket, discount=discount)


def resolve(basket: Basket, line_id: str, line: Line) -> Basket:
    """Replace a red row by the line of the chosen product or with its price; its place and id are kept.

    Where the code was unknown, the line remembers it as `resolved_code`.
    """
    old = find(basket, line_id)
    if old.state == OK:
        raise NotNow("basket.line_is_ok", line=line_id)
    scanned = old.code if old.state == UNKNOWN else line.resolved_code
    resolved = replace(line, id=old.id, resolved_code=scanned)
    _check_line(resolved)
    return _with_line(basket, resolved)


def find(basket: Basket, line_id: str) -> Line:
    """The line, or `NotFound("basket.line_not_found")`."""
    for line in basket.lines:
        if line.id == line_id:
            return line
    raise NotFound("basket.line_not_found", line=line_id)


def blocked(basket: Basket) -> tuple[str, ...]:
    """Ids of the red rows that keep the basket from tender."""
    return tuple(line.id for line in basket.lines if line.state != OK)


def totals(basket: Basket, tax_policy: TaxPolicy) -> Totals:
    """Everything the screen and the receipt show; exact to the minor unit, and never negative."""
    lines = basket.lines
    grosses = [line.gross for line in lines]
    discounts = [
        line.discount.of(gross) if line.discount else 0 for line, gross in zip(lines, grosses, strict=True)
    ]
    nets = [gross - discount for gross, discount in zip(grosses, discounts, strict=True)]
    off = basket.discount.of(sum(nets)) if basket.discount else 0
    shared = split(off, nets) if off else [0] * len(lines)
    finals = [net - share for net, share in zip(nets, shared, strict=True)]
    sold = [i for i, line in enumerate(lines) if line.state == OK]
    tax = compute([(finals[i], lines[i].tax_code) for i in sold], tax_policy)
    tax_by_line = dict(zip(sold, tax.line_amounts, strict=True))
    return Totals(
        lines=tuple(
            LineTotal(grosses[i], discounts[i], shared[i], finals[i], tax_by_line.get(i, 0))
            for i in range(len(lines))
        ),
        gross=sum(grosses),
        discount=sum(discounts) + off,
        taxes=tax.taxes,
        total=sum(finals) + tax.added_minor,
        pieces=count_pieces((line.quantity, line.unit) for line in lines if line.state == OK),
        added=tax.added_minor,
    )


def count_pieces(quantities: Iterable[tuple[int, str]]) -> int:
    """Pieces of (quantity, unit) pairs; a weighed line counts as one."""
    return sum(pieces_of(quantity, unit) for quantity, unit in quantities)


def _line_discount(line: Line) -> int:
    return line.discount.of(line.gross) if line.discount else 0


def _twins(old: Line, new: Line) -> bool:
    plain = all(
        line.state == OK
        and line.sku is not None
        and line.discount is None
        and not line.weighed
        and line.amount_minor is None
        and line.resolved_code is None
        for line in (old, new)
    )
    same = ("sku", "unit", "unit_price_minor", "price_ref", "tax_code", "note")
    return plain and all(getattr(old, name) == getattr(new, name) for name in same)


def _check_line(line: Line) -> None:
    check_quantity(line.quantity)
    if line.state not in STATES:
        raise Invalid("basket.unknown_state", state=line.state)
    if line.state == OK and (line.sku is None or line.unit_price_minor is None):
        raise Invalid("basket.line_incomplete", line=line.id)
    if line.unit_price_minor is not None and line.unit_price_minor < 0:
        raise Invalid("basket.price_negative", line=line.id)
    if line.unit == PIECE and not line.weighed and not is_whole(line.quantity):
        raise Invalid("basket.quantity_not_whole", line=line.id, quantity=line.quantity)


def _with_line(basket: Basket, line: Line) -> Basket:
    lines = tuple(line if old.id == line.id else old for old in basket.lines)
    return _next(basket, lines=lines)


def _next(basket: Basket, **changes: Any) -> Basket:
    return replace(basket, version=basket.version + 1, **changes)
