"""Playing seeds: one in this process, many in processes of their own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from kit.logs import configure
from proof.sim.checks import Report, check
from proof.sim.play import play
from proof.sim.world import World


def play_one(seed: int, store_days: int) -> Report:
    """One seed, played and checked."""
    configure(level="CRITICAL")
    made = World(seed, store_days)
    try:
        return check(play(made))
    finally:
        made.close()


def play_seeds(seeds: Sequence[int], store_days: int, jobs: int) -> Report:
    """Play seeds in processes of their own."""
    report = Report()
    if jobs == 1 or len(seeds) == 1:
        for seed in seeds:
            report.add(play_one(seed, store_days))
        return report
    with ProcessPoolExecutor(jobs) as pool:
        for one in pool.map(play_one, seeds, [store_days] * len(seeds), chunksize=4):
            report.add(one)
    return report
