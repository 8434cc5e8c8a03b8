"""When a backup is due, of which kind, and when a person must hear that there is none. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hq.backups.model import FULL, INCREMENTAL

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
RETRY_MS = HOUR_MS


@dataclass(frozen=True)
class Past:
    """Since when HQ exists, and when what happened last; None for never."""

    began_at: int
    tried_at: int | None
    verified_at: int | None
    full_at: int | None


def due(past: Past, *, hour: int, midnight_ms: int, now_ms: int) -> bool:
    """Once a day at this hour of the chain's day; after a failure again an hour later; missed hours are made up."""
    if hour < 0:
        return False
    wanted_at = midnight_ms + hour * HOUR_MS
    if wanted_at > now_ms:
        wanted_at -= DAY_MS
    if past.verified_at is not None and past.verified_at >= wanted_at:
        return False
    if past.verified_at is None and past.began_at > wanted_at:
        return False  # a new headquarters begins with its first night
    return past.tried_at is None or now_ms - past.tried_at >= RETRY_MS


def kind_due(past: Past, *, full_days: int, now_ms: int) -> str:
    """Incremental while the newest full backup is young."""
    if past.full_at is None or now_ms - past.full_at >= full_days * DAY_MS - HOUR_MS:
        return FULL
    return INCREMENTAL


def stale(past: Past, *, alarm_days: int, now_ms: int) -> bool:
    """Has none been verified for too long?"""
    since = past.began_at if past.verified_at is None else past.verified_at
    return now_ms - since >= alarm_days * DAY_MS
