"""`lianpu-hq`: set up, run and care for a headquarters from the command line."""

from __future__ import annotations

import getpass
import json
import os
import sys
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import click

from hq import commands
from hq.backups.cli import backup, backup_key, release, restore
from hq.bundles.cli import bundle
from hq.imports.reading import FILE_BYTES_MAX
from hq.moving.cli import move_database
from hq.shell import Refusal, perform
from kit.files import make_folder
from kit.logs import configure
from retail.errors import LianpuError

HOME = "LIANPU_HOME"


def home_of(path: str | None) -> Path:
    """The folder of this headquarters: `--home`, then LIANPU_HOME, then `./hq-home`."""
    return Path(path or os.environ.get(HOME) or "hq-home").resolve()


@click.group()
@click.option("--home", envvar=HOME, help="Folder with database, keys and hq.toml.")
@click.pass_context
def main(context: click.Context, home: str | None) -> None:
    """The headquarters of a Lianpu chain."""
    context.obj = {"home": home_of(home)}


@main.command()
@click.option("--login", default="admin", show_default=True)
@click.option("--name", default="Administrator", show_default=True)
@click.option("--ask-password", is_flag=True, help="Type the password instead of having one made up.")
@click.option(
    "--language", type=click.Choice(["zh-Hans", "zh-Hant", "en"]), default="zh-Hant", show_default=True
)
@click.option("--chain-name", default="Lianpu", show_default=True)
@click.option("--currency", default="HKD", show_default=True)
@click.option("--time-zone", default="Asia/Hong_Kong", show_default=True)
@click.option(
    "--cash-step", type=int, default=10, show_default=True, help="Smallest cash amount in minor units."
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def init(
    context: click.Context, login: str, name: str, ask_password: bool, language: str, chain_name: str,
    currency: str, time_zone: str, cash_step: int, as_json: bool,
) -> None:  # fmt: skip
    """Make the database, the chain's first settings and the first administrator."""
    password = getpass.getpass("Password (at least 10 characters): ") if ask_password else ""
    answer = perform(
        context, "init", login=login, name=name, password=password, language=language,
        chain={"en": chain_name, "zh-Hans": chain_name, "zh-Hant": chain_name}, currency=currency,
        time_zone=time_zone, cash_step_minor=cash_step,
    )  # fmt: skip
    _show_password(answer, as_json)


def _show_password(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer))
    elif answer["password"]:
        click.echo(f"{answer['login']}: password {answer['password']} (shown once, change it after sign-in)")
    else:
        click.echo(f"{answer['login']}: added")


@main.command()
@click.option("--port", type=int, help="Instead of the port in hq.toml.")
@click.option("--listen", help="Instead of the host in hq.toml.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True,
    help="Processes that share the database; more than one needs PostgreSQL.",
)  # fmt: skip
@click.pass_context
def run(context: click.Context, port: int | None, listen: str | None, workers: int) -> None:
    """Serve console, API and sync until SIGTERM or Ctrl-C."""
    from hq import config, server

    home = context.obj["home"]
    if port is not None:
        os.environ[config.PREFIX + "PORT"] = str(port)
    if listen:
        os.environ[config.PREFIX + "HOST"] = listen
    try:
        make_folder(home)
        settings = config.load(home)
        configure(level=settings.log_level, as_json=settings.log_json)
        if workers == 1:
            server.serve(home)
        else:
            from hq import workers as many

            many.serve(home, workers)
    except LianpuError as error:
        raise Refusal(error) from error


@main.group()
def user() -> None:
    """People who may open the console."""


@user.command("add")
@click.argument("login")
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True,
              type=click.Choice(["administrator", "merchandiser", "auditor"]))  # fmt: skip
