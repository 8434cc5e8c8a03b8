"""What the command line can ask of a node, running or not; each takes the node and plain arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge.node import VERSION, Node
from edge.people import pairing
from kit.crypto import fingerprint
from kit.db import ENGINE_VERSION


def pair(node: Node, arguments: dict[str, Any]) -> dict[str, Any]:
    """A pairing code for a terminal."""
    terminal = str(arguments.get("terminal", "01"))
    code = pairing.make_code(node.context(), terminal)
    return {"terminal": terminal, "code": code, "url": f"http://127.0.0.1:{node.config.port}/pair#{code}"}


def enrol(node: Node, arguments: dict[str, Any]) -> dict[str, Any]:
    """Enrol this node at HQ with a one-use code."""
    from edge.syncing import enrolment

    return enrolment.enrol(node, str(arguments["hq"]), str(arguments["code"]))


def enrol_export(node: Node, arguments: dict[str, Any]) -> dict[str, Any]:
    """Ask HQ for a store on a stick."""
    from edge.bundles import going

    file = going.ask(node, Path(str(arguments["folder"])))
    return {"file": str(file), "fingerprint": fingerprint(node.key.public)}


def bundle_import(node: Node, arguments: dict[str, Any]) -> dict[str, Any]:
    """Take HQ's newest bundle for this computer from a folder."""
    from edge.bundles import coming

    return asdict(coming.take(node, Path(str(arguments["folder"]))))


def bundle_export(node: Node, arguments: dict[str, Any]) -> dict[str, Any]:
    """Write what HQ has no receipt of into a folder."""
    from edge.bundles import going

    file, events = going.write(node, Path(str(arguments["folder"])))
    return {"file": str(file), "events": events}


def show_fingerprint(node: Node, _arguments: dict[str, Any]) -> dict[str, Any]:
    """What a person compares at enrolment."""
    return {"fingerprint": fingerprint(node.key.public)}


def report(node: Node, _arguments: dict[str, Any]) -> dict[str, Any]:
    """The doctor's report."""
    from edge.office import doctor

    return dict(doctor.run(node))


def version(_node: Node, _arguments: dict[str, Any]) -> dict[str, Any]:
    """What runs here."""
    return {"version": VERSION, "engine": ENGINE_VERSION}


def sync(node: Node, _arguments: dict[str, Any]) -> dict[str, Any]:
    """Sync now instead of at the next poll."""
    node.nudge()
    return {}


def unlock(node: Node, arguments: dict[str, Any]) -> dict[str, Any]:
    """Lift the locks of a person and a terminal after wrong PINs."""
    named = {"staff": str(arguments.get("staff", "")), "device": str(arguments.get("terminal", ""))}
    subjects = [f"{kind}:{name}" for kind, name in named.items() if name]
    node.people.throttle.forgive(*subjects)
    with node.journal.changing(node.context()) as draft:
        for subject in subjects:
            draft.audit("people.unlocked", subject)
    return {"unlocked": subjects}


def scrub(node: Node, arguments: dict[str, Any]) -> dict[str, Any]:
    """Begin a scrub, or hear how far the one that runs is; answers after its end or after twenty seconds."""
    if arguments.get("begin"):
        node.scrubber.begin(repair=bool(arguments.get("repair")))
    return node.scrubber.wait(20.0)


COMMANDS: dict[str, Callable[[Node, dict[str, Any]], dict[str, Any]]] = {
    "pair": pair,
    "enrol": enrol,
    "fingerprint": show_fingerprint,
    "doctor": report,
    "version": version,
    "sync": sync,
    "unlock": unlock,
    "scrub": scrub,
    "enrol_export": enrol_export,
    "bundle_import": bundle_import,
    "bundle_export": bundle_export,
}
