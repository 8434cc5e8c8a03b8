"""`revoked.json` beside the database: which device keys may not speak any more, and which branches of theirs count.

A backup is older than some revocation. `lianpu-hq restore` reads this file first, so that a stolen computer does not
come back with the past, nor what it said. It only grows, but for how far a branch counts.
"""

from __future__ import annotations

from pathlib import Path

from kit import beside

FILE = "revoked.json"
Revoked = list[tuple[str, bytes, int]]
"""(node, public key, when)"""
Branches = list[tuple[str, str, int]]
"""(node, inc, trusted up to this seq)"""


def note(home: Path, found: Revoked) -> None:
    """Remember these too; what is there stays."""
    facts = beside.read(home / FILE, {"keys": []})
    known = {(entry["node"], entry["key"]) for entry in facts["keys"]}
    fresh = [(node, key.hex(), at) for node, key, at in found if (node, key.hex()) not in known]
    if fresh:
        facts["keys"] += [{"node": node, "key": key, "at": at} for node, key, at in fresh]
        beside.write(home / FILE, facts)


def note_branches(home: Path, named: Branches) -> None:
    """What a person said last of these branches."""
    facts = beside.read(home / FILE, {"keys": []})
    kept = [entry for entry in facts.get("branches", []) if (entry["node"], entry["inc"]) not in
            {(node, inc) for node, inc, _ in named}]  # fmt: skip
    facts["branches"] = kept + [{"node": node, "inc": inc, "seq": seq} for node, inc, seq in named]
    beside.write(home / FILE, facts)


def branches(home: Path) -> Branches:
    """How far each branch that was ever named counts."""
    facts = beside.read(home / FILE, {"keys": []})
    return [(entry["node"], entry["inc"], int(entry["seq"])) for entry in facts.get("branches", [])]


def listed(home: Path) -> Revoked:
    """Everything that was ever noted."""
    facts = beside.read(home / FILE, {"keys": []})
    return [(entry["node"], bytes.fromhex(entry["key"]), int(entry["at"])) for entry in facts["keys"]]
