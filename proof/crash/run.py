"""Plays acts, enumerates their states and counts: operations, states, distinct states, lost, half."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from structlog.testing import capture_logs

from proof.crash.acts import ACTS, Act
from proof.crash.boot import boots
from proof.crash.judge import HALF, LOST, Found, Judge
from proof.crash.log import Log
from proof.crash.model import State, cuts, states
from proof.crash.recorder import recording
from proof.crash.shop import Shop, a_shop

ROUND = 200  # states of an act before the next act has its turn
BARREN = 4_000  # so many states in a row without a new one, and an act has no more to give
SHOWN = 10


@dataclass
class Tally:
    """The figures of one act; `wrong` are lines that name the state."""

    act: str
    operations: int = 0
    states: int = 0
    distinct: int = 0
    recoveries: int = 0
    boots: int = 0
    lost: int = 0
    half: int = 0
    wrong: list[str] = field(default_factory=list)


class Played:
    """One act, recorded once, whose states are then judged in portions."""

    def __init__(self, act: Act, folder: Path, seed: int) -> None:
        self.act = act
        with seeded(seed):
            self.shop, self.log = record(act, folder)
        scratch = folder / "scratch"
        scratch.mkdir()
        between = act.between(self.shop, scratch)
        self.judge = Judge(self.log, scratch, self.boot, between, act.loose, act.rollbacks, act.settled)
        self.cuts = cuts(self.log)
        self.states = states(self.cuts, f"{seed}/{act.name}")
        self.named = True
        self.tally = Tally(act.name, operations=len(self.log.ops))
        self._seen: set[int] = set()
        self._barren = 0

    def boot(self, root: Path) -> list[str]:
        """A whole boot, and what the act itself looks at."""
        return boots(self.shop, root, self.act.rollbacks) + self.act.check(root)

    @property
    def exhausted(self) -> bool:
        """Nothing new comes any more."""
        return self._barren >= BARREN

    def play_named(self) -> None:
        """All states that have names."""
        while self.named:
            self.play(1)

    def play(self, count: int) -> None:
        """Judge the next `count` states; a state that was judged before is only counted."""
        for _ in range(count):
            state = next(self.states, None)
            if state is None:
                self._barren = BARREN
                self.named = False
                return
            self.named = self.named and not state.label.startswith("drawn")
            self._judge(state)

    def _judge(self, state: State) -> None:
        tally, files = self.tally, state.files()
        required = tuple(self.log.required(name, state.cut.index) for name in self.log.moments)
        key = hash((required, *files.items()))
        tally.states += 1
        if key in self._seen:
            self._barren += 1
            return
        self._barren = 0
        self._seen.add(key)
        tally.distinct += 1
        found = self.judge.judge(state, files)
        tally.recoveries, tally.boots = self.judge.counts["recoveries"], self.judge.counts["boots"]
        tally.lost += any(kind == LOST for kind, _ in found)
        tally.half += any(kind == HALF for kind, _ in found)
        tally.wrong += [f"{self.act.name} state {state.number} ({state.label}): {line(one)}" for one in found]


def line(found: Found) -> str:
    """A finding in words."""
    return f"{found[0].upper()} {found[1]}"


def record(act: Act, folder: Path) -> tuple[Shop, Log]:
    """Play the act once on a store of its own."""
    shop = a_shop(folder / "shop")
    root = folder / "root"
    root.mkdir()
    act.prepare(shop, root)
    with recording(root) as recorder:
        act.run(shop, root, recorder)
    return shop, recorder.log


def enumerate_cuts(names: Sequence[str], wanted: int, seed: int = 1) -> list[Tally]:
    """Every named state of these acts, then drawn ones in turns until `wanted` distinct states have been judged."""
    with folders() as folder, capture_logs():
        played = [Played(ACTS[name], subfolder(folder, name), seed) for name in names]
        try:
            for one in played:
                one.play_named()
            while sum(one.tally.distinct for one in played) < wanted:
                living = [one for one in played if not one.exhausted]
                if not living:
                    break
                for one in living:
                    one.play(ROUND)
        finally:
            for one in played:
                one.shop.close()
        return [one.tally for one in played]


def replay(name: str, number: int, seed: int = 1) -> tuple[State, dict[str, bytes], list[Found]]:
    """One state again, judged with a boot."""
    with folders() as folder, capture_logs():
        one = Played(ACTS[name], subfolder(folder, name), seed)
        try:
            state = next(state for state in one.states if state.number == number)
            return state, state.files(), one.judge.judge(state, state.files())
        finally:
            one.shop.close()


@contextmanager
def folders() -> Iterator[Path]:
    """A folder in memory, where there is one; nothing here asks a real disk to remember anything."""
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="lianpu-crash-", dir=shared if shared.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def subfolder(folder: Path, name: str) -> Path:
    """A new folder for an act."""
    made = folder / name
    made.mkdir()
    return made


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Randomness of the system from a seed, so that the same act makes the same operations again."""
    source = random.Random(seed)
    with mock.patch.object(os, "urandom", source.randbytes), mock.patch("random._urandom", source.randbytes):
        yield
