"""Commands that write: the same functions whether the server runs (loopback) or not (file lock).

A running server owns the database. A command then speaks to it over loopback with the token of a file that
only this machine's user can read; otherwise it opens the headquarters itself and holds the lock while it works.
"""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request

from hq.access import actions as access
from hq.access import repository as access_repository
from hq.access import second_factor
from hq.backups import actions as backups
from hq.backups.rekey import have_key
from hq.backups.release import release
from hq.bundles import coming as bundles_coming
from hq.bundles import going as bundles_going
from hq.console.queries import console_users
from hq.doctor import report
from hq.enrolment import actions as enrolment
from hq.enrolment import queries as enrolment_queries
from hq.headquarters import Headquarters, check_there
from hq.imports import actions as imports
from hq.prices import actions as price_actions
from hq.prices.model import NewPrice
from hq.rights import all_permissions
from hq.running import Running
from hq.settings import actions as settings
from hq.stores import actions as stores
from hq.stores import repository as store_repository
from hq.web import hq, open_to_all
from kit.context import Actor, Context
from kit.crypto import equal, random_bytes, random_token, write_secret
from kit.web import json_body
from retail.errors import Conflict, Invalid, LianpuError, Misconfigured, NotFound, NotPermitted

COMMAND_BYTES_MAX = 17 * 1024 * 1024  # the largest file of an import as base64, with its surroundings
TOKEN_FILE = "command.token"
RUNNING_FILE = "running.json"
# a backup copies everything, and its targets may be far away; a stick may hold months, and be slow
SLOW_SECONDS = {"backup": 12 * 3600, "bundle.import": 3600, "bundle.export": 3600}
Command = Callable[..., dict[str, Any]]

pages = Blueprint("commands", __name__, url_prefix="/local/v1")


def context_of(running: Running) -> Context:
    """The command line acts with every permission: whoever can run it can read the key files anyway."""
    actor = Actor(
        staff="command-line",
        name="command line",
        role="administrator",
        permissions=frozenset(all_permissions()),
    )
    return Context(
        app=running, clock=running.clock, actor=actor, device="loopback", trace=random_bytes(8).hex()
    )


# -- the commands ------------------------------------------------------------------------------------------


def init(ctx: Context, *, login: str, name: str, password: str, language: str, chain: dict[str, str],
         currency: str, time_zone: str, cash_step_minor: int) -> dict[str, Any]:  # fmt: skip
    """The first administrator and the chain's first settings; refused when there are people already."""
    if console_users(ctx.app.db):
        raise Conflict("access.already_initialised")
    with ctx.app.change(ctx) as change:
        settings.install_defaults(
            change, name=chain, currency=currency, time_zone=time_zone, language=language,
            cash_step_minor=cash_step_minor,
        )  # fmt: skip
    return add_user(
        ctx,
        login=login,
        name=name,
        language=language,
        roles=["administrator"],
        stores=None,
        password=password,
    )


def add_user(ctx: Context, *, login: str, name: str, language: str, roles: list[str],
             stores: list[str] | None, password: str = "") -> dict[str, Any]:  # fmt: skip
    """Add a person; the answer carries the password only when it was made up."""
    user, chosen = access.add_user(
        ctx, login=login, name=name, language=language, roles=roles, stores=stores, password=password
    )
    return {"login": user.login, "password": "" if password else chosen}


def reset_second_factor(ctx: Context, *, login: str) -> dict[str, Any]:
    """Take a person's second factor away; also the last administrator's, whom nobody else can help."""
    with ctx.app.db.read() as connection:
        user, _digest = access_repository.user_by_login(connection, login.strip().lower())
    if user is None:
        raise NotFound("access.user_unknown")
    second_factor.reset(ctx, user.id)
    return {"login": user.login}


def add_zone(ctx: Context, *, code: str, name: dict[str, str]) -> dict[str, Any]:
    """Add or rename a price zone."""
    stores.save_zone(ctx, code=code, name=name)
    return {"zone": code}


