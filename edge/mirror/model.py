"""Values of the mirror."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class MirrorTrouble(Exception):
    """A place cannot be used now. `state` is what screens show: missing, foreign, same_disk, read_only, full,
    damaged, diverged, unreachable, refused or failed; the text is for the log.
    """

    def __init__(self, state: str, why: str = "") -> None:
        super().__init__(f"{state}: {why}")
        self.state = state


class Owner(msgspec.Struct, frozen=True):
    """Whose mirror it is: the node, and the fingerprint of its HQ (another chain has a store 001, too)."""

    node: str
    hq: str


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """An incarnation, with all that a disk needs to know it again. `device` wrote the mirror and names its key."""

    node: str
    inc: str
    ordinal: int
    series: str
    record: bytes
    signature: bytes
    public_key: bytes
    minted_at: int
    reason: str
    device: bytes


class Record(msgspec.Struct, frozen=True):
    """One event as it lies in the mirror: its place in the chain in the open, its body sealed."""

    seq: int
    bh: bytes
    hash: bytes
    sealed: bytes


class Standing(msgspec.Struct, frozen=True):
    """How far a place has a life: links `first_seq` … `seq` without a gap, `prev` before the first, `hash` at the
    last one. `torn` when bytes were found that are no record: a write that was cut off, or damage. Behind damage
    records up to `later` were found, whose hash is `later_hash`; 0 when there are none.
    """

    life: Life
    first_seq: int
    prev: bytes
    seq: int
    hash: bytes
    torn: bool = False
    later: int = 0
    later_hash: bytes = b""

    @property
    def last(self) -> tuple[int, bytes]:
        """The greatest seq that the place has anything of, and its hash."""
        return (self.later, self.later_hash) if self.later else (self.seq, self.hash)


class Place(Protocol):
    """Where a mirror is kept. Everything raises `MirrorTrouble`."""

    def standings(self, known: Sequence[Life] = ()) -> list[Standing]:
        """All lives of this owner, of every device, oldest first; looks at the place anew and changes nothing.

        `known` are lives for files whose heads are damaged; one that nobody knows comes without a `record`.
        """

    def append(self, life: Life, prev: bytes, records: Sequence[Record]) -> None:
        """Add consecutive records of our own device, durable on return. They must join what is there, or fill a gap
        in it. No record that can be read is overwritten.
        """

    def piece(self, life: Life, after_seq: int) -> list[Record]:
        """The records that follow a seq, some of them; empty at the end."""

    def forget(self, life: Life, up_to: int) -> None:
        """Delete what lies wholly at or below a seq."""
