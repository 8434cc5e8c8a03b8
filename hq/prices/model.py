"""A price in a scope and the rules for scopes and civil times."""

from __future__ import annotations

import re
from dataclasses import dataclass

from retail.civil import civil_to_ms, store_local
from retail.errors import Invalid

CIVIL = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?", re.ASCII)
PRICE_MINOR_MAX = 10**9
YEARS_AHEAD_MAX = 2


@dataclass(frozen=True)
class NewPrice:
    """A price that is going to be written."""

    sku: str
    scope: str
    price_minor: int
    from_civil: str
    until_civil: str | None = None
    note: str = ""


def parse_civil(text: str) -> str:
    """`2026-07-10`, `2026-07-10 12:00` or with a T, as `YYYY-MM-DDTHH:MM`; raises `Invalid`."""
    found = CIVIL.fullmatch(text.strip().replace("/", "-"))
    if found is None:
        raise Invalid("prices.time_unreadable", value=text[:40])
    civil = f"{found[1]}T{found[2] or '00:00'}"
    try:
        civil_to_ms(civil, "UTC")
    except Invalid:
        raise Invalid("prices.time_unreadable", value=text[:40])
    return civil


def civil_now(now_ms: int, zones: list[str]) -> str:
    """The earliest of the wall clocks of these zones, so that `now` has come everywhere."""
    return min(store_local(now_ms, zone) for zone in zones or ["UTC"]).replace(" ", "T")


def checked_start(start: str, now: str) -> str:
    """A start within the next two years: what lies further off is a slip of the year."""
    latest = f"{int(now[:4]) + YEARS_AHEAD_MAX:04d}{now[4:]}"
    if start > latest:
        raise Invalid("prices.start_too_far", latest=latest[:10])
    return start


def checked_price(price_minor: int) -> int:
    """Above zero and below ten million."""
    if price_minor <= 0:
        raise Invalid("prices.not_positive")
    if price_minor > PRICE_MINOR_MAX:
        raise Invalid("prices.too_large")
    return price_minor
