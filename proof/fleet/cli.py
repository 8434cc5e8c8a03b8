"""`lianpu-sim fleet`."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click

from proof.demo.processes import ended_in_order
from proof.fleet.chain import make_chain
from proof.fleet.run import Course, Fleet, Outcome


@click.command()
@click.option("--nodes", default=1000, show_default=True, type=click.IntRange(1, 20_000))
@click.option("--products", default=500, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--steady", default=60.0, show_default=True, help="Seconds of steady state.")
@click.option(
    "--flood", default=60.0, show_default=True, help="Seconds in which all prices change three times."
)
@click.option("--outage", default=60.0, show_default=True, help="Seconds without HQ.")
@click.option("--event-every", default=30.0, show_default=True, help="Seconds between two events of a store.")
@click.option("--json", "as_json", is_flag=True)
def fleet(
    nodes: int, products: int, steady: float, flood: float, outage: float, event_every: float, as_json: bool
) -> None:
    """Light nodes that speak the real protocol with one real HQ on this machine; exit 1 when P4, P5 or a log broke."""
    told = (lambda _text: None) if as_json else click.echo
    course = Course(steady=steady, flood=flood, outage=outage, event_every=event_every)
    with ended_in_order(), tempfile.TemporaryDirectory(prefix="lianpu-fleet-") as folder:
        chain = make_chain(Path(folder), nodes, products, lambda count: told(f"{count} stores enrolled"))
        outcome = Fleet(chain, course, told).run()
    if as_json:
        click.echo(json.dumps(outcome.__dict__))
    else:
        for line in table(outcome):
            click.echo(line)
    sys.exit(1 if outcome.wrong else 0)


def table(outcome: Outcome) -> list[str]:
    """The phases as rows of Markdown, then the verdict."""
    columns = (
        "phase", "s", "requests/s", "busiest s", "knocks/node", "hello p50 / p99 ms",
        "receipt p50 / p99 / max ms", "HQ cores", "HQ ms/request", "HQ MB", "failed", "sent away",
    )  # fmt: skip
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    for row in outcome.phases:
        hello, receipt = row["hello_ms"], row["receipt_ms"]
        cells = [
            row["phase"], row["seconds"], row["requests_per_second"], row["busiest_second"], row["knocks_per_node"],
            _shown(hello, "p50", "p99"), _shown(receipt, "p50", "p99", "max"), row["hq_cores"],
            row["hq_cpu_ms_per_request"], row["hq_mb"], row["failed"], row["sent_away"],
        ]  # fmt: skip
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    lines.append("")
    lines += outcome.said
    lines.append(f"{outcome.nodes} nodes, {outcome.events} events, {outcome.rows} rows; all heard again after"
                 f" {outcome.back_seconds} s")  # fmt: skip
    lines += [f"WRONG: {why}" for why in outcome.wrong]
    lines.append("FAILED" if outcome.wrong else "every log is at HQ to its last link")
    return lines


def _shown(spread: object, *names: str) -> str:
    assert isinstance(spread, dict)
    return " / ".join(f"{spread[name]:.0f}" for name in names) if spread else "—"
