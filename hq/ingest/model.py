"""Values of stage 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import msgspec

from schemas.events.base import Actor

KEY_CHARS_MAX = 200
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=KEY_CHARS_MAX)]
"""A text that an index holds: no database takes one of any length."""


class StoredEvent(msgspec.Struct, frozen=True):
    """The envelope of a body with its payload left as bytes: the handler of the type reads that."""

    id: Key
    at: Annotated[int, msgspec.Meta(ge=0)]
    hlc: str
    type: Key
    actor: Actor
    v: int = 1
    tv: int = 1
    day: str | None = None
    shift: str | None = None
    agg: Annotated[list[Key], msgspec.Meta(max_length=1000)] = []
    post: list[tuple[str, str, int]] = []
    p: msgspec.Raw = msgspec.Raw(b"{}")


@dataclass(frozen=True)
class Entry:
    """One link with its body as stage 2 meets it. `event` is None when the body does not parse."""

    node: str
    store: str
    inc: str
    seq: int
    bh: bytes
    recv_at: int
    body: bytes
    event: StoredEvent | None
    why: str = ""

    @property
    def keys(self) -> list[str]:
        """The documents whose order this event must keep."""
        return [] if self.event is None else self.event.agg

    @property
    def place(self) -> tuple[str, str, int]:
        """Where it stands."""
        return self.node, self.inc, self.seq


Rows = list[tuple[str, tuple[Any, ...]]]
"""(name of a statement in `handlers.statements`, its values)"""


HOLDS_UP_NOTHING = frozenset({"id_reused", "untrusted_copy"})
"""Parked for what another event is: it must not hold up what it pretends to belong to, nor what comes after it."""


class Verdict(NamedTuple):
    """What becomes of an entry: "handled", "skipped", "parked" or "waiting".

    `books` says that its postings are in the balances, `rows` what its handler adds; `reason` and `detail` why it is
    not handled, `version` the version of the handler that failed.
    """

    entry: Entry
    state: str
    books: bool
    rows: Rows = []  # noqa: RUF012 — never changed
    reason: str = ""
    detail: str = ""
    version: int = 0

    @property
    def open(self) -> bool:
        """Does a person or an earlier event have to settle it?"""
        return self.state in ("parked", "waiting")

    @property
    def blocks(self) -> list[str]:
        """The documents that wait for it."""
        return self.entry.keys if self.open and self.reason not in HOLDS_UP_NOTHING else []


Family = Mapping[str, tuple[int, Callable[[Entry, Any], Rows]]]
"""event type → (version of the handler, the handler)"""
