"""Values of stage 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from schemas.events.base import Actor


class StoredEvent(msgspec.Struct, frozen=True):
    """The envelope of a body with its payload left as bytes: the handler of the type reads that."""

    id: str
    at: int
    hlc: str
    type: str
    actor: Actor
    v: int = 1
    tv: int = 1
    day: str | None = None
    shift: str | None = None
    agg: list[str] = []
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


Rows = list[tuple[str, tuple[Any, ...]]]
"""(name of a statement in `handlers.statements`, its values)"""

Family = Mapping[str, tuple[int, Callable[[Entry, Any], Rows]]]
"""event type → (version of the handler, the handler)"""
