"""`revoked.json` beside the database: which device keys may not speak any more.

A backup is older than some revocation. `lianpu-hq restore` reads this file first, so that a stolen computer does not
come back with the past. It only grows.
"""

from __future__ import annotations

from pathlib import Path

from kit import beside

FILE = "revoked.json"
Revoked = list[tuple[str, bytes, int]]
"""(node, public key, when)"""


def note(home: Path, found: Revoked) -> None:
    """Remember these too; what is there stays."""
    facts = beside.read(home / FILE, {"keys": []})
    known = {(entry["node"], entry["key"]) for entry in facts["keys"]}
    fresh = [(node, key.hex(), at) for node, key, at in found if (node, key.hex()) not in known]
    if fresh:
        facts["keys"] += [{"node": node, "key": key, "at": at} for node, key, at in fresh]
        beside.write(home / FILE, facts)


def listed(home: Path) -> Revoked:
    """Everything that was ever noted."""
    facts = beside.read(home / FILE, {"keys": []})
    return [(entry["node"], bytes.fromhex(entry["key"]), int(entry["at"])) for entry in facts["keys"]]
