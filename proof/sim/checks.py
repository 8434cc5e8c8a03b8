"""All checkers by the names of SYNC §11."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from proof.sim import check_books, check_up
from proof.sim.checking import Check
from proof.sim.world import World

CHECKS: dict[str, Check] = {**check_up.CHECKS, **check_books.CHECKS}


@dataclass
class Report:
    """How often each invariant was evaluated, what was violated, what misfortunes struck."""

    evaluated: Counter[str] = field(default_factory=Counter)
    violated: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, other: Report) -> None:
        """Sum up seeds."""
        self.evaluated.update(other.evaluated)
        self.violated += other.violated
        self.faults.update(other.faults)


def check(world: World) -> Report:
    """Run every checker over a world that has been played."""
    report = Report(faults=Counter(world.faults))
    for name, checker in CHECKS.items():
        for problem in checker(world):
            report.evaluated[name] += 1
            if problem is not None:
                report.violated.append(f"seed {world.seed} {name}: {problem}")
    return report
