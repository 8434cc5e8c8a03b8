"""A database as evidence: opened read-only, in one snapshot, recognised by its tables.

A file without a write-ahead log beside it is opened as immutable, so that a copy on read-only media can be judged.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

Row = dict[str, Any]
UNREADABLE = (sqlite3.Error, UnicodeError)  # a flipped bit in the schema's text is no UTF-8 any more

EDGE, HQ, REFERENCE = "edge", "hq", "reference"
_MARKS = {
    EDGE: {"inc", "link", "body", "numbering", "receipted"},
    HQ: {"origin", "event_seen", "scope_row", "link"},
    REFERENCE: {"row", "scope", "product"},
}


class NotEvidence(Exception):
    """The file cannot be judged; the text says why."""


class Source:
    """One open database. `kind` is "edge", "hq" or "reference"."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.label = str(path)
        if not path.is_file():
            raise NotEvidence("there is no such file")
        mode = "mode=ro" if Path(f"{path}-wal").exists() else "mode=ro&immutable=1"
        try:
            self._connection = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?{mode}", uri=True, isolation_level=None
            )
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self._connection.execute("PRAGMA query_only = ON")
            self._connection.execute("BEGIN")
            self.tables = {
                row["name"] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
        except UNREADABLE as error:
            raise NotEvidence(f"it cannot be read as a database ({error})") from error
        self.kind = self._recognise()

    def _recognise(self) -> str:
        for kind, marks in _MARKS.items():
            if marks <= self.tables:
                return kind
        raise NotEvidence("its tables are neither those of a store's node nor those of a headquarters")

    def rows(self, sql: str, *params: Any) -> list[Row]:
        """All rows as dicts."""
        cursor = self._connection.execute(sql, params)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def value(self, sql: str, *params: Any) -> Any:
        """The first column of the first row, or None."""
        row = self._connection.execute(sql, params).fetchone()
        return None if row is None else row[0]

    def triggers(self) -> set[str]:
        """The names of all triggers."""
        return {row["name"] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")}

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()
