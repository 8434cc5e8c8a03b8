"""Quantity: integer thousandths of a unit; 1000 is one piece or one kilogram."""

from __future__ import annotations

import re

from retail.errors import Invalid

PIECE = "pc"
KILOGRAM = "kg"
UNITS = (PIECE, KILOGRAM)
ONE = 1000
QUANTITY_MAX = 9_999_999
BARCODE_DIGITS = 8

_QUANTITY = re.compile(r"([0-9]+)?(?:\.([0-9]*))?", re.ASCII)


def parse_quantity(text: str) -> int:
    """Read "2", "0.350" or ".5" as thousandths, greater than zero and below ten thousand.

    Eight digits or more are a barcode that landed in the quantity box:
    `Invalid("quantity.looks_like_barcode")`. Others: quantity.unreadable, quantity.too_precise,
    quantity.not_positive, quantity.too_large.
    """
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) >= BARCODE_DIGITS:
        raise Invalid("quantity.looks_like_barcode", text=plain[:40])
    found = _QUANTITY.fullmatch(plain)
    if found is None or not (found[1] or found[2]):
        raise Invalid("quantity.unreadable", text=text[:40])
    decimals = (found[2] or "").rstrip("0")
    if len(decimals) > 3:
        raise Invalid("quantity.too_precise", text=text[:40])
    return check_quantity(int((found[1] or "0")[:20] + decimals.ljust(3, "0")))


def check_quantity(quantity: int) -> int:
    """The quantity itself when a line may carry it, else `Invalid`."""
    if quantity <= 0:
        raise Invalid("quantity.not_positive", quantity=quantity)
    if quantity > QUANTITY_MAX:
        raise Invalid("quantity.too_large", quantity=quantity, limit=QUANTITY_MAX)
    return quantity


def is_whole(quantity: int) -> bool:
    """True when it is a number of whole units."""
    return quantity % ONE == 0


def pieces_of(quantity: int, unit: str) -> int:
    """What a line adds to the count of pieces: whole pieces, and one for anything weighed or broken."""
    if unit != PIECE or not is_whole(quantity):
        return 1 if quantity > 0 else -1 if quantity < 0 else 0
    return quantity // ONE if quantity >= 0 else -(-quantity // ONE)


def format_quantity(q: int, unit: str) -> str:
    """Show "2" for pieces, "0.350 kg" for kilograms; a broken number of pieces keeps its decimals ("1.5")."""
    sign = "-" if q < 0 else ""
    whole, rest = divmod(abs(q), ONE)
    if unit == KILOGRAM:
        return f"{sign}{whole}.{rest:03d} kg"
    return f"{sign}{whole}.{rest:03d}".rstrip("0").rstrip(".") if rest else f"{sign}{whole}"