@click.option("--store", "stores", multiple=True, help="Only these stores; without it all stores.")
@click.option(
    "--language", type=click.Choice(["zh-Hans", "zh-Hant", "en"]), default="zh-Hant", show_default=True
)
@click.option("--ask-password", is_flag=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def add_user(
    context: click.Context, login: str, name: str, roles: tuple[str, ...], stores: tuple[str, ...],
    language: str, ask_password: bool, as_json: bool,
) -> None:  # fmt: skip
    """Add a person; the made-up password is printed once."""
    password = getpass.getpass("Password (at least 10 characters): ") if ask_password else ""
    answer = perform(
        context, "user.add", login=login, name=name, language=language, roles=list(roles),
        stores=list(stores) or None, password=password,
    )  # fmt: skip
    _show_password(answer, as_json)


@user.command("reset-second-factor")
@click.argument("login")
@click.pass_context
def reset_second_factor(context: click.Context, login: str) -> None:
    """Take the second factor of a person away; the password alone signs in again."""
    answer = perform(context, "user.reset_second_factor", login=login)
    click.echo(f"{answer['login']}: the password alone signs in again")


@main.group()
def store() -> None:
    """Stores of the chain."""


@store.command("add")
@click.argument("code")
@click.option("--name", help="The name in every language.")
@click.option("--name-en")
@click.option("--name-zh-hans")
@click.option("--name-zh-hant")
@click.option("--zone", required=True, help="Price zone; an unknown one is made.")
@click.option("--time-zone", default="", help="IANA zone; the chain's when left out.")
@click.option("--terminals", default="01", show_default=True, help="Codes with commas, e.g. 01,02.")
@click.pass_context
def add_store(
    context: click.Context, code: str, name: str | None, name_en: str | None, name_zh_hans: str | None,
    name_zh_hant: str | None, zone: str, time_zone: str, terminals: str,
) -> None:  # fmt: skip
    """Add a store with its terminals."""
    names = {"en": name_en or name, "zh-Hans": name_zh_hans or name, "zh-Hant": name_zh_hant or name}
    given = {language: text for language, text in names.items() if text} or {"en": code}
    answer = perform(
        context, "store.add", code=code, name=given, zone=zone, time_zone=time_zone,
        terminals=[part.strip() for part in terminals.split(",") if part.strip()],
    )  # fmt: skip
    click.echo(f"store {answer['store']} added")


@main.command("import")
@click.argument("kind", type=click.Choice(["products", "prices", "stock", "staff"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what the file would do.")
@click.option(
    "--encoding", default="",
    help="utf-8, utf-16, gb18030 or big5hkscs; recognised when left out, refused when not certain.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def import_file(
    context: click.Context, kind: str, file: Path, dry_run: bool, encoding: str, as_json: bool
) -> None:
    """Import a CSV file; rejected rows are listed, exit code 1 when there are any."""
    with file.open("rb") as opened:
        content = opened.read(FILE_BYTES_MAX + 1)  # a byte too many is refused in words
    answer = perform(
        context, "import", kind=kind, file_name=file.name, content=commands.as_text(content),
        encoding=encoding, dry=dry_run,
    )  # fmt: skip
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        if dry_run:
            click.echo(f"read as {answer['encoding']}; the first good rows:")
            click.echo("".join(f"  {' | '.join(row)}\n" for row in answer["preview"]), nl=False)
        for problem in answer["problems"]:
            place = f"row {problem['row']} {problem['column']} {problem['value']!r}"
            click.echo(f"{place}: {problem['reason']}. {problem['remedy']}.")
        for number, code in answer["codes"].items():
            click.echo(f"{number}: initial code {code} (shown once)")
        counts = ", ".join(f"{answer[name]} {name}" for name in ("new", "changed", "same", "rejected"))
        click.echo(f"{answer['rows']} rows: {counts}" + (" (dry run)" if dry_run else ""))
    sys.exit(1 if answer["rejected"] else 0)


@main.command("enrol-code")
@click.argument("store")
@click.option("--fingerprint", default="", help="What `lianpu-edge fingerprint` shows on the store's PC.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def enrol_code(context: click.Context, store: str, fingerprint: str, as_json: bool) -> None:
    """Make a one-use code for a store's node, good for 15 minutes."""
    answer = perform(context, "enrol.code", store=store, fingerprint=fingerprint)
    click.echo(json.dumps(answer) if as_json else f"Store {store}: {answer['code']}")


@main.command("enrol-confirm")
@click.argument("store")
@click.argument("fingerprint")
@click.pass_context
def enrol_confirm(context: click.Context, store: str, fingerprint: str) -> None:
    """Confirm the fingerprint that the store's PC shows."""
    perform(context, "enrol.confirm", store=store, fingerprint=fingerprint)
    click.echo(f"store {store} confirmed")


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Check this headquarters; exit code 1 when something fails."""
    answer = perform(context, "doctor")
    if as_json:
        click.echo(json.dumps(answer, indent=2))
    else:
        for check in answer["checks"]:
            line = f"{check['state']:4}  {check['id']:24} {check['seen']}"
            click.echo(line + (f"  → {check['fix']}" if check["fix"] and check["state"] != "pass" else ""))
    sys.exit(0 if answer["ok"] else 1)


main.add_command(backup)
main.add_command(bundle)
main.add_command(backup_key)
main.add_command(restore)
main.add_command(release)
main.add_command(move_database)


@main.command()
def version() -> None:
    """The version of this program."""
    try:
        click.echo(f"lianpu-hq {installed_version('lianpu')}")
    except PackageNotFoundError:
        click.echo("lianpu-hq (not installed)")


if __name__ == "__main__":
    main()
