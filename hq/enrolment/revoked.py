"""`revoked.json` beside the database: which device keys may not speak any more, and which branches of theirs count.

A backup is older than some revocation. `lianpu-hq restore` reads this file first, so that a stolen computer does not
come back with the past, nor what it said. It is made from the database after each decision and when HQ is opened; it
only grows, but for how far a branch counts.
"""

from __future__ import annotations

import threading
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

from kit import beside
from kit.turns import turn

if TYPE_CHECKING:
    from hq.running import Running

FILE = "revoked.json"
TURN = "revoked"
WRITING = threading.Lock()
"""One thread of this process at a time; the turn keeps other processes out."""
Revoked = list[tuple[str, bytes, int, int | None]]
"""(node, public key, when it was revoked, since when it is in other hands)"""
Branches = list[tuple[str, str, int]]
"""(node, inc, trusted up to this seq)"""
Named = list[tuple[str, str, int, int]]
"""(node, inc, trusted up to this seq, when that was said)"""
_KEYS = (
    "SELECT node, public_key, revoked_at, lost_at FROM node_key WHERE revoked_at IS NOT NULL ORDER BY 3, 1, 2"
)
_BRANCHES = "SELECT node, inc, seq, named_at FROM trusted_branch ORDER BY node, inc"


def keep(hq: Running) -> None:
    """The file says what the database says; call it after the commit."""
    with WRITING, turn(hq.db, TURN):
        keys: Revoked = [(row[0], bytes(row[1]), row[2], row[3]) for row in hq.db.rows(_KEYS)]
        note(hq.home, keys, [(row[0], row[1], row[2], row[3]) for row in hq.db.rows(_BRANCHES)])


def note(home: Path, keys: Revoked, named: Named) -> None:
    """Remember these too; what is there stays, but for an older word on a branch. Nobody else may write meanwhile."""
    facts = beside.read(home / FILE, {"keys": []})
    before = deepcopy(facts)
    known = {(entry["node"], entry["key"]): entry for entry in facts["keys"]}
    for node, key, at, lost_at in keys:
        entry = known.setdefault((node, key.hex()), {"node": node, "key": key.hex(), "at": at})
        if lost_at is not None:
            entry["lost"] = lost_at
    ends = {(entry["node"], entry["inc"]): entry for entry in facts.get("branches", [])}
    for node, inc, seq, at in named:
        if at >= ends.get((node, inc), {}).get("at", 0):
            ends[node, inc] = {"node": node, "inc": inc, "seq": seq, "at": at}
    facts["keys"] = list(known.values())
    if ends:
        facts["branches"] = list(ends.values())
    if facts != before:
        beside.write(home / FILE, facts)


def branches(home: Path) -> Branches:
    """How far each branch that was ever named counts."""
    facts = beside.read(home / FILE, {"keys": []})
    return [(entry["node"], entry["inc"], int(entry["seq"])) for entry in facts.get("branches", [])]


def listed(home: Path) -> Revoked:
    """Every key that was ever noted."""
    facts = beside.read(home / FILE, {"keys": []})
    return [
        (entry["node"], bytes.fromhex(entry["key"]), int(entry["at"]), entry.get("lost"))
        for entry in facts["keys"]
    ]
