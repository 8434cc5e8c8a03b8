"""What each event type adds to the projections: one module per family, all of them listed here.

A handler is pure: entry and payload in, rows out. Rows are written for a whole batch at once; because every
statement is an insert that ignores what is there (or an update of the same document), handlers of different
origins commute and a re-run changes nothing. Raise the version of a handler when it must run again for events
that it parked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from hq.ingest.handlers import node, sales, shifts, stock
from hq.ingest.model import Entry, Family, Rows
from schemas.events.registry import TYPES


@dataclass(frozen=True)
class Handler:
    """`rows(entry, payload)` may raise anything: the event is parked then, and only that event."""

    version: int
    rows: Callable[[Entry, Any], Rows]
    payload: msgspec.json.Decoder[Any]


Registry = Mapping[str, Handler]

_FAMILIES: tuple[Family, ...] = (sales.HANDLERS, shifts.HANDLERS, stock.HANDLERS, node.HANDLERS)

HANDLERS: Registry = {
    name: Handler(version, rows, msgspec.json.Decoder(TYPES[name].payload))
    for family in _FAMILIES
    for name, (version, rows) in family.items()
}
