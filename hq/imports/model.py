"""Rows of a file, what is wrong with them, and what a file would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One line below the header; `number` is the line in a spreadsheet, `cells` are trimmed texts by column."""

    number: int
    cells: Mapping[str, str]
    raw: tuple[str, ...]

    def get(self, column: str) -> str:
        """A cell, empty when the column is not in the file."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Table:
    """A readable file. `ignored` are header cells that mean nothing here."""

    header: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding: str
    ignored: tuple[str, ...]
    problems: tuple[Problem, ...]

    def has(self, column: str) -> bool:
        """Is this column in the file?"""
        return column in self.columns


class Problem(msgspec.Struct, frozen=True):
    """What is wrong in one cell: `code` names reason and remedy, `facts` fill their words; `warn` still imports."""

    row: int
    column: str
    value: str
    code: str
    facts: dict[str, Any] = {}
    warn: bool = False


@dataclass
class Plan:
    """What a file would do: rows that add, change or equal something, and problems. `work` is for the writer."""

    problems: list[Problem] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    same: int = 0
    work: Any = None

    @property
    def rejected(self) -> set[int]:
        """The rows that will not be imported."""
        return {problem.row for problem in self.problems if not problem.warn}


class Refused(Exception):
    """One cell cannot be: raised while the cell is read, collected by the row's `Checks`."""

    def __init__(self, column: str, value: str, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.column = column
        self.value = value
        self.code = code
        self.facts = facts

    def problem(self, row: int) -> Problem:
        """As a line of the report."""
        return Problem(row, self.column, self.value[:80], self.code, self.facts)


class Checks:
    """What is wrong with one row: every cell is read, so that a person corrects the row once."""

    def __init__(self) -> None:
        self.found: list[Refused] = []

    def take(self, otherwise: T, read: Callable[..., T], *args: Any, **options: Any) -> T:
        """What `read` answers; `otherwise` when it refuses."""
        try:
            return read(*args, **options)
        except Refused as refusal:
            self.found.append(refusal)
            return otherwise

    def refuse(self, column: str, value: str, code: str, **facts: Any) -> None:
        """Note a reason without leaving the row."""
        self.found.append(Refused(column, value, code, **facts))

    def names(self, column: str) -> bool:
        """Is something wrong in this column?"""
        return any(refusal.column == column for refusal in self.found)

    def problems(self, row: int) -> list[Problem]:
        """As lines of the report."""
        return [refusal.problem(row) for refusal in self.found]
