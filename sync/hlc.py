"""A hybrid logical clock: text `%012x%04x` of milliseconds and a counter, so that text order is time order.

It never goes back, over restarts (start it from the last text written) and over jumps of the wall clock
(invariant M4): a wall clock that stands or falls only makes the counter run.
"""

from __future__ import annotations

COUNTER_MAX = 0xFFFF
TEXT_LENGTH = 16
ZERO = "0" * TEXT_LENGTH


def parse(text: str) -> tuple[int, int]:
    """(milliseconds, counter) of a clock text; raises ValueError for anything else."""
    if len(text) != TEXT_LENGTH:
        raise ValueError(f"not a clock text: {text!r}")
    return int(text[:12], 16), int(text[12:], 16)


def render(ms: int, counter: int) -> str:
    """The text of (milliseconds, counter)."""
    return f"{ms:012x}{counter:04x}"


class Hlc:
    """The clock of one node. `last` is the greatest text written or seen."""

    def __init__(self, last: str = ZERO) -> None:
        self._ms, self._counter = parse(last)

    @property
    def last(self) -> str:
        """The greatest text so far."""
        return render(self._ms, self._counter)

    def tick(self, now_ms: int) -> str:
        """The text for something that happens now: greater than every text before it."""
        if now_ms > self._ms:
            self._ms, self._counter = now_ms, 0
        elif self._counter < COUNTER_MAX:
            self._counter += 1
        else:
            self._ms, self._counter = self._ms + 1, 0
        return self.last

    def merge(self, seen: str) -> str:
        """Take notice of another node's text; the next tick is greater than it."""
        self._ms, self._counter = max((self._ms, self._counter), parse(seen))
        return self.last
