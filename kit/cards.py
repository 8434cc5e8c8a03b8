"""Card numbers that somebody typed, or a magnetic stripe reader sent, where no card number belongs (FAULTS SC-36).

Lianpu has no field for them; free text that holds one is refused before it is stored or logged.
"""

from __future__ import annotations

import re

_TRACK = re.compile(r"%[Bb][0-9 ]{12,19}\^|;[0-9]{12,19}=")
_RUN = re.compile(r"(?<![0-9])[2-6](?:[ -]?[0-9]){13,18}(?![0-9])")


_OWN_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b", re.ASCII)


def holds_card_number(text: str) -> bool:
    """Track data, or 14 to 19 digits (blanks and hyphens between them) that begin and check like a card's.

    Our own identities (UUIDv7) are taken out first: their digits may check like a card's by chance. 14 digits
    count only with the beginnings of that length (30, 36, 38, 39): others are article numbers.
    """
    if _TRACK.search(text):
        return True
    for found in _RUN.finditer(_OWN_ID.sub("", text)):
        digits = re.sub(r"[^0-9]", "", found.group())
        if len(digits) == 14 and digits[:2] not in ("30", "36", "38", "39"):
            continue
        if _luhn(digits):
            return True
    return False


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
