"""What a world notes while it runs, for checks that a look at the end cannot make."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sync.calls import Request

Finding = str | None
"""One evaluation of an invariant: None is good, a text is a violation."""


@dataclass
class Record:
    """Notes by invariant name, published versions, broken envelopes, and pushes to repeat at the end."""

    notes: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    versions: dict[str, dict[int, dict[tuple[str, str], bytes]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    broken: list[tuple[int, bool]] = field(default_factory=list)
    pushes: list[Request] = field(default_factory=list)
    forks_expected: int = 0

    def note(self, name: str, problem: str | None = None) -> None:
        """One evaluation of an invariant; with a text it was violated."""
        self.notes[name].append(problem)
