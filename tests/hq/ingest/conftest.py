"""A headquarters and devices that say whatever a test wants."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.clock import ManualClock
from proof.sim.origin import Origin, an_origin
from proof.sim.parties import Centre, a_centre


@pytest.fixture(scope="session")
def centre_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a closed HQ; copied for each test, which costs a third of migrating."""
    home = tmp_path_factory.mktemp("template") / "hq"
    a_centre(home, ManualClock(), url=None).close()
    return home


@pytest.fixture
def centre(centre_template: Path, tmp_path: Path) -> Iterator[Centre]:
    """HQ with stores 001 and 002."""
    shutil.copytree(centre_template, tmp_path / "hq")
    made = a_centre(tmp_path / "hq", ManualClock(), url=None)
    yield made
    made.close()


@pytest.fixture
def origin(centre: Centre) -> Origin:
    """The device of store 001, connected and known."""
    return an_origin(centre)
