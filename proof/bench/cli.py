"""`lianpu-bench [ITEM]`: the figures of docs/performance.md. It reports; a missed target is never a failed command."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

import click

from kit.clock import SystemClock
from proof.bench import (
    bootstrap,
    commit,
    crowd,
    growth,
    lag,
    lookup,
    postgres,
    process,
    push,
    receipt,
    scan,
    storeday,
)
from proof.bench.measure import Figure
from proof.bench.pouchdb import item as pouchdb
from proof.bench.pouchdb import live as pouchdb_live

ITEMS: dict[str, Callable[[int], list[Figure]]] = {
    "commit": commit.measure,
    "push": push.measure,
    "postgres": postgres.measure,
    "bootstrap": bootstrap.measure,
    "lag": lag.measure,
    "crowd": crowd.measure,
    "scan": scan.measure,
    "process": process.measure,
    "lookup": lookup.measure,
    "receipt": receipt.measure,
    "growth": growth.measure,
    "storeday": storeday.measure,
    "pouchdb": pouchdb.measure,
    "pouchdb-live": pouchdb_live.measure,
}
HEAD = "| what | ours | limit | ratio | target | |\n|---|---|---|---|---|---|"


@click.command()
@click.argument("item", required=False, type=click.Choice(list(ITEMS)))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="Rounds that count.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--markdown", is_flag=True, help="The rows of the table in docs/performance.md.")
def main(item: str | None, rounds: int, as_json: bool, markdown: bool) -> None:
    """Measure ITEM, or all, beside its limit in the same run; exit 1 when one of them came to no end."""
    began, exit_code = SystemClock().monotonic_ms(), 0
    figures: dict[str, list[Figure]] = {}
    for name in [item] if item else list(ITEMS):
        figures[name] = []
        try:
            figures[name] = ITEMS[name](rounds)
        except (LookupError, ModuleNotFoundError) as error:
            click.echo(f"{name}: {error.args[0]}", err=True)
        except RuntimeError as error:
            click.echo(f"{name}: {' '.join(str(error).split())}", err=True)
            exit_code = 1
        if not as_json and not markdown:
            for figure in figures[name]:
                click.echo(figure.line())
    seconds = (SystemClock().monotonic_ms() - began) / 1000
    if as_json:
        plain = {name: [figure.plain() for figure in found] for name, found in figures.items()}
        click.echo(
            json.dumps({"machine": machine(), "rounds": rounds, "seconds": seconds, "items": plain}, indent=1)
        )
    elif markdown:
        click.echo("\n".join([HEAD, *(figure.row() for found in figures.values() for figure in found)]))
    else:
        click.echo(summary([figure for found in figures.values() for figure in found], rounds, seconds))
    sys.exit(exit_code)


def summary(figures: list[Figure], rounds: int, seconds: float) -> str:
    """The last line."""
    aimed = [figure for figure in figures if figure.wanted]
    met = sum(figure.met for figure in aimed)
    return (
        f"{met} of {len(aimed)} targets met ({machine()}, {rounds} rounds, {seconds:.0f} s,"
        f" load {os.getloadavg()[0]:.1f})"
    )


def machine() -> str:
    """No more of the machine than what a figure needs."""
    return f"{os.cpu_count()} cores, Python {sys.version_info.major}.{sys.version_info.minor}"


if __name__ == "__main__":
    main()
