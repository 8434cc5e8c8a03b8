"""A disk that is full or fails at every n-th operation of each act: what is refused is refused in words (ES-06, ES-08).

`trouble` plays a sale at every single operation. Here each other act of `ACTS` fails once in its own run, and from
there on in another, at operations a stride apart; the act boots, works and ends under it. The files are judged twice:
as they are when the act was refused and its process is killed, and after it has closed them on a disk that is well.
"""

from __future__ import annotations

import copy
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

from structlog.testing import capture_logs

from edge.node import Node
from kit.clock import ManualClock
from kit.db import Connection, Database, DatabaseError
from proof.crash.acts import ACTS, Act
from proof.crash.boot import boots
from proof.crash.content import digest_of
from proof.crash.judge import Judge
from proof.crash.log import MOVE, Log
from proof.crash.model import Cut, State
from proof.crash.recorder import ENGINE, Recorder, plain_digest, read_tree, recording
from proof.crash.run import folders, line, seeded, subfolder
from proof.crash.shop import Shop, a_shop
from proof.crash.trouble import DONE, KINDS, NODE, Striking
from retail.errors import LianpuError

PLACES = 12  # of each kind in each act, at the least
PLAYED_WHOLE = "sale"
AT_HQ = frozenset({"receipt", "scope", "zone", "first"})
"""Acts that change what HQ has: each run has an HQ of its own."""
BY_THE_CALLER: Mapping[str, tuple[type[Exception], ...]] = defaultdict(
    tuple,
    # sync's runner hears whatever is raised, tells the log and tries again
    receipt=(DatabaseError,), scope=(DatabaseError,), zone=(DatabaseError,), first=(DatabaseError,),
    # the act itself asks for the checkpoint; of the node's code only a salvage does
    checkpoint=(DatabaseError,),
    # the start of the server, and of the node, says it in words (tests/edge/test_full_start.py)
    files=(OSError,),
)  # fmt: skip
"""What acts that stand below a command may raise, because the code above them turns it into words."""
FOR_EVER = 1 << 30  # a moment that nothing is older than


@dataclass
class ActTrouble:
    """The figures of one act: what there was to fail and how far apart it was struck, what the act said, what is
    wrong.
    """

    act: str
    operations: dict[str, int] = field(default_factory=dict)
    strides: dict[str, int] = field(default_factory=dict)
    runs: int = 0
    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass
class Run:
    """One recorded run: what had been promised when it ended, its files then and after the close, what it said; the
    contents of `Tried`.
    """

    log: Log
    said: str
    traceback: str
    files: list[dict[str, bytes]]
    tried: dict[str, int]


def trouble_every_act(seed: int = 1) -> list[ActTrouble]:
    """All kinds of fault in all acts."""
    with folders() as folder, capture_logs():
        return [
            _Acting(act, subfolder(folder, name), seed).play()
            for name, act in ACTS.items()
            if name != PLAYED_WHOLE
        ]


