"""Fixtures of HQ tests: a chain with two stores in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.hq import House, a_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A headquarters with stores 001 and 002 and the administrator `admin`."""
    made = a_house(tmp_path / "house")
    yield made
    made.hq.close()
