"""Values of the ablations: a planted fault, the scene it is played in, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from proof.sim.ablate.edit import Edit

Play = Callable[[int], list[str]]
"""seed → violations as lines "seed N NAME: words"."""


@dataclass(frozen=True)
class Scene:
    """Where a fault is played: the world, or a small directed story of the same real code."""

    name: str
    play: Play


@dataclass(frozen=True)
class Planted:
    """One fault. `rule` is the words of SYNC §12, or "extra: <area>: …"; without edits it waits for a feature."""

    name: str
    rule: str
    scene: Scene
    edits: tuple[Edit, ...] = ()
    waits_for: str = ""

    @property
    def where(self) -> str:
        """Which functions are broken."""
        return ", ".join(dict.fromkeys(edit.where for edit in self.edits)) or "—"


CAUGHT, HANGS, RAISED = "caught", "hangs", "raised"
UNREACHED, MISSED, UNSOUND, WAITING = "not reached", "not caught", "unsound", "no feature yet"
GOOD = (CAUGHT, HANGS, RAISED)


@dataclass(frozen=True)
class Outcome:
    """What became of a fault: its state, who caught it, at which seed, after how many seconds of all seeds."""

    name: str
    state: str
    by: list[str] = field(default_factory=list)
    seed: int | None = None
    seconds: float = 0.0
    reached: int = 0
    words: str = ""
