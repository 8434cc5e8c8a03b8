"""`lianpu-edge`: run a store node, enrol it, pair a browser, ask how it is."""

from __future__ import annotations

import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from edge import commands, control
from edge.mirror import server as receiving
from edge.node import HERE, VERSION, Node
from edge.rebuild import command as rebuilding
from edge.scrub.alone import refusal, scrub_alone
from edge.scrub.salvage import has_database
from edge.wsgi import EdgeServer
from kit.config import load
from kit.db import DatabaseDamaged
from kit.files import make_folder
from kit.i18n import Catalogue, words_of
from kit.logs import configure
from retail.errors import LianpuError, Misconfigured
from schemas.config.edge import EdgeConfig

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
@click.option(
    "--home", envvar="LIANPU_HOME", default="./edge-home", help="Folder of databases, keys and spool."
)
@click.pass_context
def main(ctx: click.Context, home: str) -> None:
    """The Lianpu store node."""
    ctx.obj = Path(home).resolve()


def _config(home: Path) -> EdgeConfig:
    try:
        return load(EdgeConfig, home / "edge.toml", os.environ, "LIANPU_EDGE_")
    except Misconfigured as error:
        raise click.ClickException("\n".join(error.problems))


def _open(home: Path) -> Node:
    try:
        return Node(home, _config(home))
    except DatabaseDamaged as error:
        raise click.ClickException(str(refusal(home, error)))
    except Misconfigured as error:
        raise click.ClickException("\n".join(error.problems))


def _do(home: Path, name: str, **arguments: Any) -> dict[str, Any]:
    """A command in the running server, else alone under the file lock."""

    def alone() -> dict[str, Any]:
        node = _open(home)
        try:
            return commands.COMMANDS[name](node, arguments)
        finally:
            node.close()

    try:
        result: dict[str, Any] = control.call(home, name, arguments, alone)
    except LianpuError as error:
        raise click.ClickException(words_of(Catalogue(HERE / "i18n"), error))
    return result


@main.command()
@click.pass_obj
def run(home: Path) -> None:
    """Serve the till until SIGTERM."""
    configure(level=_config(home).log_level)
    node = _open(home)
    try:
        EdgeServer(node).run()
    except Misconfigured as error:
        raise click.ClickException("\n".join(error.problems))
    finally:
        node.close()


@main.command()
@click.option("--hq", default="", help="Address of HQ, for example https://hq.example.com")
@click.option("--code", default="", help="One-use code from HQ's page of this store.")
@click.option(
    "--export", "folder", type=FOLDER, help="Without a line: leave a request for HQ in this folder (a stick)."
)
@click.pass_obj
def enrol(home: Path, hq: str, code: str, folder: Path | None) -> None:
    """Give this node its store."""
    if folder is not None:
        click.echo(json.dumps(_do(home, "enrol_export", folder=str(folder.resolve()))))
        return
    if not hq.startswith(("https://", "http://")):
        raise click.BadParameter(
            "write the whole address, for example https://hq.example.com", param_hint="--hq"
        )
    if not code:
        raise click.BadParameter("HQ makes one for this store", param_hint="--code")
    found = _do(home, "enrol", hq=hq, code=code)
    click.echo(json.dumps(found, ensure_ascii=False))


@main.group()
def bundle() -> None:
    """Exchange with HQ on a stick, where there is no line."""


@bundle.command("import")
@click.argument("folder", type=FOLDER)
@click.pass_obj
def bundle_import(home: Path, folder: Path) -> None:
    """Take HQ's newest bundle for this computer: the store itself, receipts, prices and goods."""
    click.echo(json.dumps(_do(home, "bundle_import", folder=str(folder.resolve())), ensure_ascii=False))


@bundle.command("export")
@click.argument("folder", type=FOLDER)
@click.pass_obj
def bundle_export(home: Path, folder: Path) -> None:
    """Write everything that HQ has no receipt of."""
    click.echo(json.dumps(_do(home, "bundle_export", folder=str(folder.resolve())), ensure_ascii=False))


@main.command()
@click.pass_obj
def fingerprint(home: Path) -> None:
    """This node's fingerprint, to be compared with what HQ shows at enrolment."""
    click.echo(json.dumps(_do(home, "fingerprint")))


@main.command()
@click.argument("terminal", default="01")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def pair(home: Path, terminal: str, as_json: bool) -> None:
    """Make a one-use code that turns a browser into the screen of TERMINAL."""
    found = _do(home, "pair", terminal=terminal)
    text = f"Terminal {found['terminal']}: open {found['url']}  (code {found['code']}, good for 15 minutes)"
    click.echo(json.dumps(found) if as_json else text)


