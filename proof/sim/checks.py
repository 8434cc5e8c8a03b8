"""All checkers by the names of SYNC §11."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain

from proof.sim import books, check_books, check_more, check_trust, check_up
from proof.sim.checking import Check
from proof.sim.look import sharing
from proof.sim.world import World


def _together(*parts: dict[str, Check]) -> dict[str, Check]:
    """One checker per name, which runs those of all parts."""
    found: dict[str, list[Check]] = defaultdict(list)
    for part in parts:
        for name, checker in part.items():
            found[name].append(checker)

    def all_of(checkers: list[Check]) -> Check:
        return lambda world: chain.from_iterable(checker(world) for checker in checkers)

    return {name: all_of(checkers) for name, checkers in found.items()}


CHECKS = _together(check_up.CHECKS, check_books.CHECKS, check_more.CHECKS, check_trust.CHECKS)

# Invariants of SYNC §11 that no world can break yet, and why.
WAITING: dict[str, str] = {
    "L3": "no transfers yet",
    "L6": "no stocktakes yet",
    "L8": "no points, stored value or coupons yet",
    "D11": "no shared records yet",
    "M1": "no shared records yet",
    "M2": "no shared records yet",
    "M3": "no shared records yet",
    "M5": "no shared records yet",
    "M6": "no shared records yet",
}


# Invariants that other commands look at, because a world in one process has no crowd and no bandwidth.
ELSEWHERE: dict[str, str] = {
    "P4": "judged by lianpu-sim fleet: how spread the nodes come back after an outage (proof/fleet)",
    "P5": "judged by lianpu-sim fleet: sales receipted while every store fetches all prices (proof/fleet)",
}


@dataclass
class Report:
    """How often each invariant was evaluated, what was violated, what misfortunes struck, how much was played.

    `mib` is the most memory that any process has had.
    """

    evaluated: Counter[str] = field(default_factory=Counter)
    violated: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    seeds: int = 0
    store_days: int = 0
    newest_days: int = 0
    mib: int = 0
    trace: str = ""
    books: dict[str, str] = field(default_factory=dict)

    def add(self, other: Report) -> None:
        """Sum up seeds; the trace and the books cover those of all, in order."""
        self.evaluated.update(other.evaluated)
        self.violated += other.violated
        self.faults.update(other.faults)
        self.seeds += other.seeds
        self.store_days += other.store_days
        self.newest_days = other.store_days
        self.mib = max(self.mib, other.mib)
        self.trace = _after(self.trace, other.trace)
        self.books |= {table: _after(self.books.get(table, ""), one) for table, one in other.books.items()}

    @property
    def first_failure(self) -> tuple[int, str]:
        """(seed, invariant) of the first violation."""
        _, seed, name = self.violated[0].split()[:3]
        return int(seed), name.rstrip(":")


def _after(before: str, one: str) -> str:
    return hashlib.sha256((before + one).encode()).hexdigest()


def check(world: World) -> Report:
    """Run every checker over a world that has been played."""
    report = Report(
        faults=Counter(world.faults), seeds=1, store_days=world.plan.store_days, trace=world.trace
    )
    with sharing(world):
        for name, checker in CHECKS.items():
            for problem in checker(world):
                report.evaluated[name] += 1
                if problem is not None:
                    report.violated.append(f"seed {world.seed} {name}: {problem}")
    report.books = books.digests(world.centre.hq.db)
    return report
