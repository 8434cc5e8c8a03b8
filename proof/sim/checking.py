"""How a check reports: one finding per evaluation, None for good, a text for a violation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from proof.sim.record import Finding
from proof.sim.world import World

Check = Callable[[World], Iterator[Finding]]


def verdict(good: bool, problem: str) -> Finding:
    """None when good."""
    return None if good else problem


def noted(name: str) -> Check:
    """A check whose evaluations were made while the world ran."""

    def check(world: World) -> Iterator[Finding]:
        yield from world.record.notes[name]

    return check
