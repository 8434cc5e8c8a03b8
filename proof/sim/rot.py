"""What a disk does to a database that no program of ours would do, and the scrub that comes upon it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edge.node import Node
from edge.scrub.keeper import Scrubber
from kit.db import Connection
from sync.chain import body_hash


def edited(node: Node, edit: Callable[[Connection], object]) -> None:
    """Change the journal against its guards, which are there again afterwards."""
    with node.db.write() as tx:
        tx.execute("PRAGMA defer_foreign_keys = 1")
        guards = tx.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for row in guards:
            tx.execute(f"DROP TRIGGER {row['name']}")
        edit(tx)
        for row in guards:
            tx.execute(row["sql"])


def flipped(node: Node, id_: str, bit: int = 0x01) -> None:
    """One bit in the middle of the bytes of an event."""
    row = node.db.row("SELECT body FROM body WHERE id = ?", (id_,))
    assert row is not None
    body = bytearray(row["body"])
    body[len(body) // 2] ^= bit
    edited(node, lambda tx: tx.execute("UPDATE body SET body = ? WHERE id = ?", (bytes(body), id_)))


def is_rotten(node: Node, id_: str) -> bool:
    """Are the bytes of this event others than those that were committed?"""
    row = node.db.row("SELECT body, bh FROM body WHERE id = ?", (id_,))
    return row is not None and body_hash(row["body"]) != row["bh"]


class Scrubs(Scrubber):
    """The real scrubs without their thread: `later` does the work a moment later, in the node's own process."""

    def __init__(self, node: Node, later: Callable[[Callable[[], None]], None]) -> None:
        super().__init__(node)
        self._later = later

    def _begin(self, work: Any) -> bool:
        self._later(work)
        return True
