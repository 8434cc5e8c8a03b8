"""What a backup says of itself."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

FULL, INCREMENTAL = "full", "incremental"
KINDS = (FULL, INCREMENTAL)
VERIFIED, FAILED, MISSING, GONE = "verified", "failed", "missing", "gone"
KEPT_MIN = 3
"""HQ promises to be able to restore any of at least so many backups (SYNC §4)."""

Head = tuple[str, str, int, str]
"""(node, inc, seq, hash as hex)"""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing inside a backup; the drill finds all of it again in the unpacked database.

    `base` is the file name of the full backup that an incremental one needs. `taken_at` is UTC milliseconds.
    """

    id: str
    kind: str
    base: str
    file: str
    taken_at: int
    epoch: str
    schema: str
    database_bytes: int
    sha256: str
    block_bytes: int
    tables: dict[str, int]
    heads: list[Head]


@dataclass(frozen=True)
class Image:
    """What one unpacked database contains."""

    epoch: str
    schema: str
    tables: dict[str, int]
    heads: list[Head]


@dataclass(frozen=True)
class Range:
    """Events of an incarnation that a restored HQ lacks and that the store may have deleted."""

    node: str
    inc: str
    first: int
    last: int
