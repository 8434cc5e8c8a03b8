"""`lianpu-sim`: play seeded worlds and say what held, how often it was looked at, and what struck."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from proof import postgres
from proof.crash.cli import crash
from proof.demo.processes import ended_in_order
from proof.fleet.cli import fleet
from proof.live.cli import live, offline
from proof.sim import past, show
from proof.sim.ablate.command import ablate
from proof.sim.checks import Report
from proof.sim.misfortunes import ODDS
from proof.sim.plan import STORES_MAX, Plan, make_plan
from proof.sim.run import ON_FILES, ONLY_ON_FILES, Hq, play_plan, play_seeds
from proof.sim.shrink import shrink

ENOUGH_DAYS = 300
PROGRESS_DAYS = 500


@click.group()
def main() -> None:
    """Simulations of Lianpu."""


@main.command()
@click.option("--seed", default=1, show_default=True, help="The first seed.")
@click.option("--seeds", default=0, help="How many seeds; 0 = as many as the store-days take.")
@click.option("--store-days", default=2, show_default=True, help="Days of all stores of all seeds together.")
@click.option(
    "--stores", type=click.IntRange(0, STORES_MAX), default=0, help="Stores per world; 0 = the seed says."
)
@click.option("--strikes", help="Only these misfortunes of the plan, by number: 3,7 (replays a shrunk plan).")
@click.option("--line", help="Only these fates of the line: cut,late.")
@click.option("--jobs", default=0, help="Processes; 0 = one per core.")
@click.option(
    "--past/--no-past", "first", default=True, help="Play the seeds that failed once before all others."
)
@click.option("--shrink/--no-shrink", "smaller", default=True, help="Look for the smallest plan that fails.")
@click.option(
    "--hq", "engine", type=click.Choice(["sqlite", "postgresql", "both"]), default="sqlite", show_default=True,
    help="HQ's database; both = play each seed on each and compare what was said and what HQ holds.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def world(
    seed: int, seeds: int, store_days: int, stores: int, strikes: str | None, line: str | None, jobs: int,
    first: bool, smaller: bool, engine: str, as_json: bool,
) -> None:  # fmt: skip
    """A chain and its HQ on a bad line; exit 1 when an invariant broke.

    What was never looked at and what never struck is named; from 300 store-days up that fails as well.
    """
    with ended_in_order(), _headquarters(engine) as hq:
        started = time.monotonic()
        if strikes is not None or line is not None:
            plan = _chosen(make_plan(seed, ODDS, stores=stores or None), strikes, line)
            report = play_plan(plan, hq)
        else:
            old = past.seeds() if first else []
            report = play_seeds(
                seed, jobs or os.cpu_count() or 1, before=old, seeds=seeds, store_days=store_days,
                stores=stores or None, told=None if as_json else _progress, hq=hq,
            )  # fmt: skip
        good = _shown(report, hq, round(time.monotonic() - started, 1), as_json)
        if report.violated and smaller and not as_json:
            _explain(report, stores or None, hq, engine)
    sys.exit(0 if good else 1)


@contextmanager
def _headquarters(engine: str) -> Iterator[Hq]:
    if engine == "sqlite":
        yield ON_FILES
        return
    with postgres.server() as address:
        yield Hq(address, ONLY_ON_FILES, both=engine == "both")


def _shown(report: Report, hq: Hq, seconds: float, as_json: bool) -> bool:
    idle = show.silent(report, hq.left_out)
    if as_json:
        click.echo(json.dumps(show.plain(report, idle, seconds)))
    else:
        show.table(report, idle)
    good = not report.violated and not (idle and report.store_days >= ENOUGH_DAYS)
    click.echo(show.last_line(report, good, seconds), err=as_json)
    return good


def _progress(report: Report) -> None:
    """A line now and then, for runs that take hours."""
    if report.store_days // PROGRESS_DAYS > (report.store_days - report.newest_days) // PROGRESS_DAYS:
        words = f"… {report.store_days} store-days, {report.seeds} seeds, {len(report.violated)} violations"
        click.echo(f"{words}, at most {report.mib} MiB in a process", err=True)


def _chosen(plan: Plan, strikes: str | None, line: str | None) -> Plan:
    numbers = None if strikes is None else {int(number) for number in strikes.split(",") if number}
    kept = tuple(one for one in plan.strikes if numbers is None or one.number in numbers)
    return plan.only(kept, plan.line if line is None else plan.line & frozenset(line.split(",")))


def _explain(report: Report, stores: int | None, hq: Hq, engine: str) -> None:
    """The first failing seed, the commit and the smallest plan found, with the command that plays it again."""
    seed, name = report.first_failure
    plan = make_plan(seed, ODDS, stores=stores)

    def breaks(smaller: Plan) -> bool:
        return any(f" {name}:" in words for words in play_plan(smaller, hq).violated)

    click.echo(f"\nseed {seed} breaks {name}; looking for the smallest plan …")
    small = shrink(plan, breaks)
    click.echo(f"commit {show.commit()}")
    for words in small.lines():
        click.echo(f"  {words}")
    numbers = ",".join(str(one.number) for one in small.strikes)
    again = f"lianpu-sim world --seed {seed} --strikes '{numbers}' --line '{','.join(sorted(small.line))}'"
    again += f" --stores {stores}" if stores else ""
    click.echo(f"again: {again}" + ("" if hq == ON_FILES else f" --hq {engine}"))


main.add_command(ablate)
main.add_command(crash)
main.add_command(fleet)
main.add_command(live)
main.add_command(offline)

if __name__ == "__main__":
    main()
