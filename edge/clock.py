"""The business clock (SYNC §9): last signed HQ time plus monotonic elapsed; without it the PC's clock.

It never reads below the newest journal time of this node that is not suspect, so a dead battery cannot move a day
back. The PC's clock is watched against the monotonic one: after a leap forward its times are suspect and raise no
floor, so that the clock may be set right again; events say so, and no new price starts by them.
"""

from __future__ import annotations

from dataclasses import dataclass

from retail.clock import Clock

STEP_MS = 10 * 60_000  # a step beyond this is an event (SYNC §9)


@dataclass(frozen=True)
class Step:
    """The business clock went from `before_ms` to `after_ms` although no time passed."""

    before_ms: int
    after_ms: int


class BusinessClock:
    """Wraps the machine's clock; `learn` is called with each signed time from HQ."""

    def __init__(self, machine: Clock, floor_ms: int = 0) -> None:
        self._machine = machine
        self._floor_ms = floor_ms
        self._hq: tuple[int, int] | None = None
        self._seen = (machine.now_ms(), machine.monotonic_ms())
        self._trusted: tuple[int, int] | None = None

    @property
    def suspect(self) -> bool:
        """Has the PC's clock leapt forward, with nobody to confirm it?"""
        return self._trusted is not None

    def distrust(self, last_ms: int) -> None:
        """From now on the PC's time is suspect: the last time to be trusted was `last_ms`, just now."""
        self._trusted = (last_ms, self._machine.monotonic_ms())

    def now_ms(self) -> int:
        """Business time, UTC milliseconds."""
        if self._hq is not None:
            hq_ms, at_monotonic = self._hq
            return hq_ms + self._machine.monotonic_ms() - at_monotonic
        return max(self._machine.now_ms(), self._floor_ms)

    def price_ms(self) -> int:
        """The time by which prices start and end: a suspect clock is not believed, what has passed is."""
        if self._trusted is None:
            return self.now_ms()
        trusted_ms, at_monotonic = self._trusted
        return trusted_ms + self._machine.monotonic_ms() - at_monotonic

    def monotonic_ms(self) -> int:
        """The machine's monotonic clock."""
        return self._machine.monotonic_ms()

    def rise(self, at_ms: int) -> None:
        """Something was recorded at this time: business time does not go below it any more."""
        if not self.suspect:
            self._floor_ms = max(self._floor_ms, at_ms)

    def learn(self, hq_ms: int) -> int:
        """Take a signed HQ time; returns by how many milliseconds business time stepped."""
        before = self.now_ms()
        self._hq = (hq_ms, self._machine.monotonic_ms())
        self._floor_ms = min(self._floor_ms, hq_ms)
        self._trusted = None
        return self.now_ms() - before

    def look(self) -> Step | None:
        """Did the PC's clock leap since the last look? A small step is followed in silence."""
        wall, monotonic = self._machine.now_ms(), self._machine.monotonic_ms()
        expected = self._seen[0] + monotonic - self._seen[1]
        self._seen = (wall, monotonic)
        step = wall - expected
        if abs(step) <= STEP_MS or self._hq is not None:
            return None
        before = max(expected, self._floor_ms)
        if step > 0:
            self.rise(before)
            self.distrust(self.price_ms() if self.suspect else before)
        else:
            self._trusted = None
        return Step(before, self.now_ms())

    def offset_ms(self) -> int:
        """Business time minus the PC's clock, for HQ's fleet page."""
        return self.now_ms() - self._machine.now_ms()
