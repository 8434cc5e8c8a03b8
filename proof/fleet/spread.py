"""P4: stores that were dropped come back spread out, as the protocol promises it for each of their tries.

After a failure a store tries again within 5 s at random, from its second failure in a row on after 2ⁿ s up to 30 s, up
to 8 s where HQ said that too many wait, each × 0.5 … 1.5 (docs/sync-protocol.md; SYNC §9). So each failure names a
window in which the next try is equally likely everywhere. Two things follow for all failures of a run, and each is
judged with a statistical margin:

- in no second come more tries than the windows over it let expect;
- no tenth of the windows gets more than its share: that names a pause without its jitter also where the failures were
  spread out already, so that no second is busier than another.

The windows are written down here once more on purpose: a rule that is judged by itself is always kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

FIRST_MS = 5_000.0
BASE_MS, CAP_MS, BUSY_CAP_MS = 1_000.0, 30_000.0, 8_000.0
LONGEST_MS = CAP_MS * 1.5
SIGMAS = 6.0  # by chance alone once in hundreds of millions
TENTHS = 10
LATE_SECONDS = 1  # a loop with thousands of nodes may wake one that much too late
SLACK_MS = 250.0  # between an answer and the moment the node has read it


@dataclass(frozen=True)
class Drop:
    """A failed try, the `tries`-th in a row, and when the node means to come again. Milliseconds, monotonic."""

    at_ms: int
    tries: int
    due_ms: int
    retry_after_ms: int | None = None
    busy: bool = False

    @property
    def kind(self) -> str:
        """Which of the rules is meant to have set the pause."""
        if self.retry_after_ms is not None:
            return "told"
        return "first" if self.tries <= 1 else "later"

    @property
    def window(self) -> tuple[float, float]:
        """From when to when the next try may come."""
        if self.retry_after_ms is not None:
            low, high = self.retry_after_ms * 1.0, self.retry_after_ms * 1.2
        elif self.tries <= 1:
            low, high = 0.0, FIRST_MS
        else:
            pause = min(BUSY_CAP_MS if self.busy else CAP_MS, BASE_MS * 2 ** min(self.tries, 20))
            low, high = pause * 0.5, pause * 1.5
        return self.at_ms + low, self.at_ms + max(high, low + 1)


@dataclass
class Spread:
    """All failures of a run, and the second in which each try after one really came."""

    drops: list[Drop] = field(default_factory=list)
    came: Counter[int] = field(default_factory=Counter)

    def back(self, at_ms: int) -> None:
        """A node that was dropped tries again."""
        self.came[at_ms // 1000] += 1

    def wrong(self) -> list[str]:
        """Where P4 does not hold."""
        return [f"P4: {why}" for why in (*self._storm(), *self._outside(), *unspread(self.drops))]

    def busiest(self) -> str:
        """The second in which most of them came."""
        count, due = max(((count, due) for _, count, due in self._seconds()), default=(0, 0.0))
        return f"{len(self.drops)} tries failed; {_beside(count, due)}"

    def _storm(self) -> Iterator[str]:
        over, count, due = max(self._seconds(), default=(0.0, 0, 0.0))
        if over > 0:
            yield _beside(count, due)

    def _seconds(self) -> Iterator[tuple[float, int, float]]:
        """Of each second how much too many came, how many, and how many the windows let expect."""
        promised = expected(self.drops)
        for second, count in self.came.items():
            due = sum(promised[second - late] for late in range(LATE_SECONDS + 1))
            yield count - most(due), count, due

    def _outside(self) -> Iterator[str]:
        outside = [drop for drop in self.drops if not _within(drop)]
        if outside:
            pause = outside[0].due_ms - outside[0].at_ms
            yield f"{len(outside)} tries out of their time, one {pause} ms after failure number {outside[0].tries}"


def _beside(count: int, due: float) -> str:
    return (
        f"{count} dropped nodes came in one second, where {due:.0f} are expected and {most(due):.0f} the most"
    )


def _within(drop: Drop) -> bool:
    low, high = drop.window
    return low - SLACK_MS <= drop.due_ms <= high + SLACK_MS


def most(due: float) -> float:
    """What a count may be by chance where so much is expected: six standard deviations of a Poisson count, and six."""
    return due + SIGMAS * float(due**0.5) + SIGMAS


def expected(drops: Sequence[Drop]) -> defaultdict[int, float]:
    """Per second how many tries the windows let expect."""
    found: defaultdict[int, float] = defaultdict(float)
    for drop in drops:
        low, high = drop.window
        for second in range(int(low // 1000), int(high // 1000) + 1):
            overlap = min(high, (second + 1) * 1000) - max(low, second * 1000)
            found[second] += max(0.0, overlap) / (high - low)
    return found


def unspread(drops: Sequence[Drop]) -> list[str]:
    """The tenths of the windows that have too many of the tries, rule by rule."""
    found = []
    for kind in ("first", "later", "told"):
        tenths = Counter(tenth(drop) for drop in drops if drop.kind == kind)
        count, place = max(((count, place) for place, count in tenths.items()), default=(0, 0))
        if count > most(tenths.total() / TENTHS):
            found.append(
                f"{count} of {tenths.total()} tries ({kind}) were put into tenth {place + 1} of their time"
            )
    return found


def tenth(drop: Drop) -> int:
    """In which tenth of its window the next try is meant to come, from 0."""
    low, high = drop.window
    return min(TENTHS - 1, max(0, int((drop.due_ms - low) * TENTHS / (high - low))))
