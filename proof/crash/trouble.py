"""A disk that is full or fails at the n-th operation of a sale: the sale is refused or done, never in between.

Every write, truncate and sync of a sale (two scans, then the finish) fails once in its own run, and from there on in
another. After it the disk is well again, the same process sells, and the files are judged as after a power cut at any
operation of the run, with what was refused gone. A failed sync alone leaves it open whether its bytes are on the
disk: a refused sale may then be whole there, or the kernel may have dropped it for ever (ES-06, ES-08 to ES-10).
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from structlog.testing import capture_logs

from edge.node import Node
from kit.db import DatabaseError
from proof.crash import vfs
from proof.crash.boot import boots
from proof.crash.content import digest_of
from proof.crash.judge import Judge
from proof.crash.log import SYNC, Log
from proof.crash.model import cuts, named_simply
from proof.crash.recorder import recording
from proof.crash.run import folders, line, seeded, subfolder
from proof.crash.shop import HOME, Shop, a_shop, cashier, sell
from retail.errors import LianpuError

NODE = f"{HOME}/node.sqlite"
DONE = "done"
SMALL_LOG = 12  # pages after which the log is moved into the database, so that this fails too


@dataclass
class Striking:
    """Fails the n-th operation of its kind since it was armed, or every one from there on."""

    code: int
    nth: int
    lasting: bool
    armed: bool = False
    struck: int = 0
    seen: int = 0

    def strikes(self, kind: str) -> int:
        """For the recorder."""
        if not self.armed or (kind == SYNC) != (self.code == vfs.IOERR_FSYNC):
            return vfs.OK
        self.seen += 1
        if self.seen == self.nth or (self.lasting and self.seen > self.nth):
            self.struck += 1
            return self.code
        return vfs.OK


KINDS = {"full": vfs.FULL, "write fails": vfs.IOERR_WRITE, "sync fails": vfs.IOERR_FSYNC}


@dataclass
class Trouble:
    """The figures of one kind of fault: how often it struck, what the till said, what was wrong after it."""

    kind: str
    runs: int = 0
    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    states: int = 0
    wrong: list[str] = field(default_factory=list)


def make_trouble(seed: int = 1) -> list[Trouble]:
    """Every kind of fault at every operation, once and lasting, with a long and with a short log."""
    with folders() as folder, capture_logs():
        with seeded(seed):
            shop = a_shop(folder / "shop")
        judge = Judge(Log(), subfolder(folder, "scratch"), lambda root: boots(shop, root))
        try:
            return [_all_of(kind, shop, judge, folder, seed) for kind in KINDS]
        finally:
            shop.close()


def _all_of(kind: str, shop: Shop, judge: Judge, folder: Path, seed: int) -> Trouble:
    trouble = Trouble(kind)
    for short in (False, True):
        smooth = play(shop, folder / "run", Striking(vfs.OK, 0, False), short, seed)
        for lasting in (False, True):
            for nth in count(1):
                fault = Striking(KINDS[kind], nth, lasting)
                run = play(shop, folder / "run", fault, short, seed)
                if not fault.struck:
                    break
                note(
                    trouble,
                    run,
                    smooth,
                    judge,
                    f"{kind} at {nth}{' and on' * lasting}{', short log' * short}",
                )
    return trouble


@dataclass
class Run:
    """One recorded run: its log, what the till said, what was wrong at once."""

    log: Log
    said: str
    wrong: list[str]


def play(shop: Shop, root: Path, fault: Striking, short: bool, seed: int) -> Run:
    """A sale on a disk with this fault, and another when it is over."""
    shop.copy(root)
    wrong = []
    with seeded(seed), recording(root) as recorder:
        recorder.faults = fault
        node = shop.open(root)
        ctx = cashier(node)
        if short:
            node.db.writer.execute(f"PRAGMA wal_autocheckpoint = {SMALL_LOG}")
        before = documents(node)
        fault.armed = True
        said = attempt(lambda: sell(ctx, "A", "B"))
        fault.armed = False
        if documents(node) - before != (said == DONE):
            wrong.append(f"the till said {said} and there are {documents(node) - before} new documents")
        if digest_of(node.db.writer) != recorder.log.moments[NODE][-1].digest:
            wrong.append("the database says what was not acknowledged")
        again = attempt(lambda: sell(ctx, "C"))
        if again != DONE:
            wrong.append(f"the node does not sell afterwards: {again}")
        node.close()
    shutil.rmtree(root)
    return Run(recorder.log, said, wrong)


def documents(node: Node) -> int:
    """How many sales and returns there are."""
    return int(node.db.value("SELECT count(*) FROM document"))


def same_ops(log: Log, other: Log) -> int:
    """How many operations two runs begin with alike: what a cut leaves there needs one look only."""
    return next(
        (n for n, (ours, theirs) in enumerate(zip(log.ops, other.ops, strict=False)) if ours != theirs),
        min(len(log.ops), len(other.ops)),
    )


def attempt(act: Callable[[], object]) -> str:
    """What came of it: "done", or the code or words of the refusal."""
    try:
        act()
    except LianpuError as error:
        return str(error.code)
    except (DatabaseError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return DONE


def note(trouble: Trouble, run: Run, smooth: Run, judge: Judge, name: str) -> None:
    """Judge a run and count it."""
    trouble.runs += 1
    if run.said == DONE:
        trouble.done += 1
    else:
        trouble.refused[run.said] += 1
    unsure = trouble.kind == "sync fails"
    judge.log = run.log
    judge.between = {moment.digest: n - 1 for n, moment in enumerate(smooth.log.moments[NODE]) if unsure}
    wrong = list(run.wrong)
    for forgets in (False, True) if unsure else (False,):
        later = cuts(run.log, forgets=forgets)[same_ops(run.log, smooth.log) :]
        for state in named_simply(later):
            trouble.states += 1
            wrong += [f"{state.label}: {line(found)}" for found in judge.judge(state, state.files())]
    trouble.wrong += [f"{name}: {why}" for why in wrong]