def add_store(ctx: Context, *, code: str, name: dict[str, str], zone: str, time_zone: str,
              terminals: list[str]) -> dict[str, Any]:  # fmt: skip
    """Add a store with its terminals; an unknown zone is made."""
    with ctx.app.db.read() as connection:
        known = store_repository.zone(connection, zone) is not None
    if not known:
        stores.save_zone(
            ctx, code=zone, name={"en": f"Zone {zone}", "zh-Hans": f"{zone} 区", "zh-Hant": f"{zone} 區"}
        )
    added = stores.add_store(ctx, code=code, name=name, zone=zone, time_zone=time_zone, terminals=terminals)
    return {"store": added}


def save_terminal(
    ctx: Context, *, store: str, code: str, name: str, devices: dict[str, Any]
) -> dict[str, Any]:
    """Add or change a terminal with its devices."""
    stores.save_terminal(ctx, store=store, code=code, name=name, devices=devices, active=True)
    return {"store": store, "terminal": code}


def write_prices(ctx: Context, *, prices: list[dict[str, Any]]) -> dict[str, Any]:
    """Publish many prices at once, now or later; all or none."""
    wanted = [NewPrice(**price) for price in prices]
    with ctx.app.change(ctx) as change:
        price_actions.write_prices(change, wanted)
        change.audit("prices.written", "prices:many", prices=len(wanted))
    return {"prices": len(wanted)}


def enrol_code(ctx: Context, *, store: str, fingerprint: str = "") -> dict[str, Any]:
    """A one-use enrolment code; with the node's fingerprint nobody has to confirm it later."""
    code = enrolment.make_code(ctx, store, expected_fingerprint=fingerprint or None)
    return {"store": store, "code": code}


def enrol_confirm(ctx: Context, *, store: str, fingerprint: str) -> dict[str, Any]:
    """Confirm the device of a store that shows this fingerprint."""
    for entry in enrolment_queries.codes(ctx.app.db, store):
        if entry.state == "asked":
            enrolment.confirm(ctx, entry.digest, shown=fingerprint)
            return {"store": store}
    raise NotFound("enrolment.code_unknown")


def import_file(
    ctx: Context, *, kind: str, file_name: str, content: str, encoding: str = "", dry: bool = False
) -> dict[str, Any]:
    """Import the good rows of a file (base64), or only say what it would do."""
    raw = base64.b64decode(content)
    result = imports.dry_run(ctx, kind=kind, file_name=file_name, content=raw, encoding=encoding)
    if not dry:
        result = imports.apply(ctx, result.run)
    texts = ctx.app.texts
    problems = [
        {
            "row": p.row, "column": p.column, "value": p.value, "code": p.code, "warning": p.warn,
            "reason": texts.text("en", f"import.{p.code}", value=p.value, **p.facts),
            "remedy": texts.text("en", f"import.{p.code}.fix", value=p.value, **p.facts),
        }
        for p in result.problems
    ]  # fmt: skip
    return {
        "run": result.run, "rows": result.total, "new": result.new, "changed": result.changed,
        "same": result.same, "rejected": result.rejected, "problems": problems, "codes": result.codes,
        "encoding": result.encoding, "preview": result.preview,
    }  # fmt: skip


def backup(ctx: Context, *, kind: str) -> dict[str, Any]:
    """A backup now, with its drill."""
    made = backups.take(ctx, kind=kind)
    return {
        "id": made.id,
        "kind": made.kind,
        "file": made.file,
        "bytes": made.file_bytes,
        "copies": made.copies,
    }


def backup_key(ctx: Context, *, new: bool) -> dict[str, Any]:
    """Draw the key of the backups if there is none; nobody is told it but who can read its file."""
    have_key(ctx, new=new)
    return {"new": new}


def release_scopes(ctx: Context) -> dict[str, Any]:
    """The stores take HQ's rows again after a restore."""
    release(ctx)
    return {"released": True}


def bundle_export(
    ctx: Context, *, store: str, folder: str, fingerprint: str = "", hq_url: str = ""
) -> dict[str, Any]:
    """The next bundle of a store, and the fingerprints of computers whose requests wait for a person."""
    file = bundles_going.write(ctx, store, Path(folder), shown=fingerprint, hq_url=hq_url)
    return {"file": str(file), "waiting": bundles_going.waiting(ctx.app, Path(folder))}


