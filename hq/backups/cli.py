"""`lianpu-hq backup`, `backup-key`, `restore`, `release`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hq import commands, config
from hq.backups import keys
from hq.backups import restore as restoring
from hq.backups.model import FULL, INCREMENTAL
from hq.backups.refill import refill
from hq.headquarters import DATABASE, TEXTS, check_there
from hq.shell import Refusal, perform
from kit.clock import SystemClock
from kit.context import Actor, Context
from kit.crypto import random_bytes
from kit.i18n import Catalogue, words_of
from kit.sql import parsed
from retail.civil import store_local
from retail.errors import LianpuError, NotNow

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--incremental", is_flag=True, help="Only what the newest full backup lacks.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def backup(context: click.Context, incremental: bool, as_json: bool) -> None:
    """Back up now, to every target, and prove it by reading it back; exit code 1 when a target failed."""
    answer = perform(context, "backup", kind=INCREMENTAL if incremental else FULL)
    if as_json:
        click.echo(json.dumps(answer))
    else:
        click.echo(f"{answer['file']}: {answer['kind']}, {answer['bytes']:,} bytes, verified")
        texts = Catalogue(TEXTS)
        for target, why in answer["copies"].items():
            click.echo(f"  {target}: {texts.reason('en', why) or 'stored'}")
    context.exit(1 if any(answer["copies"].values()) else 0)


@click.command("backup-key")
@click.option(
    "--new", is_flag=True, help="Draw another: the old one is lost for good, and its backups with it."
)
@click.pass_context
def backup_key(context: click.Context, new: bool) -> None:
    """Print the key of the backups in words, for the safe: without it no backup can be opened."""
    home: Path = context.obj["home"]
    try:
        check_there(home)
        if new or not (home / keys.FILE).exists():
            perform(context, "backup.key", new=new)
        else:
            _compare(home)
        click.echo(keys.to_words(keys.load(home / keys.FILE)))
    except LianpuError as error:
        raise Refusal(error) from error


def _compare(home: Path) -> None:
    """Words that open no backup are no words for the safe; but a database that is broken keeps nobody from his key."""
    try:
        commands.execute(home, "backup.key", {"new": False})
    except Exception as error:  # whatever it is about the database: without these words nothing is left
        if isinstance(error, LianpuError) and error.code == "backups.key_changed":
            raise
        why = words_of(Catalogue(TEXTS), error) if isinstance(error, LianpuError) else str(error)
        click.echo(f"not compared with the backups: {why}", err=True)


@click.command()
@click.argument("file", type=FILE)
@click.option("--base", type=FILE, help="The full backup of an incremental one, when it lies elsewhere.")
@click.option("--key", "key_file", type=FILE, help="A file with the key or its words; else keys/backup.key.")
@click.option("--accept-loss", is_flag=True, help="Restore although stores may have deleted what it lacks.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def restore(
    context: click.Context,
    file: Path,
    base: Path | None,
    key_file: Path | None,
    accept_loss: bool,
    as_json: bool,
) -> None:
    """Put a backup in the place of the database, or into an empty PostgreSQL one; the server must be stopped."""
    home: Path = context.obj["home"]
    try:
        done = _restored(home, restoring.Wanted(file, key_file, base, accept_loss))
    except LianpuError as error:
        for line in error.facts.get("ranges", []):
            click.echo(f"  not in this backup: {line}", err=True)
        raise Refusal(error) from error
    facts = restoring.plain(done)
    if as_json:
        click.echo(json.dumps(facts))
        return
    taken = store_local(done.manifest.taken_at, "UTC")
    click.echo(f"restored {done.manifest.file}, taken {taken} UTC; epoch {done.epoch}")
    click.echo(f"the old database lies in {done.aside}" if done.aside else "there was no database before")
    for line in facts["lost"]:
        click.echo(f"  stores may have deleted what this backup lacks: {line}")
    for line in facts["own"]:
        click.echo(f"  HQ's own entries that are gone: {line}")
    click.echo(
        "Prices, goods and people are as they were then, and frozen: start HQ, look, then lianpu-hq release."
    )


@click.command()
@click.pass_context
def release(context: click.Context) -> None:
    """After a restore: let prices, goods and people go down to the stores again."""
    perform(context, "release")
    click.echo("the stores take HQ's rows again")


def _restored(home: Path, wanted: restoring.Wanted) -> restoring.Restored:
    """Into the file of this headquarters, or into its empty PostgreSQL database."""
    address = config.load(home).database or f"sqlite:///{home / DATABASE}"
    url = parsed(address)
    if url.get_backend_name() != "sqlite":
        return refill(home, address, wanted, ctx=_context(), told=lambda line: click.echo(line, err=True))
    if not url.database:
        raise NotNow("backups.in_memory")
    return restoring.restore(home, Path(url.database), wanted, ctx=_context())


def _context() -> Context:
    actor = Actor(staff="command-line", name="command line", role="administrator")
    return Context(app=None, clock=SystemClock(), actor=actor, device="restore", trace=random_bytes(8).hex())
