"""The table of the ablations, for people on a terminal and in a page, and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from proof.sim.ablate.model import GOOD, MISSED, UNREACHED, WAITING, Outcome, Planted

HEAD = ("fault", "rule", "played in", "caught by", "seed", "seconds")


def row(fault: Planted, outcome: Outcome) -> tuple[str, ...]:
    """One line of the table."""
    by = " ".join(outcome.by) if outcome.state in GOOD else outcome.state
    if outcome.state == WAITING:
        by = f"{outcome.state}: {fault.waits_for}"
    seed = "—" if outcome.seed is None else str(outcome.seed)
    return fault.name, fault.rule, fault.scene.name, by, seed, f"{outcome.seconds:.1f}"


def line(fault: Planted, outcome: Outcome) -> str:
    """One line on a terminal."""
    name, rule, scene, by, seed, seconds = row(fault, outcome)
    return f"{name:<34} | {rule:<62.62} | {scene:<22} | {by:<32} | {seed:>4} | {seconds:>6}"


def head() -> str:
    """The line above."""
    name, rule, scene, by, seed, seconds = HEAD
    return f"{name:<34} | {rule:<62} | {scene:<22} | {by:<32} | {seed:>4} | {seconds:>6}"


def summary(outcomes: Sequence[Outcome]) -> str:
    """The last line: how many, and what is left over."""
    states = [outcome.state for outcome in outcomes]
    caught, waiting = sum(state in GOOD for state in states), states.count(WAITING)
    left = len(states) - caught - waiting - states.count(UNREACHED)
    return (
        f"{caught} of {len(states) - waiting} caught, {states.count(UNREACHED)} not reached, {left} not caught,"
        f" {waiting} without a feature yet"
    )


def good(outcomes: Sequence[Outcome]) -> bool:
    """Nothing that was reached went unnoticed."""
    return all(outcome.state in (*GOOD, UNREACHED, WAITING) for outcome in outcomes)


def plain(fault: Planted, outcome: Outcome) -> dict[str, Any]:
    """For programs."""
    return asdict(outcome) | {"rule": fault.rule, "where": fault.where, "scene": fault.scene.name}


def page(faults: Sequence[Planted], outcomes: Sequence[Outcome]) -> str:
    """The whole of docs/ablations.md."""
    lines = [
        "| " + " | ".join(row(fault, outcome)) + " |" for fault, outcome in zip(faults, outcomes, strict=True)
    ]
    table = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD), *lines]
    return PAGE.format(table="\n".join(table), summary=summary(outcomes))


PAGE = """# Ablations

A simulation that never fails proves little until it is known to fail when it should. `lianpu-sim ablate` breaks the
real code on purpose, one small mistake at a time, plays seeded worlds with it, and looks whether an invariant notices.
Every rule of the sync protocol that carries weight is taken away once; the others are slips that a developer could
make. "Played in" is the world of `lianpu-sim world`, or a small directed story of the same code where a day of the
world does not come to the place. Names such as U5 or L2 are the invariants of the [sync protocol](sync-protocol.md);
another word under "caught by" is the exception that the broken code ran into.

{table}

{summary}.

## Adding one
A fault is one entry in `proof/sim/ablate/faults/`: a name, the rule, the scene, and one or two `Edit`s. An edit names
a function, a piece of its source that stands there exactly once, and what stands there instead:
`Edit("sync.plan:cut", "count > 0", "planted(count > 0, True)")`. `planted(right, wrong)` gives the wrong value and
counts when the right one was another, so that a fault that changes nothing is reported as not reached and never as
caught; `reached(when)` counts where there is no pair of values. Play it with `lianpu-sim ablate --only NAME`. If it is
reached and nobody notices, a check is missing: write that first, then keep the seed with `--remember` and make this
page again with `lianpu-sim ablate --markdown > docs/ablations.md`.
"""


def missed(outcomes: Sequence[Outcome]) -> list[str]:
    """Names of faults that nobody noticed."""
    return [outcome.name for outcome in outcomes if outcome.state == MISSED]
