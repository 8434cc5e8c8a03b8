"""From a scanned or typed code to a line: classification, lookup, weight and price labels."""

from __future__ import annotations

from dataclasses import replace

from edge.catalogue.queries import Offer, offers_for_codes
from edge.reference.cache import Reference
from retail.barcode import Scanned, classify
from retail.basket import OK, UNKNOWN, UNPRICED, Line
from retail.errors import Invalid
from retail.money import line_amount
from retail.quantity import KILOGRAM, check_quantity


def read_code(reference: Reference, raw: str, at_ms: int) -> tuple[Scanned, list[Offer]]:
    """What was scanned and which products it may mean; several offers ask for a choice."""
    settings = reference.settings
    scanned = classify(raw, settings.weighed_rules, currency_exponent=settings.exponent)
    if scanned.whole:  # a shop may use what looks like a scale label as an ordinary barcode
        offers = offers_for_codes(reference, scanned.whole, at_ms)
        if offers:
            return replace(scanned, kind="ean13", sku_code=None, weight_grams=None, amount_minor=None), offers
    return scanned, offers_for_codes(reference, scanned.lookup, at_ms)


def line_for(line_id: str, scanned: Scanned, offers: list[Offer], quantity: int | None) -> Line:
    """The line for a code: sold, unpriced, or a red row when nothing or more than one product answers."""
    if len(offers) != 1:
        return red_line(line_id, scanned.text)
    offer = offers[0]
    if scanned.kind == "weighed":
        return _label_line(line_id, scanned, offer)
    if offer.weighed:
        raise Invalid("till.weight_needed", sku=offer.sku)
    return offer_line(line_id, offer, code=scanned.text, quantity=(quantity or 1000) * offer.quantity // 1000)


def offer_line(
    line_id: str,
    offer: Offer,
    *,
    code: str,
    quantity: int,
    amount_minor: int | None = None,
    keyed: bool = False,
) -> Line:
    """A line of a known product; without a price it is a red row."""
    return Line(
        id=line_id,
        sku=offer.sku,
        code=code,
        name=offer.name,
        spec=offer.spec,
        quantity=check_quantity(quantity),
        unit=offer.unit,
        unit_price_minor=offer.price_minor,
        price_ref=offer.price_ref,
        tax_code=offer.tax_code,
        weighed=offer.weighed,
        state=OK if offer.price_minor is not None else UNPRICED,
        amount_minor=amount_minor,
        keyed_weight=keyed,
    )


def red_line(line_id: str, code: str) -> Line:
    """A code that means nothing yet: it is not in the total and blocks tender."""
    return Line(
        id=line_id,
        sku=None,
        code=code,
        name={},
        spec="",
        quantity=1000,
        unit="pc",
        unit_price_minor=None,
        price_ref="",
        tax_code="",
        weighed=False,
        state=UNKNOWN,
    )


def _label_line(line_id: str, scanned: Scanned, offer: Offer) -> Line:
    """A scale label carries a weight, an amount or both; the printed amount stands."""
    quantity = scanned.weight_grams
    if quantity is None:
        quantity = _weight_from_amount(scanned.amount_minor or 0, offer)
    amount = scanned.amount_minor
    if amount is not None and offer.price_minor is not None:
        expected = line_amount(offer.price_minor, quantity)
        amount = amount if amount != expected else None
    return offer_line(line_id, offer, code=scanned.text, quantity=quantity, amount_minor=amount)


def _weight_from_amount(amount_minor: int, offer: Offer) -> int:
    if offer.unit != KILOGRAM or not offer.price_minor:
        return 1000
    return max(1, (amount_minor * 1000 + offer.price_minor // 2) // offer.price_minor)
