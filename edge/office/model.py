"""What a check says, before and after it is put into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

State = Literal["pass", "warn", "fail"]
WORST: tuple[State, ...] = ("fail", "warn", "pass")


@dataclass(frozen=True)
class Finding:
    """One answer: `word` chooses the text `office.check.<topic>.<word>`, `subject` tells devices apart."""

    topic: str
    state: State
    word: str = ""
    subject: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Stable name for programs."""
        return f"{self.topic}.{self.subject}" if self.subject else self.topic

    @property
    def key(self) -> str:
        """The end of its text keys."""
        return f"{self.topic}.{self.word or self.state}"


class Check(TypedDict):
    """A finding in words; `fix` is empty when nothing is to be done."""

    id: str
    state: State
    message: str
    fix: str


class Report(TypedDict):
    """The doctor's report."""

    state: State
    store: str
    version: str
    at: int
    checks: list[Check]
