"""One set of databases for all tests of the verifier; each test edits copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof.verify.evidence import make


@pytest.fixture(scope="session")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Paths by name: s1, s2, r1, hq, w1."""
    return make(tmp_path_factory.mktemp("evidence"))
