"""Commands that write go to the running server over loopback with a token file, or take the file lock.

So there is one writer however a technician works: `lianpu-edge pair 02` beside a running till is safe.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from flask import Blueprint, Response, jsonify, request

from edge.commands import COMMANDS
from edge.web import node
from kit.crypto import equal, random_token, write_secret
from kit.web import json_body
from retail.errors import LianpuError, NotFound, NotPermitted, Unavailable

control = Blueprint("control", __name__)
FILE = "control.json"
AT_ONCE_SECONDS = 60
SLOW_SECONDS = {"bundle_import": 3600, "bundle_export": 3600}  # a stick may hold months, and be slow


@control.post("/control/<name>")
def run(name: str) -> Response:
    """One command of the command line; the token is in a file that only this user can read."""
    token = node().control_token
    if not token or not equal(request.headers.get("X-Lianpu-Control", ""), token):
        raise NotPermitted("web.control_token_wrong")
    command = COMMANDS.get(name)
    if command is None:
        raise NotFound("web.no_such_command", name=name)
    return jsonify({"ok": True, "result": command(node(), json_body(limit=65536))})


def announce(home: Path, port: int) -> str:
    """Write the token file of a server that starts; returns the token."""
    token = random_token()
    write_secret(home / FILE, json.dumps({"port": port, "token": token}).encode())
    return token


def withdraw(home: Path) -> None:
    """Remove the token file of a server that ends."""
    (home / FILE).unlink(missing_ok=True)


def call(home: Path, name: str, arguments: dict[str, Any], alone: Callable[[], Any]) -> Any:
    """Run a command in the running server, or alone when none runs (`alone` opens the node itself)."""
    body = _ask_server(home, name, arguments)
    if body is None:
        return alone()
    if not body.get("ok"):
        raise LianpuError(body.get("code", "web.failed"), **body.get("fields", {}))
    return body["result"]


def patience(name: str) -> int:
    """Seconds until the server has to have answered a command."""
    return SLOW_SECONDS.get(name, AT_ONCE_SECONDS)


def _ask_server(home: Path, name: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
    """The server's answer; None when none runs, or when what answers at its port is not ours."""
    try:
        known = json.loads((home / FILE).read_text())
        address, token = f"http://127.0.0.1:{int(known['port'])}", str(known["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with requests.Session() as session:
        session.trust_env = False  # a proxy of the environment must not see the token
        try:
            answer = session.post(
                f"{address}/control/{name}",
                json=arguments,
                headers={"X-Lianpu-Control": token},
                timeout=patience(name),
                allow_redirects=False,
            )
            body = answer.json()
        except (requests.ConnectionError, requests.exceptions.JSONDecodeError):
            return None
        except requests.Timeout as error:
            raise Unavailable("web.no_answer") from error
    return body if isinstance(body, dict) and "ok" in body else None
