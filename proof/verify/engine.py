"""What the database engine itself can say: pages, indexes, constraints, references."""

from __future__ import annotations

from proof.verify.report import Report
from proof.verify.source import Source

NAME = "database"


def is_damaged(source: Source, report: Report) -> bool:
    """Has the engine itself found something in this database?"""
    return any(
        check.findings for check in report.checks if (check.database, check.name) == (source.label, NAME)
    )


def check_engine(source: Source, report: Report) -> None:
    """`integrity_check` and `foreign_key_check`."""
    check = report.check(source.label, NAME, "tables whose pages, constraints and references are whole")
    check.seen(len(source.tables))
    for row in source.rows("PRAGMA integrity_check(20)"):
        text = str(next(iter(row.values())))
        if text != "ok":
            check.wrong("database", "", text[:200])
    for row in source.rows("PRAGMA foreign_key_check"):
        check.wrong(row["table"], row["rowid"], f"it refers to a row of {row['parent']} that does not exist")
