"""Values of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Head:
    """The newest link of an incarnation; seq 0 with the genesis hash before the first event."""

    inc: str
    seq: int
    hash: bytes


@dataclass(frozen=True)
class Incarnation:
    """One life of this node's disk. `series` marks its receipt numbers."""

    inc: str
    node: str
    ordinal: int
    series: str
    public_key: bytes
    record: bytes
    genesis: bytes


@dataclass(frozen=True)
class Recorded:
    """What became of an event: its identity, its place and the hash that goes on paper."""

    id: str
    seq: int
    at: int
    bh: bytes
    hash: bytes


@dataclass(frozen=True)
class PrintRequest:
    """A paper to be made after the commit; `document` is JSON of blocks, `key` makes it unique."""

    key: str
    device: str
    kind: str
    reference: str
    terminal: str
    document: str
    copy: int = 0


class AlreadyAnswered(Exception):
    """This Idempotency-Key took effect before; `result` is what was answered then."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__("answered before")
        self.result = result
