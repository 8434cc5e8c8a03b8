"""The only place where the real clock is read.

Stored time is UTC milliseconds; durations use the monotonic side; a simulation passes a clock of its own
(see `retail.clock.Clock` for the promise).
"""

from __future__ import annotations

import time


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """UTC now, in milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """A clock that never goes back, in milliseconds from an arbitrary start."""
        return time.monotonic_ns() // 1_000_000


class ManualClock:
    """A clock that moves only when told: for simulations and tests."""

    def __init__(self, now_ms: int = 1_783_674_000_000, monotonic_ms: int = 0) -> None:
        self._now_ms = now_ms
        self._monotonic_ms = monotonic_ms

    def now_ms(self) -> int:
        """The wall time that was set last, moved by `advance`."""
        return self._now_ms

    def monotonic_ms(self) -> int:
        """The sum of all `advance` calls."""
        return self._monotonic_ms

    def advance(self, ms: int) -> None:
        """Let time pass on both sides."""
        self._now_ms += ms
        self._monotonic_ms += ms

    def set_wall(self, now_ms: int) -> None:
        """Jump the wall clock alone, as a dead battery or a technician would."""
        self._now_ms = now_ms
