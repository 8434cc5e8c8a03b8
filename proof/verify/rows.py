"""Compare rows with what their events say: missing, unsaid and differing rows are named, column by column."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from proof.verify.journal import Journal
from proof.verify.report import Report

Key = tuple[Any, ...]
Wanted = dict[Key, dict[str, Any]]


def compare(
    journal: Journal,
    report: Report,
    table: str,
    key: tuple[str, ...],
    wanted: Wanted,
    *,
    optional: Callable[[Key], bool] = lambda _key: False,
) -> None:
    """`wanted` maps a row's key to its columns; an `optional` row may be missing."""
    check = report.check(journal.source.label, f"{table}.rows", f"rows of {table} as their events say")
    found = {tuple(row[name] for name in key): row for row in journal.source.rows(f"SELECT * FROM {table}")}
    for place in wanted.keys() | found.keys():
        check.seen()
        id_ = next((part for part in place if isinstance(part, str) and part in journal.by_id), None)
        number = journal.number_of(id_)
        name = "/".join(map(str, place))
        if place not in found:
            if not optional(place):
                check.wrong(table, name, "the row is missing", number=number)
            continue
        if place not in wanted:
            if journal.purged:
                continue
            check.wrong(table, name, "no event says so", number=number)
            continue
        for column, value in wanted[place].items():
            if not _equal(found[place].get(column), value):
                is_ = _short(found[place].get(column))
                check.wrong(table, name, f"{column} is {is_}, the event says {_short(value)}", number=number)
    check.findings.sort(key=lambda finding: finding.key)


def _equal(is_: Any, wanted: Any) -> bool:
    """Lists and dicts stand in the row as JSON."""
    if isinstance(wanted, list | dict):
        try:
            return bool(json.loads(is_) == wanted)
        except (ValueError, TypeError):
            return False
    return bool(is_ == wanted)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return text if len(text) <= 120 else f"{text[:117]}…"
