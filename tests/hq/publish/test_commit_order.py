"""Writers on PostgreSQL commit in whatever order they like: whoever follows the versions misses nothing (SY-17)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from hq.publish import actions as publishing
from hq.publish import queries, repository
from kit.sql import Connection, SqlDatabase, migrate
from sync.digest import of_rows
from tests.builders.postgres import until_somebody_waits
from tests.patience import ENOUGH_SECONDS

pytestmark = pytest.mark.postgres
SCOPES = ("chain", "zone:A", "store:001")
WRITERS, ROUNDS = 8, 15


@pytest.fixture
def database(postgres_database: str) -> Iterator[SqlDatabase]:
    made = SqlDatabase(postgres_database)
    migrate(made)
    yield made
    made.close()


def publish(connection: Connection, key: str, scopes: tuple[str, ...] = SCOPES) -> dict[str, int]:
    """One more row with this key in each of these scopes."""
    touched = [(scope, "product", key) for scope in scopes]
    return publishing.publish(connection, 1, touched, lambda _c, scope, _kind, key: f"{scope} {key}".encode())


@dataclass
class Follower:
    """What a store does: asks for what is newer than its cursor, keeps the rows, moves the cursor."""

    database: SqlDatabase
    scope: str
    version: int = 0
    rows: dict[tuple[str, str], bytes] = field(default_factory=dict)
    wrong: list[int] = field(default_factory=list)

    def poll(self) -> None:
        with self.database.read() as connection:
            head = queries.head(connection, self.scope)
            found = queries.delta(connection, self.scope, self.version, head)
        if found is None:
            return
        self.rows |= {(kind, key): data for kind, key, data in found.rows if data is not None}
        self.version = found.to
        if of_rows((kind, key, data) for (kind, key), data in self.rows.items()) != found.digest:
            self.wrong.append(found.to)

    def missed(self) -> set[tuple[str, str]]:
        """Rows that are published and never came; with digests that did not fit on the way."""
        with self.database.read() as connection:
            published = {(kind, key) for kind, key, _ in queries.rows(connection, self.scope)}
        return (published - self.rows.keys()) | {("digest", str(version)) for version in self.wrong}


def test_eight_writers_at_once_and_followers_miss_nothing(database: SqlDatabase) -> None:
    ended = threading.Event()
    followers = [Follower(database, scope) for scope in SCOPES]

    def write(writer: int) -> None:
        for n in range(ROUNDS):
            with database.write() as connection:
                publish(connection, f"{writer}-{n}", SCOPES if n % 2 else SCOPES[writer % 3 :])

    def follow(follower: Follower) -> None:
        while not ended.is_set():
            follower.poll()
        follower.poll()

    with ThreadPoolExecutor(WRITERS + len(SCOPES)) as pool:
        following = [pool.submit(follow, follower) for follower in followers]
        try:
            for one in [pool.submit(write, writer) for writer in range(WRITERS)]:
                one.result(ENOUGH_SECONDS)
        finally:
            ended.set()
        for one in following:
            one.result(ENOUGH_SECONDS)

    assert [follower.missed() for follower in followers] == [set()] * len(SCOPES)
    for follower in followers:
        versions = database.rows(
            "SELECT version FROM scope_version WHERE scope = :s ORDER BY version", {"s": follower.scope}
        )
        assert [row[0] for row in versions] == list(range(1, follower.version + 1))
    assert followers[-1].version == WRITERS * ROUNDS


def test_versions_that_are_taken_without_the_lock_are_caught(
    database: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted mistake: numbers first, without a lock. A later number commits before, a follower passes one by."""
    follower, numbers = Follower(database, "chain"), iter((1, 2))

    def number_first(connection: Connection, scope: str, now: int) -> tuple[int, bytes]:
        taken = next(numbers)
        if taken == 1:
            with database.write() as other:
                publish(other, "quick", ("chain",))
            follower.poll()
        return taken, queries.head(connection, scope).digest

    with database.write() as connection:
        publish(connection, "first", ("chain",))
    follower.poll()
    monkeypatch.setattr(repository, "lock_scope", number_first)
    with database.write() as connection:
        publish(connection, "slow", ("chain",))
    follower.poll()

    assert follower.missed() != set()


def test_the_second_writer_of_a_scope_waits_for_the_first(database: SqlDatabase) -> None:
    """The same story with the lock: the second writer gets its number when the first one's row can be seen."""
    order: list[str] = []

    def second() -> None:
        with database.write() as connection:
            publish(connection, "quick", ("chain",))
            order.append("second")

    thread = threading.Thread(target=second)
    with database.write() as connection:
        publish(connection, "slow", ("chain",))
        thread.start()
        until_somebody_waits(database)
        order.append("first")
    thread.join(ENOUGH_SECONDS)
    follower = Follower(database, "chain")
    follower.poll()

    assert order == ["first", "second"]
    assert follower.missed() == set()
    assert follower.version == 2