@main.command()
@click.option("--staff", default="", help="Number of a person whose PIN is locked.")
@click.option("--terminal", default="", help="Terminal that is locked after wrong PINs.")
@click.pass_obj
def unlock(home: Path, staff: str, terminal: str) -> None:
    """Lift the wait after wrong PINs of a person, a terminal or both."""
    click.echo(json.dumps(_do(home, "unlock", staff=staff, terminal=terminal)))


@main.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def doctor(home: Path, as_json: bool) -> None:
    """Check this node; exit 1 when something fails."""
    if not has_database(home):  # opening a node would make one; the doctor only looks
        raise click.ClickException(
            f"no node in {home}: name its folder with --home, or begin with `lianpu-edge enrol`"
        )
    found = _do(home, "doctor")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for check in found["checks"]:
            click.echo(
                f"{check['state']:5} {check['id']}: {check['message']} {check.get('fix') or ''}".rstrip()
            )
    if any(check["state"] == "fail" for check in found["checks"]):
        sys.exit(1)


@main.command()
@click.option(
    "--repair", is_flag=True, help="Mend what can be proven, with HQ's copies where they are needed."
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def scrub(home: Path, repair: bool, as_json: bool) -> None:
    """Prove every record on this disk; exit 1 when something is damaged and stays so."""
    if not has_database(home):
        raise click.ClickException(f"no node in {home}: name its folder with --home")

    def tell(looked: int) -> None:
        click.echo(f"{looked} records", err=True)

    def alone() -> dict[str, Any]:
        with redirect_stdout(sys.stderr):  # the node's log is not the answer
            try:
                return scrub_alone(home, lambda: Node(home, _config(home)), repair=repair, tell=tell)
            except Misconfigured as error:
                raise click.ClickException("\n".join(error.problems))

    try:
        found = control.call(home, "scrub", {"begin": True, "repair": repair}, alone)
        while found["running"]:
            tell(found["looked"])
            found = control.call(home, "scrub", {}, alone)
    except LianpuError as error:
        raise click.ClickException(words_of(Catalogue(HERE / "i18n"), error))
    _show_scrub(found["report"], as_json)


def _show_scrub(report: dict[str, Any] | None, as_json: bool) -> None:
    if report is None:
        raise click.ClickException("nothing to look at: this computer has no store yet")
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for finding in report["findings"]:
            place = " ".join(
                str(finding[name]) for name in ("number", "inc", "seq", "id", "table") if finding[name]
            )
            click.echo(f"{finding['kind']} {place}: {finding['why']}")
        seconds = report["milliseconds"] / 1000
        click.echo(
            f"{report['bodies']} records, {report['links']} links in {seconds:.1f} s: "
            f"{len(report['findings'])} damaged, {report['repaired']} mended"
        )
    if report["findings"]:
        sys.exit(1)


@main.command()
@click.option("--hq", default="", help="Address of HQ; not needed once this computer is enrolled.")
@click.option(
    "--code", default="", help="One-use code from HQ's page of this store; not needed once enrolled."
)
@click.option("--mirror", default="", help="Folder of the mirror, or address of the PC that keeps it.")
@click.option("--secret", default="", help="Secret of the PC that keeps the mirror.")
@click.option(
    "--last-receipt", multiple=True, help="Number on the newest paper of a terminal; may be repeated."
)
@click.pass_obj
def rebuild(home: Path, hq: str, code: str, mirror: str, secret: str, last_receipt: tuple[str, ...]) -> None:
    """Bring a lost PC's history back onto this new one, from HQ and from its mirror."""
    with redirect_stdout(sys.stderr):  # the node's log is not the answer
        node = _open(home)
    try:
        for line in rebuilding.run(node, hq, code, mirror, secret, last_receipt):
            click.echo(line)
    except LianpuError as error:
        raise click.ClickException(words_of(Catalogue(HERE / "i18n"), error))
    finally:
        node.close()


@main.command()
@click.option(
    "--listen", required=True, help="Address and port of this computer, for example 192.0.2.10:8105"
)
@click.option(
    "--path", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to keep it in."
)
def mirror(listen: str, path: Path) -> None:
    """Keep the mirror of one store's till on this computer, until SIGTERM."""
    configure(level="INFO")
    make_folder(path, mode=0o700)
    secret, new = receiving.secret_of(path)
    if new:
        click.echo(f"mirror_secret = {secret}")
    try:
        receiving.serve(listen, path, secret)
    except Misconfigured as error:
        raise click.ClickException("\n".join(error.problems))


@main.command()
def version() -> None:
    """The version of Lianpu."""
    click.echo(VERSION)


if __name__ == "__main__":
    main()
