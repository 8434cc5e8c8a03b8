"""`lianpu-bench [ITEM]`: the figures of docs/performance.md. It reports; a missed target is never a failed command.

A figure is worth nothing where something was lost on the way: its row says WRONG, is neither met nor missed, and fails
the command, as an item does that broke. Left out is only what this machine cannot do (`Skipped`).
"""

from __future__ import annotations

import json
import os
import sys
import traceback
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
from proof.bench.measure import Figure, judged
from proof.bench.pouchdb import item as pouchdb
from proof.bench.pouchdb import live as pouchdb_live
from proof.demo.processes import ended_in_order
from proof.skipped import Skipped

ITEMS: dict[str, Callable[..., list[Figure]]] = {
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
@click.option(
    "--growth",
    "receipts",
    default=growth.RECEIPTS,
    show_default=True,
    type=click.IntRange(1),
    help="Receipts of the item growth.",
)
@click.option(
    "--history",
    "sales",
    default=storeday.SALES_MADE,
    show_default=True,
    type=click.IntRange(storeday.SALES_MIN),
    help="Sales of the item storeday.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--markdown", is_flag=True, help="The rows of the table in docs/performance.md.")
def main(item: str | None, rounds: int, receipts: int, sales: int, as_json: bool, markdown: bool) -> None:
    """Measure ITEM, or all, beside its limit in the same run; exit 1 when one of them broke or did WRONG work."""
    began = SystemClock().monotonic_ms()
    sizes = {"growth": {"receipts": receipts}, "storeday": {"sales": sales}}
    figures: dict[str, list[Figure]] = {}
    broken = False
    with ended_in_order():
        for name in [item] if item else list(ITEMS):
            found = measured(name, rounds, sizes.get(name, {}))
            broken |= found is None or any(figure.wrong for figure in found)
            figures[name] = found or []
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
    sys.exit(1 if broken else 0)


def measured(name: str, rounds: int, size: dict[str, int]) -> list[Figure] | None:
    """The rows of an item, none where it is left out; None when it broke. Both are said on stderr."""
    try:
        return judged(ITEMS[name](rounds, **size), rounds)
    except Skipped as skipped:
        click.echo(f"{name}: {skipped}", err=True)
        return []
    except RuntimeError as error:
        click.echo(f"{name}: {' '.join(str(error).split())}", err=True)
    except Exception:  # noqa: BLE001 — a mistake of ours takes no other item with it
        click.echo(f"{name}: {traceback.format_exc()}", err=True)
    return None


def summary(figures: list[Figure], rounds: int, seconds: float) -> str:
    """The last line: of the targets that were judged, how many are met; and how many rows say nothing."""
    verdicts = [figure.met for figure in figures if figure.met is not None]
    short = sum(bool(figure.wanted and figure.short) for figure in figures)
    wrong = sum(figure.wrong for figure in figures)
    told = [f"{sum(verdicts)} of {len(verdicts)} targets met"]
    told += [f"{short} not measured in full"] if short else []
    told += [f"{wrong} rows WRONG"] if wrong else []
    load = os.getloadavg()[0]
    return f"{', '.join(told)} ({machine()}, {rounds} rounds, {seconds:.0f} s, load {load:.1f})"


def machine() -> str:
    """No more of the machine than what a figure needs."""
    return f"{os.cpu_count()} cores, Python {sys.version_info.major}.{sys.version_info.minor}"


if __name__ == "__main__":
    main()
