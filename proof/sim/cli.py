"""`lianpu-sim`: play seeded worlds and say what held, how often it was looked at, and what struck."""

from __future__ import annotations

import json
import os
import sys
import time

import click

from proof.crash.cli import crash
from proof.sim.ablate.command import ablate
from proof.sim.acts import MISFORTUNES
from proof.sim.checks import CHECKS, Report
from proof.sim.run import play_seeds

FAULTS = (
    "loss", "cut", "duplication", "delay", "mangled_question", "mangled_answer", "offline", "hq_restart", "restored",
    "poison", "foreign_account", *MISFORTUNES,
)  # fmt: skip
SHOWN = 20


@click.group()
def main() -> None:
    """Simulations of Lianpu."""


@main.command()
@click.option("--seed", default=1, show_default=True, help="The first seed.")
@click.option("--seeds", default=1, show_default=True, help="How many seeds.")
@click.option("--store-days", default=2, show_default=True, help="Days of all stores together, per seed.")
@click.option("--jobs", default=0, help="Processes; 0 = one per core.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def world(seed: int, seeds: int, store_days: int, jobs: int, as_json: bool) -> None:
    """Two stores and HQ on a bad line; exit 1 when an invariant broke.

    What was never looked at and what never struck is named; from 20 seeds up that fails as well.
    """
    started = time.monotonic()
    report = play_seeds(range(seed, seed + seeds), store_days, jobs or os.cpu_count() or 1)
    idle = silent(report)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        click.echo(json.dumps({"evaluated": report.evaluated, "faults": report.faults, "silent": idle,
                               "violated": report.violated, "seconds": seconds}))  # fmt: skip
    else:
        show(report, idle)
    good = not report.violated and not (idle and seeds >= SHOWN)
    outcome = "holds" if good else "FAILS"
    total = sum(report.evaluated.values())
    click.echo(
        f"world {outcome}: {seeds} seeds, {seeds * store_days} store-days, {total} evaluations,"
        f" {sum(report.faults.values())} faults, {len(report.violated)} violations, {seconds} s",
        err=as_json,
    )
    sys.exit(0 if good else 1)


def silent(report: Report) -> list[str]:
    """Invariants that were never evaluated and faults that never struck."""
    names = [f"invariant {name}" for name in CHECKS if not report.evaluated[name]]
    return names + [f"fault {name}" for name in FAULTS if not report.faults[name]]


def show(report: Report, idle: list[str]) -> None:
    """The report for people."""
    click.echo("invariant  evaluated")
    for name in CHECKS:
        click.echo(f"  {name:<6} {report.evaluated[name]:>10}")
    click.echo("fault  struck")
    for name in FAULTS:
        click.echo(f"  {name:<22} {report.faults[name]:>8}")
    for line in report.violated[:SHOWN]:
        click.echo(f"VIOLATED {line}")
    for line in idle:
        click.echo(f"NEVER {line}")


main.add_command(ablate)

main.add_command(crash)

if __name__ == "__main__":
    main()
