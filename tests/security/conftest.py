"""A headquarters and a store node for those who must be refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.edge import Shop, a_copy, a_shop
from tests.builders.hq import House, a_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A headquarters with stores 001 and 002 and the administrator `admin`."""
    made = a_house(tmp_path / "house")
    yield made
    made.hq.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a closed shop with an open shift at terminal 01; copied for each test."""
    home = tmp_path_factory.mktemp("template") / "node"
    a_shop(home).close()
    return home


@pytest.fixture
def shop(template: Path, tmp_path: Path) -> Iterator[Shop]:
    """A store with an open shift at terminal 01."""
    made = a_copy(template, tmp_path / "node")
    yield made
    made.close()
