"""`seeds.txt`: which seed caught a fault last time. Only a hint: it is tried first."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from proof.sim.ablate.model import GOOD, Outcome

FILE = Path(__file__).with_name("seeds.txt")


def read() -> dict[str, int]:
    """fault → seed."""
    if not FILE.exists():
        return {}
    pairs = (line.split() for line in FILE.read_text(encoding="utf-8").splitlines() if line.strip())
    return {name: int(seed) for name, seed in pairs}


def remember(outcomes: Iterable[Outcome]) -> None:
    """Keep the seeds of these outcomes; the others stay."""
    found = read() | {
        outcome.name: outcome.seed
        for outcome in outcomes
        if outcome.state in GOOD and outcome.seed is not None
    }
    FILE.write_text("".join(f"{name} {seed}\n" for name, seed in sorted(found.items())), encoding="utf-8")
