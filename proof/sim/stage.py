"""What all parties of a world share: chance, time, the state of HQ, the counts of misfortunes and the notes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from proof.sim.record import Record
from proof.sim.timeline import Timeline


class Stage:
    """One seed's chance and time."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.timeline = Timeline()
        self.faults: Counter[str] = Counter()
        self.record = Record()
        self.hq_down = False
        self.projecting = True
        self.healed = False

    def struck(self, fault: str) -> None:
        """Count a misfortune that really happened."""
        self.faults[fault] += 1

    def after(self, low_ms: float, high_ms: float, action: Callable[[], None]) -> None:
        """Do it at some time in this span."""
        self.timeline.after(int(self.rng.uniform(low_ms, high_ms)), action)