class _Acting:
    """One act, played again and again."""

    def __init__(self, act: Act, folder: Path, seed: int) -> None:
        self.act = act
        self.folder = folder
        self.seed = seed
        self.found = ActTrouble(act.name)
        self.shop = self._new_shop()
        self.start_ms = self.shop.clock.now_ms()
        scratch = subfolder(folder, "scratch")
        between = act.between(self.shop, scratch)
        self.judge = Judge(Log(), scratch, self._boot, between, act.loose, act.rollbacks, act.settled)
        self.between = between

    def play(self) -> ActTrouble:
        """Every kind, once and lasting."""
        for kind, code in KINDS.items():
            whole = Striking(code, FOR_EVER, lasting=False)
            papers = self._papers(self._run(whole))
            stride = max(1, whole.seen // PLACES)
            self.found.operations[kind], self.found.strides[kind] = whole.seen, stride
            for lasting in (False, True):
                for nth in range(1, whole.seen + 1, stride):
                    run = self._run(Striking(code, nth, lasting))
                    self._note(kind, run, papers, f"{kind} at {nth}{' and on' * lasting}")
        self.shop.close()
        return self.found

    def _run(self, fault: Striking) -> Run:
        """The act on a disk with this fault, which is well when the files are closed."""
        if self.act.name in AT_HQ:
            self.shop.close()
            self.shop = self._new_shop()
        self.shop = replace(self.shop, clock=ManualClock(self.start_ms))
        place = subfolder(self.folder, "run")
        root = subfolder(place, "root")
        with seeded(self.seed + 1):
            self.act.prepare(self.shop, root)
        tried = Tried()
        with seeded(self.seed), tried.listening(), recording(root) as recorder, _nodes() as nodes:
            tried.recorder, recorder.faults, fault.armed = recorder, fault, True
            said, traceback = self._heard(lambda: self.act.run(self.shop, root, recorder))
            fault.armed = False
            promised = copy.deepcopy(recorder.log)
            files = [read_tree(root)]
            for node in nodes:
                node.close()
        files.append(read_tree(root))
        shutil.rmtree(place)
        return Run(promised, said, traceback, files, tried.contents)

    def _note(self, kind: str, run: Run, papers: int, name: str) -> None:
        """Judge a run and count it."""
        found = self.found
        found.runs += 1
        if run.said == DONE:
            found.done += 1
        else:
            found.refused[run.said] += 1
        wrong = [f"no refusal in words: {run.traceback}"] if run.traceback else []
        if run.said == DONE and self._papers(run) != papers:
            wrong.append(f"said {DONE} with {self._papers(run)} documents, not {papers}")
        self.judge.log = run.log
        moved = {op.to for op in run.log.ops if op.kind == MOVE}
        for files in run.files:
            self.judge.between = dict(self.between)
            if kind == "sync fails":  # nobody can know whether what was refused is on the disk
                self.judge.between |= run.tried
            self.judge.between |= {  # a file that was moved into its place is whole, although its step has failed
                plain_digest(data): FOR_EVER for file, data in files.items()
                if file in moved and not file.endswith(ENGINE)
            }  # fmt: skip
            state = State(0, "", Cut(len(run.log.ops), {}, {}, frozenset(), ()), ())
            wrong += [line(one) for one in self.judge.judge(state, files)]
        found.wrong += [f"{self.act.name}, {name}: {why}" for why in dict.fromkeys(wrong)]

    def _heard(self, act: Callable[[], None]) -> tuple[str, str]:
        """What a person or a loop hears of it, and the traceback that nobody turns into words."""
        try:
            act()
        except LianpuError as error:
            return error.code, ""
        except Exception as error:  # noqa: BLE001 — whatever comes out of an act is the finding
            name = type(error).__name__
            return name, "" if isinstance(error, BY_THE_CALLER[self.act.name]) else f"{name}: {error}"
        return DONE, ""

    def _papers(self, run: Run) -> int:
        """How many sales and returns there are after the close."""
        return len(self.judge.content(NODE, run.files[-1]).documents)

    def _new_shop(self) -> Shop:
        place = self.folder / "shop"
        shutil.rmtree(place, ignore_errors=True)
        with seeded(self.seed):
            return a_shop(place)

    def _boot(self, root: Path) -> list[str]:
        return boots(self.shop, root, self.act.rollbacks) + self.act.check(root)


class Tried:
    """Contents that a transaction had just before its commit, each with the last moment that was promised then.

    After a failed sync nobody can know whether such a one is on the disk.
    """

    recorder: Recorder | None = None

    def __init__(self) -> None:
        self.contents: dict[str, int] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Under the recorder, which hears of a transaction once it has returned."""
        real = Database.write

        @contextmanager
        def write(database: Database) -> Iterator[Connection]:
            with real(database) as connection:
                yield connection
                name = self.recorder.plain(database.path) if self.recorder else None
                if self.recorder and name is not None:
                    self.contents[digest_of(connection)] = len(self.recorder.log.moments[name]) - 1

        with mock.patch.object(Database, "write", write):
            yield


@contextmanager
def _nodes() -> Iterator[list[Node]]:
    """Every node that is opened inside: an act that is refused in the middle closes none."""
    real, opened = Node.__init__, list[Node]()

    def init(self: Node, *arguments: Any, **named: Any) -> None:
        real(self, *arguments, **named)
        opened.append(self)

    with mock.patch.object(Node, "__init__", init):
        yield opened
