"""`lianpu-hq move-database`."""

from __future__ import annotations

import click

from hq.moving.actions import move
from hq.shell import Refusal
from retail.errors import LianpuError


@click.command("move-database")
@click.option("--to", "url", required=True, help="postgresql+psycopg://user@host/name of an empty database.")
@click.pass_context
def move_database(context: click.Context, url: str) -> None:
    """Move a stopped headquarters from SQLite to PostgreSQL, proving every table; killed, run it again."""
    try:
        sums = move(context.obj["home"], url, click.echo)
    except LianpuError as error:
        raise Refusal(error) from error
    click.echo(f"moved: {len(sums)} tables, {sum(one.rows for one in sums.values())} rows, all equal")
    click.echo(
        "set `database` in hq.toml (or LIANPU_HQ_DATABASE) to the target; the SQLite file stays as it is"
    )
