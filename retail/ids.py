"""Identifiers: UUIDv7 for events, receipt numbers for people, series codes for incarnations.

Randomness comes as an argument, so that a simulation can repeat itself.
"""

from __future__ import annotations

import re
import uuid
from typing import NamedTuple

from retail.errors import Invalid

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SERIES_LENGTH = 5

_NUMBER = re.compile(r"([0-9A-Z]{1,8})-([0-9A-Z]{1,4})/([0-9A-HJKMNP-TV-Z]{5})-([1-9][0-9]{0,11})", re.ASCII)


class ReceiptNumber(NamedTuple):
    """The parts of `<store>-<terminal>/<series>-<n>`; never identity, two clones may print the same."""

    store: str
    terminal: str
    series: str
    n: int


def uuid7(ms: int, random_bytes10: bytes) -> str:
    """UUID version 7 (RFC 9562 §5.7) from UTC milliseconds and ten random bytes (74 bits are used)."""
    if len(random_bytes10) != 10 or not 0 <= ms < 1 << 48:
        raise Invalid("ids.uuid_material", bytes=len(random_bytes10), ms=ms)
    noise = int.from_bytes(random_bytes10, "big")
    rand_a = noise >> 68
    rand_b = noise & ((1 << 62) - 1)
    return str(uuid.UUID(int=ms << 80 | 7 << 76 | rand_a << 64 | 2 << 62 | rand_b))


def receipt_number(store: str, terminal: str, series: str, n: int) -> str:
    """The printed number, e.g. `001-01/K7Q2M-15`; raises `Invalid` for parts that could not be read back."""
    text = f"{store}-{terminal}/{series}-{n}"
    if _NUMBER.fullmatch(text) is None:
        raise Invalid("ids.receipt_number", text=text[:40])
    return text


def parse_receipt_number(text: str) -> ReceiptNumber:
    """Read a printed or scanned number; small letters and outer blanks are forgiven."""
    found = _NUMBER.fullmatch(text.strip().upper())
    if found is None:
        raise Invalid("ids.receipt_number", text=text[:40])
    return ReceiptNumber(found[1], found[2], found[3], int(found[4]))


def series_code(random_bytes: bytes) -> str:
    """Five Crockford base-32 letters (25 bits) from at least four random bytes."""
    if len(random_bytes) < 4:
        raise Invalid("ids.series_material", bytes=len(random_bytes))
    bits = int.from_bytes(random_bytes[:4], "big")
    return "".join(CROCKFORD[bits >> 5 * i & 31] for i in range(SERIES_LENGTH))
