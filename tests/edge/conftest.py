"""Fixtures of the store node's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.edge import Shop, a_copy, a_shop


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
