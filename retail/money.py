"""Money: integer minor units, exact splitting and one way of rounding.

Rounding is half away from zero everywhere, so that the mirror image of a sale is its return. No float is
ever made.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retail.errors import Invalid

_AMOUNT = re.compile(r"([-\u2212]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.([0-9]*))?", re.ASCII)
MINOR_MAX = 10**13
BARCODE_DIGITS = 12


def round_div(n: int, d: int) -> int:
    """n ÷ d rounded to the nearest integer, halves away from zero; d may be negative, not zero."""
    if d < 0:
        n, d = -n, -d
    quotient = (2 * abs(n) + d) // (2 * d)
    return quotient if n >= 0 else -quotient


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Share `amount` by non-negative weights so that the shares sum to it exactly (largest remainder).

    Ties go to the earlier weight; split(-a) is -split(a); weights that are all zero share evenly. A share
    never exceeds its weight while |amount| is at most the sum of the weights.
    """
    if any(weight < 0 for weight in weights):
        raise Invalid("money.negative_weight")
    if not weights:
        if amount:
            raise Invalid("money.nothing_to_share_over", amount=amount)
        return []
    shares = weights if any(weights) else [1] * len(weights)
    whole = sum(shares)
    size = abs(amount)
    parts = [size * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-(size * shares[i] % whole), i))
    for i in by_remainder[: size - sum(parts)]:
        parts[i] += 1
    return parts if amount >= 0 else [-part for part in parts]


def round_to_step(minor: int, step: int) -> int:
    """The nearest multiple of `step` minor units, halves away from zero; a step of 0 or 1 changes nothing."""
    if step < 0:
        raise Invalid("money.negative_step", step=step)
    return minor if step <= 1 else round_div(minor, step) * step


def line_amount(unit_price_minor: int, quantity: int) -> int:
    """Unit price × quantity in thousandths, rounded to the minor unit."""
    return round_div(unit_price_minor * quantity, 1000)


def parse_minor(text: str, exponent: int) -> int:
    """Read "1,234.50", "12", ".5" or "-3.00" as minor units of a currency with that many decimals.

    Raises `Invalid`: money.unreadable, money.too_precise, money.looks_like_barcode, money.too_large.
    """
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) >= BARCODE_DIGITS:
        raise Invalid("money.looks_like_barcode", text=plain)
    found = _AMOUNT.fullmatch(plain)
    if found is None or not (found[2] or found[3]):
        raise Invalid("money.unreadable", text=text[:40])
    decimals = (found[3] or "").rstrip("0")
    if len(decimals) > exponent:
        raise Invalid("money.too_precise", text=text[:40], decimals=exponent)
    digits = (found[2] or "0").replace(",", "") + decimals.ljust(exponent, "0")
    if len(digits) > 20 or int(digits) > MINOR_MAX:
        raise Invalid("money.too_large", text=text[:40])
    return -int(digits) if found[1] else int(digits)


def format_minor(minor: int, exponent: int, grouping: bool = False) -> str:
    """Minor units as "1234.50" or, grouped, "1,234.50"; the minus is an ASCII hyphen (screens may show a
    true one).
    """
    whole, rest = divmod(abs(minor), 10**exponent)
    text = f"{whole:,}" if grouping else str(whole)
    if exponent:
        text = f"{text}.{rest:0{exponent}d}"
    return f"-{text}" if minor < 0 else text
