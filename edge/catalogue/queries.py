"""Find products and their price at this moment in this store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge.reference import queries
from edge.reference.cache import Reference
from kit.db import Row
from retail.catalogue import Text
from retail.pricing import Price, price_at

SEARCH_LIMIT = 40


@dataclass(frozen=True)
class Offer:
    """A product as this store sells it now; `price` is None when nobody has priced it."""

    sku: str
    code: str
    name: Text
    spec: str
    unit: str
    weighed: bool
    tax_code: str
    quantity: int
    price: Price | None

    @property
    def price_minor(self) -> int | None:
        """The unit price, or None."""
        return None if self.price is None else self.price.price_minor

    @property
    def price_ref(self) -> str:
        """Which price it is, for the event: scope and key."""
        return "" if self.price is None else self.price.ref


def prices_now(reference: Reference, skus: Iterable[str], at_ms: int) -> dict[str, Price]:
    """The price in force per sku; products without one are missing from the answer."""
    store = reference.settings.need_store()
    found = {}
    for sku, prices in reference.prices(skus).items():
        price = price_at(prices, sku=sku, store=store.code, zone=store.zone, tz=store.time_zone, at_ms=at_ms)
        if price is not None:
            found[sku] = price
    return found


def offers_for_codes(reference: Reference, codes: Iterable[str], at_ms: int) -> list[Offer]:
    """Every active product under the first number that leads to any; codes come best first.

    Spellings that differ in leading zeros are one number (GS1: UPC-A, EAN-13 and GTIN-14 share one space), so two
    products that were keyed in with different spellings are both offered.
    """
    wanted = list(codes)
    rows = queries.products_by_codes(reference.db, wanted)
    for number in dict.fromkeys(_number(code) for code in wanted):
        mine = {row["sku"]: row for row in rows if _number(row["code"]) == number}
        if mine:
            return _offers(reference, list(mine.values()), at_ms)
    return []


def offers_for_skus(reference: Reference, skus: Iterable[str], at_ms: int) -> dict[str, Offer]:
    """Products by sku, active or not, with today's price."""
    rows = queries.products_by_skus(reference.db, skus)
    return {offer.sku: offer for offer in _offers(reference, list(rows.values()), at_ms)}


def search(reference: Reference, text: str, at_ms: int, limit: int = SEARCH_LIMIT) -> list[Offer]:
    """Products whose names, initials or codes hold every word of the text; the best match first."""
    words = text.lower().split()[:6]
    if not words:
        return []
    return _offers(reference, queries.search(reference.db, words, limit), at_ms)


def _number(code: str) -> str:
    return code.lstrip("0") if code.isdecimal() else code


def _offers(reference: Reference, rows: list[Row], at_ms: int) -> list[Offer]:
    prices = prices_now(reference, [row["sku"] for row in rows], at_ms)
    return [_offer(row, prices.get(row["sku"])) for row in rows]


def _offer(row: Row, price: Price | None) -> Offer:
    keys = row.keys()
    return Offer(
        sku=row["sku"],
        code=row["code"] if "code" in keys else row["sku"],
        name={"en": row["name_en"], "zh-Hans": row["name_zh_hans"], "zh-Hant": row["name_zh_hant"]},
        spec=row["spec"],
        unit=row["unit"],
        weighed=bool(row["weighed"]),
        tax_code=row["tax_code"],
        quantity=row["pieces"] if "pieces" in keys else 1000,
        price=price,
    )
