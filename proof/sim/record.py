"""What a world notes while it runs, for checks that a look at the end cannot make."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sync.calls import Request
from sync.digest import of_rows

Finding = str | None
"""One evaluation of an invariant: None is good, a text is a violation."""
Rows = dict[tuple[str, str], bytes]


@dataclass
class Record:
    """Notes by invariant name, published versions, broken envelopes, HQ's epochs, pushes to repeat at the end,
    how far each log went in each backup.

    A version is found by scope, number and digest: an HQ that was put back gives a number out twice.
    """

    notes: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    versions: dict[str, dict[tuple[int, bytes], Rows]] = field(default_factory=lambda: defaultdict(dict))
    broken: list[tuple[int, bool]] = field(default_factory=list)
    pushes: list[Request] = field(default_factory=list)
    epochs: list[str] = field(default_factory=list)
    raises_left: int = 0
    copied_back: bool = False
    copied_epochs: set[str] = field(default_factory=set)
    weeks_closed: int = 0
    backups: list[dict[tuple[str, str], int]] = field(default_factory=list)

    def note(self, name: str, problem: str | None = None) -> None:
        """One evaluation of an invariant; with a text it was violated."""
        self.notes[name].append(problem)

    def publish(self, scope: str, version: int, rows: Rows) -> None:
        """HQ has given this scope a version with exactly these rows."""
        digest = of_rows((kind, key, data) for (kind, key), data in rows.items())
        self.versions[scope][(version, digest)] = rows
