"""Virtual time: a heap of things to do, and clocks that parties read."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

START_MS = 1_783_674_000_000


class Timeline:
    """Runs actions in the order of their times; the same calls give the same order."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = count()

    def at(self, when_ms: int, action: Callable[[], None]) -> None:
        """Do it then, or now if that is past."""
        heapq.heappush(self._heap, (max(when_ms, self.now_ms), next(self._count), action))

    def after(self, delay_ms: int, action: Callable[[], None]) -> None:
        """Do it in a while."""
        self.at(self.now_ms + delay_ms, action)

    def run_until(self, end_ms: int) -> int:
        """Everything up to then; returns how many actions that were."""
        steps = 0
        while self._heap and self._heap[0][0] <= end_ms:
            when, _, action = heapq.heappop(self._heap)
            self.now_ms = when
            action()
            steps += 1
        self.now_ms = end_ms
        return steps


class PartyClock:
    """A PC's clock: the true time plus an error that a dead battery or a technician changes."""

    def __init__(self, timeline: Timeline, offset_ms: int = 0) -> None:
        self._timeline = timeline
        self.offset_ms = offset_ms

    def now_ms(self) -> int:
        """What the wall clock shows."""
        return self._timeline.now_ms + self.offset_ms

    def monotonic_ms(self) -> int:
        """Time since the world began."""
        return self._timeline.now_ms - START_MS
