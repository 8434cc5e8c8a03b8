"""How much goes into one push, and when the next try is made. Pure.

A batch holds 1…500 events and 256 KiB of plain bodies; a body that is larger alone is a batch of one. The
size doubles with each receipt and halves when HQ cannot read an envelope or the line is too slow for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

EVENTS_MAX = 500
PLAIN_BYTES_MAX = 256 * 1024
FIRST_EVENTS = 64

POLL_SPREAD = 0.2
IDLE_AFTER_MS = 30 * 60_000
PATIENCE = 10
PATIENT_MS_MAX = 120_000

RETRY_BASE_MS = 1_000
RETRY_CAP_MS = 30_000
RETRY_SPREAD_MS = 5_000
BUSY_CAP_MS = 8_000

Uniform = Callable[[float, float], float]


@dataclass(frozen=True)
class Polls:
    """How long between two hellos while the shop works, and at rest."""

    open_ms: int = 15_000
    idle_ms: int = 60_000


POLLS = Polls()


@dataclass(frozen=True)
class BatchSize:
    """How many events the next push may hold."""

    events: int = FIRST_EVENTS

    def grown(self) -> BatchSize:
        """After a receipt."""
        return BatchSize(min(EVENTS_MAX, self.events * 2))

    def halved(self, sent: int) -> BatchSize:
        """After an envelope of `sent` events was refused or took too long."""
        return BatchSize(max(1, sent // 2))


def cut(sizes: Sequence[int], events_max: int, plain_max: int = PLAIN_BYTES_MAX) -> int:
    """How many of the waiting bodies (their sizes in order) go into one batch: at least one."""
    total = 0
    for count, size in enumerate(sizes[:events_max]):
        total += size + 4
        if total > plain_max and count > 0:
            return count
    return min(len(sizes), events_max)


def poll_ms(polls: Polls, idle: bool, uniform: Uniform, took_ms: int = 0) -> int:
    """Until the next question that only looks, ±20 %; at least ten times as long as the last answer took.

    An HQ that takes seconds has more stores than it can carry. If all went on asking as often, it would work on
    questions that nobody waits for any more, and sales would stand in line behind them (ADR 20).
    """
    base = max(polls.idle_ms if idle else polls.open_ms, min(PATIENCE * took_ms, PATIENT_MS_MAX))
    return int(base * uniform(1 - POLL_SPREAD, 1 + POLL_SPREAD))


def retry_ms(
    tries: int, uniform: Uniform, retry_after_ms: int | None = None, cap_ms: int = RETRY_CAP_MS
) -> int:
    """Until try number `tries` (1 = the first retry); HQ's own Retry-After wins.

    The first retry is anywhere in the spread, so that all stores of a chain do not knock together (P4). Sales that a
    living HQ sent away for want of room come again sooner (`BUSY_CAP_MS`) than downloads that it sent away (P5).
    """
    if retry_after_ms is not None:
        return max(1, int(retry_after_ms * uniform(1.0, 1.2)))
    if tries <= 1:
        return max(1, int(uniform(0, RETRY_SPREAD_MS)))
    return int(min(cap_ms, RETRY_BASE_MS * 2 ** min(tries, 20)) * uniform(0.5, 1.5))
