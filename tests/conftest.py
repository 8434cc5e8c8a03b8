"""Settings of the whole suite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

# The same examples every time: a failure on the build server is a failure here.
settings.register_profile("lianpu", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("lianpu")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server, started when a test first asks for it."""
    from proof import postgres

    with postgres.server() as address:
        yield address


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    from proof import postgres

    with postgres.database(postgres_server) as url:
        yield url
