"""The business clock (SYNC §9): last signed HQ time plus monotonic elapsed; without it the PC's clock.

It never reads below the newest journal time of this node, so a dead battery cannot move a day back.
"""

from __future__ import annotations

from retail.clock import Clock


class BusinessClock:
    """Wraps the machine's clock; `learn` is called with each signed time from HQ."""

    def __init__(self, machine: Clock, floor_ms: int = 0) -> None:
        self._machine = machine
        self._floor_ms = floor_ms
        self._hq: tuple[int, int] | None = None

    def now_ms(self) -> int:
        """Business time, UTC milliseconds."""
        if self._hq is not None:
            hq_ms, at_monotonic = self._hq
            return hq_ms + self._machine.monotonic_ms() - at_monotonic
        return max(self._machine.now_ms(), self._floor_ms)

    def monotonic_ms(self) -> int:
        """The machine's monotonic clock."""
        return self._machine.monotonic_ms()

    def learn(self, hq_ms: int) -> int:
        """Take a signed HQ time; returns by how many milliseconds business time stepped."""
        before = self.now_ms()
        self._hq = (hq_ms, self._machine.monotonic_ms())
        return self.now_ms() - before

    def offset_ms(self) -> int:
        """Business time minus the PC's clock, for HQ's fleet page."""
        return self.now_ms() - self._machine.now_ms()