def bundle_import(ctx: Context, *, folder: str) -> dict[str, Any]:
    """Take the bundles of stores from a folder."""
    return {"taken": [asdict(one) for one in bundles_coming.take(ctx, Path(folder))]}


def doctor(ctx: Context) -> dict[str, Any]:
    """The doctor's report."""
    return report(ctx.app)


COMMANDS: dict[str, Command] = {
    "init": init,
    "user.add": add_user,
    "user.reset_second_factor": reset_second_factor,
    "zone.add": add_zone,
    "store.add": add_store,
    "terminal.save": save_terminal,
    "enrol.code": enrol_code,
    "prices.write": write_prices,
    "enrol.confirm": enrol_confirm,
    "import": import_file,
    "doctor": doctor,
    "backup": backup,
    "backup.key": backup_key,
    "release": release_scopes,
    "bundle.export": bundle_export,
    "bundle.import": bundle_import,
}


def perform(running: Running, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Run a command by name on an open headquarters."""
    command = COMMANDS.get(name)
    if command is None:
        raise NotFound("command.unknown", name=name[:40])
    try:
        return command(context_of(running), **arguments)
    except TypeError as error:
        raise Invalid("command.arguments", name=name, why=str(error)[:200])


# -- either way --------------------------------------------------------------------------------------------


def execute(home: Path, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Run a command: here under the file lock, or in the server that holds it; only `init` makes a headquarters."""
    if name != "init":
        check_there(home)
    try:
        running = Headquarters.open(home, look=name == "doctor")
    except Misconfigured as refused:
        if not (home / RUNNING_FILE).exists():
            raise
        return _ask_server(home, name, arguments, refused)
    try:
        return perform(running, name, arguments)
    finally:
        running.close()


def _ask_server(home: Path, name: str, arguments: dict[str, Any], refused: Misconfigured) -> dict[str, Any]:
    """The server's answer; raises `refused` when it has died, with its address still beside the database."""
    where = json.loads((home / RUNNING_FILE).read_text())
    token = (home / TOKEN_FILE).read_text()
    body = json.dumps({"name": name, "arguments": arguments}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    call = urllib.request.Request(f"{where['url']}/local/v1/command", body, headers)
    tls = None
    if where["url"].startswith("https:"):
        tls = ssl.create_default_context()
        tls.check_hostname = False  # loopback to our own process; the token file is the proof
        tls.verify_mode = ssl.CERT_NONE
    try:
        with urllib.request.urlopen(call, timeout=SLOW_SECONDS.get(name, 300), context=tls) as answer:
            found: dict[str, Any] = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        detail = json.loads(error.read() or b"{}")
        raise LianpuError(detail.get("code", "command.failed"), **detail.get("fields", {})) from error
    except urllib.error.URLError as error:
        raise refused from error
    return found


@pages.post("/command")
@open_to_all
def command() -> Response:
    """A command from this machine: loopback address and the token of the file, nothing else."""
    token = (hq().home / TOKEN_FILE).read_text() if (hq().home / TOKEN_FILE).exists() else ""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if request.remote_addr not in ("127.0.0.1", "::1") or not token or not equal(given, token):
        raise NotPermitted("access.loopback_only")
    request.max_content_length = COMMAND_BYTES_MAX  # only now, as it is somebody of this machine
    body = json_body(limit=COMMAND_BYTES_MAX)
    arguments = body.get("arguments") or {}
    if not isinstance(arguments, dict):
        raise Invalid("command.arguments", name=str(body.get("name"))[:40], why="not an object")
    return jsonify(perform(hq(), str(body.get("name")), arguments))


def announce(running: Running, url: str) -> None:
    """Leave the address and a fresh token for commands on this machine."""
    write_secret(running.home / TOKEN_FILE, random_token().encode())
    write_secret(running.home / RUNNING_FILE, json.dumps({"url": url}).encode())


def withdraw(running: Running) -> None:
    """The server ends: commands open the database themselves again."""
    (running.home / RUNNING_FILE).unlink(missing_ok=True)
    (running.home / TOKEN_FILE).unlink(missing_ok=True)


def as_text(data: bytes) -> str:
    """File content inside a JSON command."""
    return base64.b64encode(data).decode()
