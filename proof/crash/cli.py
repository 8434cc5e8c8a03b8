"""`lianpu-sim crash`: enumerate what power cuts leave of a node's files, and count what is lost or half."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

import click

from proof.crash.acts import ACTS
from proof.crash.run import SHOWN, Tally, enumerate_cuts, line, replay

COLUMNS = ("operations", "states", "distinct", "recoveries", "boots", "lost", "half")


@click.command()
@click.option("--states", default=20_000, show_default=True, help="Distinct states to judge, over all acts.")
@click.option(
    "--act", "acts", multiple=True, type=click.Choice(tuple(ACTS)), help="Only this act; may be repeated."
)
@click.option("--state", "number", type=int, help="Replay this one state of one --act.")
@click.option("--seed", default=1, show_default=True, help="The seed of ids, salts and drawn states.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def crash(states: int, acts: tuple[str, ...], number: int | None, seed: int, as_json: bool) -> None:
    """Power cuts at every operation on the node's files; exit 1 when anything is lost or half."""
    if number is not None:
        if len(acts) != 1:
            raise click.UsageError("--state needs exactly one --act")
        sys.exit(show_state(acts[0], number, seed))
    started = time.process_time()
    tallies = enumerate_cuts(acts or tuple(ACTS), states, seed)
    seconds = round(time.process_time() - started, 1)
    judged = sum(tally.distinct for tally in tallies)
    good = judged >= states and not any(tally.lost or tally.half for tally in tallies)
    if as_json:
        click.echo(json.dumps({"acts": [asdict(tally) for tally in tallies], "seconds": seconds, "ok": good}))
    else:
        show(tallies)
    click.echo(summary(tallies, states, seconds, good), err=as_json)
    sys.exit(0 if good else 1)


def summary(tallies: list[Tally], wanted: int, seconds: float, good: bool) -> str:
    """The last line."""
    judged, lost, half = (
        sum(getattr(tally, name) for tally in tallies) for name in ("distinct", "lost", "half")
    )
    few = f" (fewer than {wanted})" if judged < wanted else ""
    return (
        f"crash {'holds' if good else 'FAILS'}: {judged} distinct states{few} of {len(tallies)} acts,"
        f" {lost} lost, {half} half, {seconds} s of processor time"
    )


def show(tallies: list[Tally]) -> None:
    """The report for people."""
    click.echo(f"{'act':<12}" + "".join(f"{name:>12}" for name in COLUMNS))
    for tally in tallies:
        click.echo(f"{tally.act:<12}" + "".join(f"{getattr(tally, name):>12}" for name in COLUMNS))
    for tally in tallies:
        for text in tally.wrong[:SHOWN]:
            click.echo(f"WRONG {text}")


def show_state(act: str, number: int, seed: int) -> int:
    """One state: what was kept, what it left, what is wrong with it; the exit status."""
    state, files, found = replay(act, number, seed)
    click.echo(f"{act} state {number}: {state.label}, {len(state.cut.pending)} operations pending, kept:")
    for op in state.kept:
        click.echo(f"  {op}")
    for name, data in sorted(files.items()):
        click.echo(f"{len(data):>10} bytes  {name}")
    for one in found:
        click.echo(f"WRONG {line(one)}")
    click.echo("nothing lost, nothing half" if not found else f"{len(found)} wrong")
    return 1 if found else 0
