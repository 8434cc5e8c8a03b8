"""The business clock (SYNC §9): last signed HQ time plus monotonic elapsed; without it the PC's clock.

It never reads below the newest journal time of this node that is not suspect, plus what has passed since, so a dead
battery can neither move a day back nor stop the time. A stick says how late it was at HQ, and only a later stick, or
the line, can take a wrong word back (ADR 27). The PC's clock is watched against the monotonic one: after a leap
forward its times are suspect and raise no floor, so that the clock may be set right again; events say so, and no new
price starts by them. Gainsaid by a stick alone, it is suspect too, and prices go on by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from retail.clock import Clock

STEP_MS = 10 * 60_000  # a step beyond this is an event (SYNC §9)
LEAD_MS = 3 * 86_400_000  # as far as a clock is corrected in ordinary life (ADR 25)


@dataclass(frozen=True)
class Step:
    """The business clock went from `before_ms` to `after_ms` although no time passed; `source` says by whose word."""

    before_ms: int
    after_ms: int
    source: str


class BusinessClock:
    """Wraps the machine's clock; `learn` is called with each signed time from HQ, `hear` with that of a stick.

    `heard_ms` is the time of the last stick that was taken, UTC milliseconds; 0 before there was one.
    """

    def __init__(self, machine: Clock, floor_ms: int = 0, heard_ms: int = 0) -> None:
        self._machine = machine
        self._recorded = (floor_ms, machine.monotonic_ms())
        self.heard_ms = heard_ms
        self._hq: tuple[int, int] | None = None
        self._seen = (machine.now_ms(), machine.monotonic_ms())
        self._trusted: tuple[int, int] | None = None

    @property
    def suspect(self) -> bool:
        """Has the PC's clock leapt forward, or does the last stick gainsay it, with nobody to confirm it?"""
        return self._trusted is not None or self._gainsaid(self.now_ms())

    def _gainsaid(self, now_ms: int) -> bool:
        return self._hq is None and self.heard_ms > now_ms + LEAD_MS

    @property
    def _floor_ms(self) -> int:
        """What was recorded, and what has passed since."""
        recorded_ms, at_monotonic = self._recorded
        return recorded_ms + self._machine.monotonic_ms() - at_monotonic

    def _set_floor(self, at_ms: int) -> None:
        self._recorded = (at_ms, self._machine.monotonic_ms())

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
        if self._trusted is None:
            self._set_floor(max(self._floor_ms, at_ms))

    def learn(self, hq_ms: int) -> int:
        """Take a signed HQ time; returns by how many milliseconds business time stepped."""
        before = self.now_ms()
        self._hq = (hq_ms, self._machine.monotonic_ms())
        self._set_floor(min(self._floor_ms, hq_ms))
        self.heard_ms = min(self.heard_ms, hq_ms)
        self._trusted = None
        return self.now_ms() - before

    def hear(self, at_ms: int) -> int:
        """Take the time at which HQ wrote a stick: so late it was at least. Returns by how many milliseconds business
        time stepped.

        Less than the stick before had said means that HQ's clock was ahead then. More than three days above a PC's
        clock that what was recorded bears out is not followed: one of the two is wrong, and time is suspect.
        """
        before, taken_back = self.now_ms(), at_ms < self.heard_ms - STEP_MS
        self.heard_ms = at_ms
        if taken_back:
            self._set_floor(min(self._floor_ms, at_ms))
        elif at_ms <= before + LEAD_MS or not self._borne_out():
            self.rise(at_ms)
        return self.now_ms() - before

    def _borne_out(self) -> bool:
        """Is the PC's clock where the journal expects it? A dead battery's is not, and a new PC's nobody knows."""
        recorded_ms, _ = self._recorded
        return recorded_ms > 0 and self._machine.now_ms() >= self._floor_ms - STEP_MS

    def look(self) -> Step | None:
        """Did the PC's clock leap since the last look? A small step is followed in silence."""
        wall, monotonic = self._machine.now_ms(), self._machine.monotonic_ms()
        expected = self._seen[0] + monotonic - self._seen[1]
        self._seen = (wall, monotonic)
        step = wall - expected
        if abs(step) <= STEP_MS or self._hq is not None:
            return None
        before = max(expected, self._floor_ms)
        agreed = self._gainsaid(before) and abs(wall - self.heard_ms) <= LEAD_MS
        if step > 0 and not agreed:
            self.rise(before)
            self.distrust(before if self._trusted is None else self.price_ms())
        else:
            self._trusted = None
        return Step(before, self.now_ms(), "hq" if agreed else "machine")

    def offset_ms(self) -> int:
        """Business time minus the PC's clock, for HQ's fleet page."""
        return self.now_ms() - self._machine.now_ms()
