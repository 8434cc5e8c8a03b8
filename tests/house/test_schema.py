"""Every change of schema shows as a readable diff, and every table has a class."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.db import Database, migrate, schema_text
from schemas import classes
from tests.house.conftest import ROOT

SQL = ROOT / "schemas" / "sql"


def made(folder: str) -> Database:
    database = Database(":memory:")
    migrate(database, SQL / folder, folder)
    return database


@pytest.mark.parametrize("folder", ["edge", "reference"])
def test_schema_snapshot_is_what_the_migrations_make(folder: str) -> None:
    snapshot = Path(SQL / folder / "schema.sql")
    database = made(folder)

    assert snapshot.read_text(encoding="utf-8") == schema_text(database), (
        "the schema changed: run `python -m proof.snapshot` and read the diff"
    )


@pytest.mark.parametrize(("folder", "table"), [("edge", classes.EDGE), ("reference", classes.REFERENCE)])
def test_every_table_declares_its_class(folder: str, table: dict[str, str]) -> None:
    rows = made(folder).rows(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite!_%' ESCAPE '!'"
    )

    assert {row[0] for row in rows} == set(table)
    assert set(table.values()) <= {"event", "reference", "shared", "balance", "telemetry", "local"}


@pytest.mark.parametrize("folder", ["edge", "reference"])
def test_every_table_is_strict(folder: str) -> None:
    rows = made(folder).rows(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0"
        " AND name NOT LIKE '%sqlite!_%' ESCAPE '!'"
    )
    assert [row[0] for row in rows] == []
