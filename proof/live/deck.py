"""A shuffled deck: everything is dealt once before anything is dealt again, in an order that the seed says."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence


class Deck:
    """Safe from several threads."""

    def __init__(self, cards: Sequence[str], dice: random.Random) -> None:
        self._cards = list(cards)
        self._dice = dice
        self._left: list[str] = []
        self._lock = threading.Lock()

    def deal(self) -> str:
        """The next card."""
        with self._lock:
            if not self._left:
                self._left = self._dice.sample(self._cards, len(self._cards))
            return self._left.pop()

    def between(self, low: float, high: float) -> float:
        """A number from the same stream of chance."""
        with self._lock:
            return self._dice.uniform(low, high)

    def below(self, count: int) -> int:
        """A whole number from 0 up to, not including, `count`."""
        with self._lock:
            return self._dice.randrange(count)

    def noise(self, count: int) -> bytes:
        """Bytes that mean nothing."""
        with self._lock:
            return self._dice.randbytes(count)
