"""Playing faults: each in a process of its own, seed after seed until somebody notices."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection, wait
from types import FrameType

from kit.logs import configure
from proof.sim.ablate import reach
from proof.sim.ablate.edit import fits, in_place
from proof.sim.ablate.model import (
    CAUGHT,
    HANGS,
    MISSED,
    RAISED,
    UNREACHED,
    UNSOUND,
    WAITING,
    Outcome,
    Planted,
)

CPU_SECONDS_MAX = 20.0
WALL_SECONDS_MAX = 180.0


class Hang(BaseException):
    """A seed took longer than any seed may."""


def play_all(
    faults: Sequence[Planted], seeds: int, hints: dict[str, int], jobs: int, done: Callable[[Outcome], None]
) -> list[Outcome]:
    """Every fault; `done` hears of each as it ends. The order of the answer is that of the faults."""
    for fault in faults:
        fits(fault.edits)
    found: dict[str, Outcome] = {}
    waiting, running = list(faults), dict[Connection, Planted]()
    while waiting or running:
        while waiting and len(running) < max(1, jobs):
            fault = waiting.pop(0)
            running[_start(fault, order(seeds, hints.get(fault.name)))] = fault
        for pipe in wait(list(running)):
            assert isinstance(pipe, Connection)
            fault = running.pop(pipe)
            found[fault.name] = _result(pipe, fault)
            done(found[fault.name])
    return [found[fault.name] for fault in faults]


def order(seeds: int, hint: int | None) -> list[int]:
    """So many seeds, the one that caught it last time first."""
    rest = [seed for seed in range(1, seeds + 1) if seed != hint]
    return rest if hint is None else [hint, *rest][:seeds]


def _start(fault: Planted, seeds: list[int]) -> Connection:
    """A fork: it shares everything that was imported and nothing that is opened later."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, fault, seeds), daemon=True)
    process.start()
    theirs.close()
    return ours


def _result(pipe: Connection, fault: Planted) -> Outcome:
    try:
        found = pipe.recv()
    except EOFError:
        found = Outcome(fault.name, RAISED, ["process died"])
    finally:
        pipe.close()
    assert isinstance(found, Outcome)
    return found


def _child(pipe: Connection, fault: Planted, seeds: list[int]) -> None:
    pipe.send(play(fault, seeds))
    pipe.close()


def play(fault: Planted, seeds: Iterable[int]) -> Outcome:
    """One fault in this process, until it is caught or the seeds are at their end."""
    configure(level="CRITICAL")
    if not fault.edits:
        return Outcome(fault.name, WAITING, words=fault.waits_for)
    started, reached = time.monotonic(), 0
    for seed in seeds:
        reach.forget()
        state, by, words = _seed(fault, seed)
        reached += reach.count()
        if state:
            state = state if reach.count() else UNSOUND
            return Outcome(fault.name, state, by, seed, time.monotonic() - started, reached, words)
    state = MISSED if reached else UNREACHED
    return Outcome(fault.name, state, seconds=time.monotonic() - started, reached=reached)


def _seed(fault: Planted, seed: int) -> tuple[str, list[str], str]:
    """(state, who noticed, the first words); an empty state when nobody did."""
    try:
        with in_place(fault.edits), _limit():
            violated = fault.scene.play(seed)
    except Hang:
        return HANGS, [HANGS], ""
    except Exception as error:  # noqa: BLE001 — whatever the broken code throws is what we want to know
        return RAISED, [type(error).__name__], str(error)[:200]
    names = list(dict.fromkeys(line.split(":")[0].split(" ")[2] for line in violated))
    return (CAUGHT, names, violated[0]) if violated else ("", [], "")


class _limit:  # noqa: N801 — used as a word
    """Interrupt this process when a seed runs too long, by its own CPU time and, sleeping, by the wall clock."""

    def __enter__(self) -> None:
        for name in (signal.SIGPROF, signal.SIGALRM):
            signal.signal(name, _hangs)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS_MAX)
        signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS_MAX)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _hangs(_signal: int, _frame: FrameType | None) -> None:
    raise Hang
