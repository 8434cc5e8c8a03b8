"""Settings of the whole suite."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from edge.journal import actions
from kit import crypto, db

# The same examples every time: a failure on the build server is a failure here. A machine that stands still is none.
settings.register_profile(
    "lianpu",
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("lianpu")

# A PIN or a password is hashed more than a thousand times: at the least that Argon2 takes, not at 32 MiB each.
REAL_ARGON2 = (crypto.ARGON2_ITERATIONS, crypto.ARGON2_KIB)
crypto.ARGON2_ITERATIONS, crypto.ARGON2_KIB = 1, 8

# Who waits for another writer gives up only when something is wrong, however long this machine stands still.
db.WRITER_SETTINGS["busy_timeout"] = 60_000
db.LOCK_SECONDS = actions.LOCK_SECONDS = 120.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stories take minutes: they begin first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("story") is None)


@pytest.fixture(autouse=True)
def every_word_is_logged() -> Iterator[None]:
    """A command sets the logs of its whole process; no test hears what one before it in the same worker has set."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def real_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets at the price that the product asks."""
    monkeypatch.setattr(crypto, "ARGON2_ITERATIONS", REAL_ARGON2[0])
    monkeypatch.setattr(crypto, "ARGON2_KIB", REAL_ARGON2[1])


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
