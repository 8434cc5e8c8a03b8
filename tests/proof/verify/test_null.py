"""A bit flips in a page, and a cell holds what its table never takes: that is a finding, and no breakdown (ES-15)."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from proof.verify.cli import verify

CELLS = [
    ("s1", "body", "body BLOB NOT NULL", "body"), ("s1", "link", "hash BLOB NOT NULL", "hash"),
    ("s1", "link", "bh BLOB NOT NULL", "bh"), ("s1", "document", "total_minor INTEGER NOT NULL", "total_minor"),
    ("s1", "posting", "quantity INTEGER NOT NULL", "quantity"), ("hq", "body", "body BLOB NOT NULL", "body"),
    ("hq", "sale", "payable_minor INTEGER NOT NULL", "payable_minor"),
]  # fmt: skip


def emptied(file: Path, table: str, words: str, column: str) -> None:
    """A NULL in every row, and the schema as it was."""
    connection = sqlite3.connect(file, isolation_level=None)
    sql = "SELECT sql FROM sqlite_master WHERE name = ?"
    before = connection.execute(sql, (table,)).fetchone()[0]
    assert words in before, before
    for trigger in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {trigger[0]}")
    for schema in (before.replace(words, words.removesuffix(" NOT NULL")), before):
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (schema, table))
        connection.execute("PRAGMA writable_schema = RESET")
        if schema is not before:
            connection.execute(f"UPDATE {table} SET {column} = NULL")
    connection.close()


@pytest.mark.parametrize(("name", "table", "words", "column"), CELLS, ids=lambda value: value.split(" ")[0])
def test_a_cell_without_its_value_is_named(
    evidence: dict[str, Path], tmp_path: Path, name: str, table: str, words: str, column: str
) -> None:
    file = tmp_path / evidence[name].name
    shutil.copy(evidence[name], file)
    emptied(file, table, words, column)

    report = verify([file])

    assert any(f"{table}.{column}" in line for line in report.lines())
