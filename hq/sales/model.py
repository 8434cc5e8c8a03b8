"""Days and what a store has told HQ so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from retail.errors import Invalid

LATE_MS = 5 * 60_000


@dataclass(frozen=True)
class StoreState:
    """How fresh HQ's knowledge of a store is. `heard_at` is the last sign of life, `late` says it is too old."""

    code: str
    name: str
    zone: str
    time_zone: str
    enrolled: bool
    heard_at: int | None
    unsent: int | None
    day: str
    late: bool


def checked_day(text: str) -> str:
    """A calendar date as `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Invalid("sales.day_unreadable", value=text[:20])


def is_day(text: str) -> bool:
    """Is it a date as HQ writes one? A store may tell any text."""
    try:
        return checked_day(text) == text
    except Invalid:
        return False


def shifted(day: str, days: int) -> str:
    """Some days before or after, as far as the calendar goes."""
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        return (date.max if days > 0 else date.min).isoformat()


def weekday(day: str) -> int:
    """0 = Monday."""
    return date.fromisoformat(day).weekday()
