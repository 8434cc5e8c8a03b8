"""A headquarters in memory and devices that say whatever a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.clock import ManualClock
from proof.sim.origin import Origin, an_origin
from proof.sim.parties import Centre, a_centre


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """HQ with stores 001 and 002."""
    made = a_centre(tmp_path / "hq", ManualClock())
    yield made
    made.close()


@pytest.fixture
def origin(centre: Centre) -> Origin:
    """The device of store 001, connected and known."""
    return an_origin(centre)
