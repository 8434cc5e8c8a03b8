"""From a scanned or typed code to a line: classification, lookup, weight and price labels."""

from __future__ import annotations

from dataclasses import replace

from edge.catalogue.queries import Offer, offers_for_codes
from edge.reference.cache import Reference
from retail.barcode import Scanned, classify, masked
from retail.basket import OK, UNKNOWN, UNPRICED, Basket, Line
from retail.errors import Invalid
from retail.money import line_amount
from retail.pricing import quantity_for_amount
from retail.quantity import KILOGRAM, check_quantity
from retail.tax import UNTAXED, TaxPolicy


def read_code(reference: Reference, raw: str, at_ms: int) -> tuple[Scanned, list[Offer]]:
    """What was scanned and which products it may mean; several offers ask for a choice."""
    settings = reference.settings
    scanned = classify(raw, settings.weighed_rules, currency_exponent=settings.exponent)
    if scanned.whole:  # a shop may use what looks like a scale label as an ordinary barcode
        offers = offers_for_codes(reference, scanned.whole, at_ms)
        if offers:
            return replace(scanned, kind="ean13", sku_code=None, weight_grams=None, amount_minor=None), offers
    return scanned, offers_for_codes(reference, scanned.lookup, at_ms)


def line_for(
    reference: Reference, line_id: str, scanned: Scanned, offers: list[Offer], quantity: int | None
) -> Line:
    """The line for a code: sold, unpriced, or a red row when nothing or more than one product answers."""
    wanted = check_quantity(1000 if quantity is None else quantity)
    if len(offers) != 1:
        return red_line(line_id, scanned.text, wanted)
    offer = offers[0]
    if _is_label(scanned, offer):
        return _label_line(reference, line_id, scanned, offer)
    if offer.weighed:
        raise Invalid("till.weight_needed", sku=offer.sku)
    pieces = wanted * offer.quantity // 1000
    return offer_line(reference, line_id, offer, code=scanned.text, quantity=pieces)


def _is_label(scanned: Scanned, offer: Offer) -> bool:
    """Weight counts for goods by weight, from a scale label or a GS1 code; a printed amount for all of them."""
    if scanned.weight_grams is not None and offer.unit == KILOGRAM:
        return True
    return scanned.kind == "weighed" and scanned.amount_minor is not None


def offer_line(
    reference: Reference,
    line_id: str,
    offer: Offer,
    *,
    code: str,
    quantity: int,
    amount_minor: int | None = None,
    keyed: bool = False,
) -> Line:
    """A line of a known product; without a price, or with a tax that the chain does not know, it is a red row."""
    sellable = offer.price_minor is not None and known_tax(offer.tax_code, reference.settings.tax_policy)
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
        state=OK if sellable else UNPRICED,
        amount_minor=amount_minor,
        keyed_weight=keyed,
    )


def known_tax(code: str, policy: TaxPolicy) -> bool:
    """May goods of this tax code be sold under the chain's taxes?"""
    return not policy.rules or code in UNTAXED or any(rule.code == code for rule in policy.rules)


def with_known_taxes(basket: Basket, policy: TaxPolicy) -> Basket:
    """The basket as it can be shown when HQ took a tax away meanwhile: its lines are red rows."""
    if all(known_tax(line.tax_code, policy) for line in basket.lines):
        return basket
    lines = (
        line if known_tax(line.tax_code, policy) else replace(line, state=UNPRICED) for line in basket.lines
    )
    return replace(basket, lines=tuple(lines))


def red_line(line_id: str, code: str, quantity: int) -> Line:
    """A code that means nothing yet: it is not in the total and blocks tender.

    A customer's payment code that was scanned in the wrong place is neither shown nor kept in full.
    """
    return Line(
        id=line_id,
        sku=None,
        code=masked(code),
        name={},
        spec="",
        quantity=quantity,
        unit="pc",
        unit_price_minor=None,
        price_ref="",
        tax_code="",
        weighed=False,
        state=UNKNOWN,
    )


def _label_line(reference: Reference, line_id: str, scanned: Scanned, offer: Offer) -> Line:
    """A scale label carries a weight, an amount or both; the printed amount stands."""
    quantity, amount = scanned.weight_grams, scanned.amount_minor
    if not (quantity or amount):
        raise Invalid("till.label_empty", sku=offer.sku)
    if not quantity:
        quantity = _weight_from_amount(amount or 0, offer)
    if amount is not None and offer.price_minor is not None:
        expected = line_amount(offer.price_minor, quantity)
        amount = amount if amount != expected else None
    return offer_line(reference, line_id, offer, code=scanned.text, quantity=quantity, amount_minor=amount)


def _weight_from_amount(amount_minor: int, offer: Offer) -> int:
    if offer.unit != KILOGRAM or not offer.price_minor:
        return 1000
    return quantity_for_amount(amount_minor, offer.price_minor)
