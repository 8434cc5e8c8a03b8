"""Fixtures of HQ tests: a chain with two stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
