"""Fixtures of the spool's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.spool.rig import Rig, a_rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A running store with an emulated printer and drawer."""
    with a_rig(tmp_path) as made:
        yield made
