"""The bytes of a segment file: a head and records, each with its length and checksum, so that a torn end shows.

segment = "lianpu-mirror/1\\n" ‖ piece(JSON {life, first_seq, prev}) ‖ piece(record) …
piece   = u32 length ‖ bytes ‖ u32 crc-32 of the bytes
record  = u64 seq ‖ 32 bh ‖ 32 hash ‖ nonce and sealed body
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import msgspec

from edge.mirror.model import Life, Record

MAGIC = b"lianpu-mirror/1\n"
PIECE_MAX = 2 << 20
SEQS_MAX = 1 << 20  # no segment has more records
_U32 = struct.Struct(">I")
_SEQ = struct.Struct(">Q")
_FIXED = 8 + 32 + 32


class SegmentHead(msgspec.Struct, frozen=True):
    """What stands at the beginning of a segment."""

    life: Life
    first_seq: int
    prev: bytes


@dataclass(frozen=True)
class Segment:
    """A file as far as it can be read: `valid` bytes of it; `torn` when others follow. `later` are whole records
    behind the damage.
    """

    head: SegmentHead
    records: list[Record]
    valid: int
    torn: bool
    later: list[Record]


def pack_head(head: SegmentHead) -> bytes:
    """The first bytes of a segment."""
    return MAGIC + _piece(msgspec.json.encode(head))


def pack(record: Record) -> bytes:
    """One record."""
    return _piece(_SEQ.pack(record.seq) + record.bh + record.hash + record.sealed)


def unpack(raw: bytes) -> list[Record]:
    """Records one behind the other, up to the first that is not whole."""
    return _records(raw, 0)[0]


def read_head(raw: bytes) -> SegmentHead | None:
    """The head of a segment, of its first bytes; None when it is not whole."""
    return _head(raw)[0]


def read_segment(raw: bytes) -> Segment | None:
    """A segment up to its first piece that is not whole; None when even its head is not."""
    head, at = _head(raw)
    if head is None:
        return None
    records, at = _records(raw, at)
    last = records[-1].seq if records else head.first_seq - 1
    return Segment(head, records, at, at < len(raw), _behind_damage(raw, at, last))


def salvage(raw: bytes, first_seq: int) -> list[Record]:
    """The whole records of a segment whose head cannot be read."""
    return _behind_damage(raw, 0, first_seq - 1)


def _head(raw: bytes) -> tuple[SegmentHead | None, int]:
    if not raw.startswith(MAGIC):
        return None, 0
    found, at = _next(raw, len(MAGIC))
    if found is None:
        return None, 0
    try:
        return msgspec.json.decode(found, type=SegmentHead), at
    except msgspec.DecodeError:
        return None, 0


def _behind_damage(raw: bytes, at: int, last: int) -> list[Record]:
    """Records that follow what cannot be read, found by their seq and checksum at any byte."""
    found: list[Record] = []
    while at + 4 + _FIXED < len(raw):
        if last < _SEQ.unpack_from(raw, at + 4)[0] <= last + SEQS_MAX:
            run, end = _records(raw, at)
            if run:
                found, at, last = found + run, end, run[-1].seq
                continue
        at += 1
    return found


def _records(raw: bytes, at: int) -> tuple[list[Record], int]:
    records: list[Record] = []
    while True:
        found, end = _next(raw, at)
        if found is None or len(found) <= _FIXED:
            return records, at
        seq = _SEQ.unpack_from(found)[0]
        records.append(Record(seq, found[8:40], found[40:72], found[72:]))
        at = end


def _piece(data: bytes) -> bytes:
    return _U32.pack(len(data)) + data + _U32.pack(zlib.crc32(data))


def _next(raw: bytes, at: int) -> tuple[bytes | None, int]:
    if at + 4 > len(raw):
        return None, at
    length = _U32.unpack_from(raw, at)[0]
    end = at + 4 + length
    if length > PIECE_MAX or end + 4 > len(raw):
        return None, at
    data = raw[at + 4 : end]
    return (data, end + 4) if _U32.unpack_from(raw, end)[0] == zlib.crc32(data) else (None, at)
