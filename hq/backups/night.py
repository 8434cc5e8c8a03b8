"""What one run of the backup works with, and what it has learnt about each target."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hq.backups.targets import Target
from kit.context import Context

AGAIN = "again"


@dataclass
class Night:
    """`troubles` is target → why it does not have what it should; at the end these ring, the others fall silent.

    `file` is for one backup at a time that is read once more. `first` counts the nights. `out` are targets that are
    left alone for tonight.
    """

    ctx: Context
    targets: list[Target]
    work: Path
    first: int = 0
    troubles: dict[str, str] = field(default_factory=dict)
    out: set[str] = field(default_factory=set)

    @property
    def file(self) -> Path:
        """Where a backup is fetched to; nothing is left there."""
        return self.work / AGAIN

    @property
    def in_turn(self) -> list[Target]:
        """All of them; which one comes first changes with `first`."""
        turn = self.first % max(1, len(self.targets))
        return self.targets[turn:] + self.targets[:turn]

    def trouble(self, target: str, why: str) -> None:
        """The first reason is the one that a person hears."""
        self.troubles.setdefault(target, why)

    def give_up(self, target: str, why: str) -> None:
        """It takes or gives nothing tonight, and is not asked for more."""
        self.trouble(target, why)
        self.out.add(target)
