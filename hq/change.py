"""One write transaction of the back office: rows, the audit of them, and what they publish to the stores.

`touch` only notes (scope, kind, key). At the end the publisher re-reads each touched row through the slices'
builders and gives every touched scope one new version (SYNC §6).

A call that must happen once (`hq/api/once.py`) opens the transaction itself, claims its key in it, and hands
`joining(ctx, change)` to the action: the action's own `change` is then a part of that transaction, so that the
claim, the effect and the answer are kept together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from hq.audit.repository import insert_entries
from kit.context import Context
from kit.crypto import random_bytes
from kit.sql import Connection
from retail.ids import uuid7

Touched = tuple[str, str, str]
Build = Callable[[Connection, str, str, str], bytes | None]
Publisher = Callable[[Connection, int, list[Touched], Build], Any]
OPEN = "open_change"


class Change:
    """What happens in one transaction; `now_ms` is the same for all of it."""

    def __init__(self, connection: Connection, ctx: Context) -> None:
        self.connection = connection
        self.ctx = ctx
        self.now_ms = ctx.clock.now_ms()
        self.touched: set[Touched] = set()
        self._made = 0

    def touch(self, scope: str, kind: str, key: str) -> None:
        """This reference row may differ now; its bytes are built when the transaction ends."""
        self.touched.add((scope, kind, key))

    def touch_all(self, scope: str, kind: str, keys: Iterable[str]) -> None:
        """Many rows of one kind."""
        self.touched.update((scope, kind, key) for key in keys)

    def audit(self, verb: str, subject: str, **facts: Any) -> None:
        """Who did what to which record, in the same transaction; never a secret among the facts."""
        self.audit_all([(verb, subject, facts)])

    def audit_all(self, entries: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
        """Many (verb, subject, facts) with one statement, in their order."""
        listed = list(entries)
        ids = sorted(self.new_id() for _entry in listed)
        numbered = [(entry_id, *entry) for entry_id, entry in zip(ids, listed, strict=True)]
        insert_entries(self.connection, self.now_ms, self.ctx, numbered)

    def new_id(self) -> str:
        """A UUIDv7 of this moment; the first 4,095 ids of a transaction grow in their order."""
        self._made += 1
        return uuid7(self.now_ms, (self._made << 4 & 0xFFFF).to_bytes(2, "big") + random_bytes(8))


def joining(ctx: Context, current: Change) -> Context:
    """The same request; a change that is opened with it becomes a part of this one."""
    return replace(ctx, facts={**ctx.facts, OPEN: current})


@contextmanager
def change(ctx: Context, publisher: Publisher, build: Build) -> Iterator[Change]:
    """Begin, let the caller write, publish what was touched, commit; or join the change that is already open."""
    if OPEN in ctx.facts:
        yield ctx.facts[OPEN]
        return
    with ctx.app.db.write() as connection:
        current = Change(connection, ctx)
        yield current
        if current.touched:
            publisher(connection, current.now_ms, sorted(current.touched), build)
