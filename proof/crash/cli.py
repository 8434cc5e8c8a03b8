"""`lianpu-sim crash`: enumerate what power cuts leave of a node's files, and count what is lost or half."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

import click

from proof.crash.acts import ACTS
from proof.crash.parts import COUNTS, PARTS
from proof.crash.run import SHOWN, Tally, enumerate_cuts, line, replay
from proof.demo.processes import ended_in_order

COLUMNS = ("operations", "states", "distinct", "recoveries", "boots", "lost", "half")


@click.command()
@click.option("--states", default=20_000, show_default=True, help="Distinct states to judge, over all acts.")
@click.option(
    "--act", "acts", multiple=True, type=click.Choice(tuple(ACTS)), help="Only this act; may be repeated."
)
@click.option("--state", "number", type=int, help="Replay this one state of one --act.")
@click.option("--part", type=click.Choice(tuple(PARTS)), help="Another way to fail instead of power cuts.")
@click.option("--count", type=int, help="How many flips or kills; 1,000 and 500 by themselves.")
@click.option("--seed", default=1, show_default=True, help="The seed of ids, salts and drawn states.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def crash(
    states: int, acts: tuple[str, ...], number: int | None, part: str | None, count: int | None, seed: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Power cuts at every operation on the node's files; exit 1 when anything is lost or half."""
    if number is not None and len(acts) != 1:
        raise click.UsageError("--state needs exactly one --act")
    with ended_in_order():
        if number is not None:
            good = show_state(acts[0], number, seed)
        elif part is not None:
            good = show_part(part, count or COUNTS.get(part, 0), seed, as_json)
        else:
            good = cut(states, acts or tuple(ACTS), seed, as_json)
    sys.exit(0 if good else 1)


def cut(wanted: int, acts: tuple[str, ...], seed: int, as_json: bool) -> bool:
    """The power cuts; does everything hold?"""
    started = time.process_time()
    tallies = enumerate_cuts(acts, wanted, seed)
    seconds = round(time.process_time() - started, 1)
    judged = sum(tally.distinct for tally in tallies)
    good = judged >= wanted and not any(tally.lost or tally.half for tally in tallies)
    if as_json:
        click.echo(json.dumps({"acts": [asdict(tally) for tally in tallies], "seconds": seconds, "ok": good}))
    else:
        show(tallies)
    click.echo(summary(tallies, wanted, seconds, good), err=as_json)
    return good


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


def show_part(name: str, count: int, seed: int, as_json: bool) -> bool:
    """Another part; does it hold?"""
    started = time.monotonic()
    found = PARTS[name](seed, count)
    seconds = round(time.monotonic() - started, 1)
    if as_json:
        click.echo(json.dumps(asdict(found) | {"seconds": seconds, "ok": not found.wrong}))
    else:
        click.echo("\n".join([*found.figures, *(f"WRONG {text}" for text in found.wrong[:SHOWN])]))
    click.echo(
        f"{name} {'FAILS' if found.wrong else 'holds'}: {len(found.wrong)} wrong, {seconds} s", err=as_json
    )
    return not found.wrong


def show_state(act: str, number: int, seed: int) -> bool:
    """One state: what was kept, what it left, what is wrong with it; does it hold?"""
    state, files, found = replay(act, number, seed)
    click.echo(f"{act} state {number}: {state.label}, {len(state.cut.pending)} operations pending, kept:")
    for op in state.kept:
        click.echo(f"  {op}")
    for name, data in sorted(files.items()):
        click.echo(f"{len(data):>10} bytes  {name}")
    for one in found:
        click.echo(f"WRONG {line(one)}")
    click.echo("nothing lost, nothing half" if not found else f"{len(found)} wrong")
    return not found
