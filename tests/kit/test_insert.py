"""Rows that cannot be there yet arrive alike on both engines, whatever is in them; a repeated one takes all back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kit.sql import IntegrityError, SqlDatabase, insert, run

TABLE = "CREATE TABLE word (n BIGINT PRIMARY KEY, text TEXT, data {bytes})"
ROWS = [
    (1, "tab\tnewline\nbackslash\\ \\N quote' 豆腐 😀", b"\x00\\x\xff\t\n"),
    (2, None, None),
    (-(2**63), "", b""),
]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlDatabase]:
    """A database of either engine with one empty table."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'a.db'}" if sqlite else request.getfixturevalue("postgres_database")
    made = SqlDatabase(url)
    with made.write() as connection:
        run(connection, TABLE.format(bytes="BLOB" if sqlite else "BYTEA"))
    yield made
    made.close()


def statements(db: SqlDatabase, act: Callable[[], None]) -> int:
    """How many statements the engine is given, BEGIN not counted."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return sum(not text.startswith("BEGIN") for text in seen)


@pytest.mark.parametrize("many", [0, 1, 3])
def test_every_text_and_byte_arrives_as_it_was(db: SqlDatabase, many: int) -> None:
    def act() -> None:
        with db.write() as connection:
            insert(connection, "word", "n, text, data", ROWS[:many])

    assert statements(db, act) == min(many, 1)

    assert [tuple(row) for row in db.rows("SELECT n, text, data FROM word")] == ROWS[:many]


def test_a_row_that_is_there_already_takes_all_back(db: SqlDatabase) -> None:
    with db.write() as connection:
        insert(connection, "word", "n, text, data", ROWS[:1])

    with pytest.raises(IntegrityError), db.write() as connection:
        insert(connection, "word", "n, text, data", [ROWS[1], ROWS[0]])

    assert [row.n for row in db.rows("SELECT n FROM word")] == [1]
