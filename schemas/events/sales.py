"""Sales, returns and what happens around a basket."""

from __future__ import annotations

import msgspec


class DiscountGiven(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is parts per million for "percent" and minor units for "amount"."""

    kind: str
    value: int
    reason: str
    approved_by: str | None = None


class SaleLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line as sold. `total_minor` is what the line contributes to the total after all discounts.

    Fields at their default are left out of the body, so that 150 lines stay far below its limit.
    """

    line: int
    sku: str
    code: str
    name: dict[str, str]
    quantity: int
    unit_price_minor: int
    price_ref: str
    gross_minor: int
    total_minor: int
    unit: str = "pc"
    discount_minor: int = 0
    basket_discount_minor: int = 0
    tax_code: str = ""
    tax_minor: int = 0
    discount: DiscountGiven | None = None
    spec: str = ""
    resolved_code: str | None = None
    keyed_weight: bool = False


class TaxLine(msgspec.Struct, frozen=True, kw_only=True):
    """One tax code of a document; `base_minor` is without tax."""

    code: str
    rate_ppm: int
    included: bool
    base_minor: int
    amount_minor: int


class TenderLine(msgspec.Struct, frozen=True, kw_only=True):
    """Cash or a card on a standalone terminal; never any part of a card number."""

    kind: str
    amount_minor: int
    given_minor: int
    change_minor: int
    approval: str | None = None


class SaleCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """A finished sale. total = Σ line totals (+ added tax); payable = total + rounding = Σ tender amounts."""

    number: str
    terminal: str
    series: str
    n: int
    basket: str
    started_at: int
    currency: str
    lines: list[SaleLine]
    taxes: list[TaxLine]
    gross_minor: int
    discount_minor: int
    total_minor: int
    rounding_minor: int
    payable_minor: int
    tenders: list[TenderLine]
    change_minor: int
    pieces: int
    discount: DiscountGiven | None = None


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    """Part of a sold line that came back; amounts are positive."""

    line: int
    original_line: int
    sku: str
    name: dict[str, str]
    quantity: int
    unit: str
    total_minor: int
    tax_code: str
    tax_minor: int


class ReturnCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """Goods back against a receipt of this store; all amounts positive, money flows out."""

    number: str
    terminal: str
    series: str
    n: int
    original: str
    original_number: str
    reason: str
    currency: str
    lines: list[ReturnLine]
    taxes: list[TaxLine]
    total_minor: int
    rounding_minor: int
    payable_minor: int
    tenders: list[TenderLine]
    pieces: int


class ReceiptReprinted(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of a receipt was asked for; `copy` is the number printed on it."""

    document: str
    number: str
    copy: int
    reason: str = ""


class BasketAborted(msgspec.Struct, frozen=True, kw_only=True):
    """A basket that was begun and not sold leaves this trace."""

    basket: str
    started_at: int
    reason: str
    lines: int
    pieces: int
    total_minor: int
    currency: str
