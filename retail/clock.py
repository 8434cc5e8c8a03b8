"""The promise of a clock; the real one is `kit.clock.SystemClock`."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Two readings: wall time for what is stored, monotonic time for durations."""

    def now_ms(self) -> int:
        """UTC now in milliseconds since 1970."""

    def monotonic_ms(self) -> int:
        """Milliseconds from an arbitrary start; never goes back."""
