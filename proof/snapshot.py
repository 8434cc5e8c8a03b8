"""Writes `schemas/sql/*/schema.sql` from the migrations: run `python -m proof.snapshot` after a new migration."""

from __future__ import annotations

from pathlib import Path

from kit.db import Database, migrate, schema_text

SQL = Path(__file__).resolve().parent.parent / "schemas" / "sql"


def main() -> None:
    """One file per SQLite database of the store node."""
    for folder in ("edge", "reference"):
        database = Database(":memory:")
        migrate(database, SQL / folder, folder)
        (SQL / folder / "schema.sql").write_text(schema_text(database), encoding="utf-8")
        database.close()


if __name__ == "__main__":
    main()
