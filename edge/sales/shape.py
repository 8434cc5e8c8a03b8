"""What a basket becomes in its event: the payload of a sale, and how many bytes of a body it will take."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from retail.basket import Basket, Discount, Totals
from retail.errors import LimitExceeded
from retail.postings import for_sale
from retail.tax import TaxTotal
from retail.tender import Settlement, cash, left_for_cash, settle
from schemas.events.base import BODY_BYTES_MAX
from schemas.events.sales import DiscountGiven, SaleCompleted, SaleLine, TaxLine, TenderLine

ENVELOPE_BYTES = 6 * 1024  # envelope, number, tenders and what may still be added while paying
LINES_SURE = 8  # so few lines fit whatever stands in them: at most 5 KB each


def check_room(store: str, basket: Basket, sums: Totals) -> None:
    """Raise `LimitExceeded("till.basket_too_long")` when the sale of this basket could not be one event."""
    if len(basket.lines) <= LINES_SURE:
        return
    settlement = settle(sums.total, (cash(left_for_cash(sums.total, (), 1)),) if sums.total else (), 1)
    sale = sale_of(basket, sums, settlement, number="", series="", n=0)
    post = for_sale(store, basket.terminal, basket.currency, sale.lines, sale.taxes, settlement)
    if len(msgspec.json.encode([sale, post])) > BODY_BYTES_MAX - ENVELOPE_BYTES:
        raise LimitExceeded("till.basket_too_long", lines=len(basket.lines))


def sale_of(
    basket: Basket, sums: Totals, settlement: Settlement, *, number: str, series: str, n: int
) -> SaleCompleted:
    """The payload, from what the pure rules worked out."""
    lines = [
        SaleLine(
            line=at,
            sku=line.sku or "",
            code=line.code,
            name=line.name,
            spec=line.spec,
            quantity=line.quantity,
            unit=line.unit,
            unit_price_minor=line.unit_price_minor or 0,
            price_ref=line.price_ref,
            gross_minor=total.gross,
            discount_minor=total.discount,
            basket_discount_minor=total.basket_discount,
            total_minor=total.total,
            tax_code=line.tax_code,
            tax_minor=total.tax,
            discount=_given(line.discount),
            resolved_code=line.resolved_code,
            keyed_weight=line.keyed_weight,
        )
        for at, (line, total) in enumerate(zip(basket.lines, sums.lines, strict=True), 1)
    ]
    return SaleCompleted(
        number=number,
        terminal=basket.terminal,
        series=series,
        n=n,
        basket=basket.id,
        started_at=basket.started_at,
        currency=basket.currency,
        lines=lines,
        taxes=tax_lines(sums.taxes),
        gross_minor=sums.gross,
        discount_minor=sums.discount,
        total_minor=sums.total,
        rounding_minor=settlement.rounding,
        payable_minor=settlement.payable,
        tenders=tender_lines(settlement),
        change_minor=settlement.change,
        pieces=sums.pieces,
        discount=_given(basket.discount),
    )


def tax_lines(taxes: Iterable[TaxTotal]) -> list[TaxLine]:
    """The taxes of a document as the event carries them."""
    return [
        TaxLine(
            code=tax.code,
            rate_ppm=tax.rate_ppm,
            included=tax.included,
            base_minor=tax.base_minor,
            amount_minor=tax.amount_minor,
        )
        for tax in taxes
    ]


def tender_lines(settlement: Settlement) -> list[TenderLine]:
    """The settled tenders as the event carries them."""
    return [
        TenderLine(
            kind=tender.kind,
            amount_minor=tender.amount_minor,
            given_minor=tender.given_minor,
            change_minor=tender.change_minor,
            approval=tender.approval,
        )
        for tender in settlement.tenders
    ]


def _given(discount: Discount | None) -> DiscountGiven | None:
    if discount is None:
        return None
    return DiscountGiven(
        kind=discount.kind, value=discount.value, reason=discount.reason, approved_by=discount.approved_by
    )
