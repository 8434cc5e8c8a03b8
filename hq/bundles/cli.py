"""`lianpu-hq bundle export` and `import`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hq.headquarters import TEXTS
from hq.shell import perform
from kit.i18n import Catalogue, words_of
from retail.errors import LianpuError

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def bundle() -> None:
    """Exchange with a store on a stick, where there is no line."""


@bundle.command("export")
@click.argument("folder", type=FOLDER)
@click.option("--store", required=True, help="Code of the store.")
@click.option(
    "--confirm",
    "fingerprint",
    default="",
    help="Fingerprint of the new computer.",
)
@click.option("--hq", "hq_url", default="", help="Address of HQ for the day on which there is a line.")
@click.pass_context
def export(context: click.Context, folder: Path, store: str, fingerprint: str, hq_url: str) -> None:
    """Write receipts, prices, goods and people for one store."""
    answer = perform(
        context, "bundle.export", store=store, folder=str(folder.resolve()), fingerprint=fingerprint, hq_url=hq_url
    )  # fmt: skip
    click.echo(json.dumps(answer))


@bundle.command("import")
@click.argument("folder", type=FOLDER)
@click.pass_context
def take(context: click.Context, folder: Path) -> None:
    """Take what stores have written; exit code 1 when a file was refused or a store's log parts from HQ's."""
    answer = perform(context, "bundle.import", folder=str(folder.resolve()))
    click.echo(json.dumps(answer))
    for one in answer["taken"]:
        if one["refused"]:
            error = LianpuError(one["refused"], **one["facts"])
            click.echo(f"{one['file']}: {words_of(Catalogue(TEXTS), error)}", err=True)
    context.exit(1 if any(one["left"] or one["refused"] for one in answer["taken"]) else 0)
