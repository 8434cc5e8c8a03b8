"""`lianpu-sim ablate`."""

from __future__ import annotations

import json
import os
import sys

import click

from proof.demo.processes import ended_in_order
from proof.sim.ablate import hints, show
from proof.sim.ablate.model import Outcome
from proof.sim.ablate.registry import FAULTS
from proof.sim.ablate.runner import play_all


@click.command()
@click.option("--seeds", default=20, show_default=True, help="How many seeds a fault has to be caught in.")
@click.option("--only", multiple=True, help="Only this fault; may be given several times.")
@click.option("--jobs", default=0, help="Processes; 0 = one per core.")
@click.option("--json", "as_json", is_flag=True, help="The outcomes as JSON.")
@click.option("--markdown", is_flag=True, help="The table as a page.")
@click.option("--remember", is_flag=True, help="Keep the seeds that caught, to be tried first next time.")
def ablate(
    seeds: int, only: tuple[str, ...], jobs: int, as_json: bool, markdown: bool, remember: bool
) -> None:
    """Break the real code on purpose, fault after fault; exit 1 when nobody notices one that was reached."""
    unknown = set(only) - {fault.name for fault in FAULTS}
    if unknown:
        raise click.BadParameter(f"no such fault: {', '.join(sorted(unknown))}", param_hint="--only")
    chosen = [fault for fault in FAULTS if not only or fault.name in only]
    named = {fault.name: fault for fault in chosen}
    talks = not as_json and not markdown

    def done(outcome: Outcome) -> None:
        if talks:
            click.echo(show.line(named[outcome.name], outcome))

    if talks:
        click.echo(show.head())
    with ended_in_order():
        outcomes = play_all(chosen, seeds, hints.read(), jobs or os.cpu_count() or 1, done)
    if remember:
        hints.remember(outcomes)
    if as_json:
        click.echo(json.dumps([show.plain(named[outcome.name], outcome) for outcome in outcomes]))
    if markdown:
        click.echo(show.page(chosen, outcomes), nl=False)
    click.echo(show.summary(outcomes), err=not talks)
    sys.exit(0 if show.good(outcomes) else 1)
