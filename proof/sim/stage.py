"""What all parties of a world share: chance, time, the state of HQ, the counts of misfortunes, notes and the trace."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable

from proof.sim.chance import Chance
from proof.sim.record import Record
from proof.sim.timeline import Timeline


class PowerCut(BaseException):
    """The process ends here. Nothing that it runs can catch this: it is no `Exception`."""


class Stage:
    """One seed's chance and time."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.chance = Chance(seed)
        self.timeline = Timeline()
        self.faults: Counter[str] = Counter()
        self.record = Record()
        self.hq_down = False
        self.hq_working = False
        self.projecting = True
        self.healed = False
        self._trace = hashlib.sha256()

    def stream(self, name: str) -> random.Random:
        """The generator of this name."""
        return self.chance.stream(name)

    def struck(self, fault: str) -> None:
        """Count a misfortune that really happened."""
        self.faults[fault] += 1
        self.saw(fault.encode())

    def saw(self, *parts: bytes) -> None:
        """Add to the trace: what was said on the line and what struck, each with its time."""
        self._trace.update(self.timeline.now_ms.to_bytes(8, "big"))
        for part in parts:
            self._trace.update(len(part).to_bytes(4, "big") + part)

    @property
    def trace(self) -> str:
        """SHA-256 over everything seen: the same seed, the same trace."""
        return self._trace.hexdigest()

    def after(self, rng: random.Random, low_ms: float, high_ms: float, action: Callable[[], None]) -> None:
        """Do it at some time in this span."""
        self.timeline.after(int(rng.uniform(low_ms, high_ms)), action)
