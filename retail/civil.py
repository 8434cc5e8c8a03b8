"""Civil time of a store: what its wall clock shows, and the instant that means.

A civil time that a change of clocks skips is the first instant after the gap; one that happens twice is the
first (SYNC §6). The business date is the store-local date minus the chain's day-turn.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from retail.errors import Invalid

DAY_TURN = "04:00"
DAYS_HELD = 3
_CIVIL = re.compile(r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})", re.ASCII)
_TURN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FIRST, _LAST = "0001-01-01 00:00", "9999-12-31 23:59"


@lru_cache(maxsize=64)
def zone_named(zone: str) -> ZoneInfo:
    """The IANA zone, or `Invalid("civil.unknown_zone")`."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("civil.unknown_zone", zone=zone[:40])


@lru_cache(maxsize=8192)
def civil_to_ms(civil: str, zone: str) -> int:
    """UTC milliseconds of "YYYY-MM-DDTHH:MM" in an IANA zone; raises `Invalid("civil.unreadable")`."""
    tz = zone_named(zone)
    found = _CIVIL.fullmatch(civil)
    if found is None:
        raise Invalid("civil.unreadable", text=civil[:40])
    try:
        year, month, day, hour, minute = (int(part) for part in found.groups())
        local = datetime(year, month, day, hour, minute, tzinfo=tz)
        first = local.astimezone(UTC)
        if first.astimezone(tz).replace(tzinfo=None) != local.replace(tzinfo=None):
            first = _first_after_gap(local, tz)
    except (ValueError, OverflowError):
        raise Invalid("civil.unreadable", text=civil[:40])
    return (first - _EPOCH) // timedelta(milliseconds=1)


def _first_after_gap(local: datetime, tz: ZoneInfo) -> datetime:
    """Bisect for the change of offset: fold=1 reads a skipped time with the new offset, before the change.

    Offsets are whole seconds, so the middle of two seconds or more lies between them.
    """
    before = local.replace(fold=1).astimezone(UTC)
    after = local.replace(fold=0).astimezone(UTC)
    new_offset = after.astimezone(tz).utcoffset()
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after


def _local(now_ms: int, zone: str) -> datetime:
    return (_EPOCH + timedelta(milliseconds=now_ms)).astimezone(zone_named(zone))


def business_day(now_ms: int, zone: str, day_turn: str = DAY_TURN) -> str:
    """The business date "YYYY-MM-DD": before the day-turn it is still yesterday's."""
    found = _TURN.fullmatch(day_turn)
    if found is None:
        raise Invalid("civil.day_turn", text=day_turn[:40])
    local = _local(now_ms, zone)
    early = (local.hour, local.minute) < (int(found[1]), int(found[2]))
    return (local.date() - timedelta(days=1 if early else 0)).isoformat()


def day_not_back(today: str, last: str) -> str:
    """The business date of a terminal whose greatest was `last` ("" = none): it does not go back, unless `last` is
    further ahead than a corrected clock or a moved day-turn explains (docs/adr/0025).
    """
    if last <= today:
        return today
    ahead = (date.fromisoformat(last) - date.fromisoformat(today)).days
    return last if ahead <= DAYS_HELD else today


def store_local(now_ms: int, zone: str) -> str:
    """What the store's wall clock shows: "YYYY-MM-DD HH:MM".

    Any number is shown, as a peer may tell any: what no calendar has is the first or the last minute that one has.
    Raises `Invalid("civil.unknown_zone")`.
    """
    try:
        return _local(now_ms, zone).replace(tzinfo=None).isoformat(" ", "minutes")
    except OverflowError:
        return _LAST if now_ms > 0 else _FIRST
