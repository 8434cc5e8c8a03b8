"""Playing faults: each in a process of its own, seed after seed until somebody notices."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection, wait
from types import FrameType

from kit.logs import configure
from proof.demo.processes import work_for_another
from proof.sim.ablate import reach
from proof.sim.ablate.edit import fits, in_place
from proof.sim.ablate.model import (
    CAUGHT,
    GOOD,
    HANGS,
    MISSED,
    RAISED,
    UNREACHED,
    UNSOUND,
    WAITING,
    Outcome,
    Planted,
    Scene,
)
from proof.sim.ready import prepare

CPU_SECONDS_MAX = 20.0
WALL_SECONDS_MAX = 180.0


class Hang(BaseException):
    """A seed took longer than any seed may."""


def play_all(
    faults: Sequence[Planted], seeds: int, hints: dict[str, int], jobs: int, done: Callable[[Outcome], None]
) -> list[Outcome]:
    """Every fault; `done` hears of each as it ends. The order of the answer is that of the faults.

    At the end the whole code plays the seeds that caught: where it is caught as well, nothing was proved.
    """
    for fault in faults:
        fits(fault.edits)
    prepare()
    works = {fault.name: partial(play, fault, order(seeds, hints.get(fault.name))) for fault in faults}
    found = _in_processes(works, jobs, done)
    named = {fault.name: fault for fault in faults}
    scenes = {fault.scene.name: fault.scene for fault in faults}
    played = {
        (named[name].scene.name, one.seed) for name, one in found.items() if one.state in GOOD and one.seed
    }
    whole = _in_processes(
        {f"{scene} {seed}": partial(play_whole, scenes[scene], seed) for scene, seed in sorted(played)}, jobs
    )
    for name, outcome in found.items():
        sound = whole.get(f"{named[name].scene.name} {outcome.seed}")
        if outcome.state in GOOD and sound is not None and sound.state != MISSED:
            found[name] = replace(outcome, state=UNSOUND, words=f"the whole code too: {sound.words}")
            done(found[name])
    return [found[fault.name] for fault in faults]


def order(seeds: int, hint: int | None) -> list[int]:
    """So many seeds, the one that caught it last time first."""
    rest = [seed for seed in range(1, seeds + 1) if seed != hint]
    return rest if hint is None else [hint, *rest][:seeds]


# -- processes ---------------------------------------------------------------------------------------------


def _in_processes(
    works: Mapping[str, Callable[[], Outcome]],
    jobs: int,
    done: Callable[[Outcome], None] = lambda _outcome: None,
) -> dict[str, Outcome]:
    """Each work in a process of its own."""
    found: dict[str, Outcome] = {}
    waiting, running = list(works), dict[Connection, str]()
    while waiting or running:
        while waiting and len(running) < max(1, jobs):
            name = waiting.pop(0)
            running[_start(works[name])] = name
        for pipe in wait(list(running)):
            assert isinstance(pipe, Connection)
            name = running.pop(pipe)
            found[name] = _result(pipe, name)
            done(found[name])
    return found


def _start(work: Callable[[], Outcome]) -> Connection:
    """A fork: it shares everything that was imported and nothing that is opened later."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, work), daemon=True)
    process.start()
    theirs.close()
    return ours


def _result(pipe: Connection, name: str) -> Outcome:
    try:
        found = pipe.recv()
    except EOFError:
        found = Outcome(name, RAISED, ["process died"])
    finally:
        pipe.close()
    assert isinstance(found, Outcome)
    return found


def _child(pipe: Connection, work: Callable[[], Outcome]) -> None:
    """A daemon: when its starter ends, `multiprocessing` ends it by SIGTERM, and its world is closed."""
    work_for_another()
    pipe.send(work())
    pipe.close()


# -- playing -----------------------------------------------------------------------------------------------


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


def play_whole(scene: Scene, seed: int) -> Outcome:
    """One seed of the code as it is."""
    configure(level="CRITICAL")
    state, by, words = _seed(Planted("", "", scene), seed)
    return Outcome(scene.name, state or MISSED, by, seed, words=words)


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
