"""Playing seeds: one in this process, many in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import resource
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from unittest.mock import patch

from edge.journal.disk import DiskGuard
from kit.logs import configure
from proof.demo.processes import ENDED, work_for_another
from proof.sim.books import differing
from proof.sim.chance import seeded_system
from proof.sim.checks import Report, check
from proof.sim.misfortunes import ODDS
from proof.sim.plan import Plan, make_plan
from proof.sim.play import play
from proof.sim.signatures import remembered
from proof.sim.stage import PowerCut
from proof.sim.world import World
from sync import snapshot

AHEAD = 8  # so many seeds for each process are given out before the first of them is told: nobody waits for the slowest
LONG_DAYS = 5_000  # from here up a run ends with the first seed that fails
SNAPSHOT_CHUNK = (
    300  # bytes of plain text: the scopes of a world are small, and a snapshot is to have several chunks
)
DISK_FREE = 50 * 1024**3  # of every store's PC: what this machine has is no fact of the world
ENGINES = "ENGINES"


@dataclass(frozen=True)
class Hq:
    """Where HQ's database is: in a file, on a PostgreSQL server, or on `both` one after the other to compare."""

    server: str = ""
    left_out: frozenset[str] = frozenset()
    both: bool = False


ON_FILES = Hq()
# What `lianpu-hq backup` and `restore` do needs a file; on PostgreSQL a lost HQ is `hq_copied_back`.
ONLY_ON_FILES = frozenset({"hq_restored", "closed_for_weeks"})


def play_plan(plan: Plan, hq: Hq = ON_FILES) -> Report:
    """One plan, played and checked: what held, what struck, the trace, HQ's books."""
    if hq.both:
        return _play_both(plan, hq)
    plan = plan.only(tuple(one for one in plan.strikes if one.fault not in hq.left_out), plan.line)
    configure(level="CRITICAL")
    with (
        seeded_system(plan.seed),
        remembered(),
        patch.object(snapshot, "PLAIN_BYTES", SNAPSHOT_CHUNK),
        patch.object(DiskGuard, "free_bytes", return_value=DISK_FREE),
    ):
        made = World(plan, server=hq.server)
        try:
            report = check(play(made))
            report.mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            return report
        except (Exception, PowerCut) as error:  # noqa: BLE001 — whatever ends a world is a finding of its seed
            words = f"seed {plan.seed} RAISED: {type(error).__name__} {error} {_where(error)}"
            return Report(violated=[words], seeds=1, store_days=plan.store_days, trace=made.trace)
        finally:
            made.close()


def _play_both(plan: Plan, hq: Hq) -> Report:
    """The same plan with HQ on files and on the server: every byte on the line and every row at HQ must be equal."""
    on_files, on_server = (
        play_plan(plan, Hq(left_out=hq.left_out)),
        play_plan(plan, Hq(hq.server, hq.left_out)),
    )
    tables = differing(on_files.books, on_server.books)
    if tables:
        on_server.violated.append(f"seed {plan.seed} {ENGINES}: HQ's tables differ: {', '.join(tables)}")
    if on_files.trace != on_server.trace:
        on_server.violated.append(f"seed {plan.seed} {ENGINES}: what was said on the line differs")
    on_server.evaluated[ENGINES] += 1
    on_server.violated[:0] = [words for words in on_files.violated if words not in on_server.violated]
    return on_server


def _where(error: BaseException) -> str:
    """The innermost place of the product or the simulation."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(one.filename).stem}:{one.lineno}" for one in reversed(frames[-3:]))


def play_one(
    seed: int, store_days: int | None = None, stores: int | None = None, hq: Hq = ON_FILES
) -> Report:
    """One seed, played and checked; without numbers the seed chooses how many stores there are, a day each."""
    return play_plan(make_plan(seed, ODDS, store_days=store_days, stores=stores), hq)


def play_seeds(
    seed: int,
    jobs: int,
    *,
    before: Sequence[int] = (),
    seeds: int = 0,
    store_days: int = 0,
    stores: int | None = None,
    told: Callable[[Report], None] | None = None,
    hq: Hq = ON_FILES,
) -> Report:
    """Play the seeds of `before`, then from `seed` on so many, or as many as make so many store-days.

    Nothing of a seed is kept but its counts, so a run of hours needs no more memory than its largest world.
    """
    report = Report()
    with closing(_reports([*before, *_needed(seed, seeds, store_days, stores)], jobs, stores, hq)) as reports:
        for one in reports:
            report.add(one)
            if told is not None:
                told(report)
            if one.violated and store_days >= LONG_DAYS:
                break
    return report


def _needed(seed: int, seeds: int, store_days: int, stores: int | None) -> Iterator[int]:
    if seeds:
        yield from range(seed, seed + seeds)
        return
    for one in count(seed):
        if store_days <= 0:
            return
        store_days -= make_plan(one, {}, stores=stores).store_days
        yield one


def _reports(seeds: Sequence[int], jobs: int, stores: int | None, hq: Hq) -> Generator[Report, None, None]:
    if jobs == 1 or len(seeds) == 1:
        for seed in seeds:
            yield play_one(seed, stores=stores, hq=hq)
        return
    waiting, running = iter(seeds), deque[Future[Report]]()
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, initializer=work_for_another)
    try:
        while True:
            for seed in islice(waiting, AHEAD * jobs - len(running)):
                running.append(pool.submit(_played_for_another, seed, stores, hq))
            if not running:
                return
            yield running.popleft().result()
    except BaseException:  # Ctrl-C, SIGTERM, enough: nobody waits for the seeds that are being played
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _played_for_another(seed: int, stores: int | None, hq: Hq) -> Report:
    """In a worker. One that is ended plays no other seed: the pool would give it the next."""
    try:
        return play_one(seed, stores=stores, hq=hq)
    except SystemExit:
        os._exit(ENDED)  # the world has been closed
