"""Fixtures of HQ tests: a chain with two stores as people use it, and as devices speak to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.clock import ManualClock
from proof.sim.origin import Origin, an_origin
from proof.sim.parties import Centre, a_centre
from tests.builders.hq import House, a_copy, a_house


@pytest.fixture(scope="session")
def house_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a closed headquarters; copied for each test."""
    home = tmp_path_factory.mktemp("template") / "house"
    a_house(home).hq.close()
    return home


@pytest.fixture
def house(house_template: Path, tmp_path: Path) -> Iterator[House]:
    """A headquarters with stores 001 and 002 and the administrator `admin`."""
    made = a_copy(house_template, tmp_path / "house")
    yield made
    made.hq.close()


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
def centre_on_postgres(postgres_database: str, tmp_path: Path) -> Iterator[Centre]:
    """HQ with the same stores on a server."""
    made = a_centre(tmp_path / "hq", ManualClock(), url=postgres_database)
    yield made
    made.close()


@pytest.fixture
def origin(centre: Centre) -> Origin:
    """The device of store 001, connected and known."""
    return an_origin(centre)
