"""One world, played once; each test plants its violation and takes it out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from proof.sim.chance import seeded_system
from proof.sim.misfortunes import ODDS
from proof.sim.plan import make_plan
from proof.sim.play import play
from proof.sim.world import World

SEED = 30
WITHOUT_WEEKS = {
    name: odds for name, odds in ODDS.items() if name != "closed_for_weeks"
}  # plants need whole logs


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with a clone and everything else that a seed brings."""
    folder: Path = tmp_path_factory.mktemp("world")
    with capture_logs(), seeded_system(SEED):
        made = World(make_plan(SEED, WITHOUT_WEEKS, store_days=2, stores=2), folder)
        made.timeline.after(2 * 60_000, lambda: made.add_clone(made.disks[0]))
        play(made)
    yield made
    made.close()
