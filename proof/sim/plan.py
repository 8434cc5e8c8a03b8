"""A plan: how large the world is, what the line does, and which misfortune strikes whom and when.

A plan is made from a seed and nothing else, and it is data: what fails can be shrunk to the strikes that matter and
written down.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from proof.sim.network import FATES
from proof.sim.timeline import START_MS

DAY_MS = 12 * 60_000
STORES_MAX, TERMINALS_MAX = 50, 3
SIZES = (1, 2, 2, 2, 2, 3, 3, 4)
LARGE_EVERY, LARGE_SIZES = 500, (8, 13, 20, 35, 50)  # seeds 499, 999, …: the long mode comes to them


@dataclass(frozen=True)
class Strike:
    """One misfortune: `store` is whom it meets, `number` names its own stream of chance."""

    number: int
    at_ms: int
    fault: str
    store: str


@dataclass(frozen=True)
class Plan:
    """One world. `line` are the fates that a request can meet at all."""

    seed: int
    stores: int
    terminals: int
    days: int
    line: frozenset[str]
    strikes: tuple[Strike, ...]

    @property
    def end_ms(self) -> int:
        """When the last day is over."""
        return START_MS + self.days * DAY_MS

    @property
    def store_days(self) -> int:
        """Days of all stores together."""
        return self.stores * self.days

    def only(self, strikes: tuple[Strike, ...], line: frozenset[str]) -> Plan:
        """The same world with fewer misfortunes."""
        return replace(self, strikes=strikes, line=line)

    def lines(self) -> list[str]:
        """The plan for people: one misfortune a line."""
        found = [f"{self.stores} stores, {self.terminals} terminals each, {self.days} days"]
        if self.line:
            found.append("line: " + ", ".join(sorted(self.line)))
        return found + [
            f"{(strike.at_ms - START_MS) / 1000:8.1f} s  {strike.store}  {strike.fault} #{strike.number}"
            for strike in self.strikes
        ]


def names(stores: int) -> list[str]:
    """The store codes of a world."""
    return [f"{n:03d}" for n in range(1, stores + 1)]


@dataclass(frozen=True)
class Odds:
    """How often a misfortune strikes a day: each store for itself, or the whole chain at once (`wide`)."""

    chance: float
    wide: bool = False


def make_plan(
    seed: int, odds: Mapping[str, Odds], *, store_days: int | None = None, stores: int | None = None
) -> Plan:
    """The seed's plan; a wide misfortune names the first store, which means nothing."""
    rng = random.Random(f"{seed}/plan")
    large = seed % LARGE_EVERY == LARGE_EVERY - 1
    count = min(STORES_MAX, stores or rng.choice(LARGE_SIZES if large else SIZES))
    days = max(1, (store_days or count) // count)
    plan = Plan(seed, count, rng.randint(1, TERMINALS_MAX), days, frozenset(FATES), ())
    span = plan.end_ms - START_MS
    strikes = []
    for fault, odd in odds.items():
        for store in names(1 if odd.wide else count):
            for _ in range(days):
                if rng.random() < odd.chance:
                    at = START_MS + int(rng.uniform(span * 0.05, span * 0.85))
                    strikes.append(Strike(0, at, fault, store))
    strikes.sort(key=lambda strike: (strike.at_ms, strike.fault, strike.store))
    return replace(plan, strikes=tuple(replace(strike, number=n) for n, strike in enumerate(strikes)))
