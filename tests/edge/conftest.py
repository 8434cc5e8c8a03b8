"""Fixtures of the store node's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.edge import Shop, a_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A store with an open shift at terminal 01."""
    made = a_shop(tmp_path / "node")
    yield made
    made.close()
