"""The stories hold for the code as it is, for any seed."""

from __future__ import annotations

import pytest

from kit.logs import configure
from proof.sim.ablate.model import Scene
from proof.sim.ablate.registry import FAULTS

STORIES = {
    fault.scene.name: fault.scene for fault in FAULTS if fault.edits and "world" not in fault.scene.name
}


@pytest.mark.parametrize("scene", STORIES.values(), ids=STORIES)
def test_the_whole_code_holds(scene: Scene) -> None:
    configure(level="CRITICAL")

    assert [problem for seed in range(1, 7) for problem in scene.play(seed)] == []
