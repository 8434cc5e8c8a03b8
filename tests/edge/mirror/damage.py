"""Sticks that rot: bits flip where a test wants them."""

from __future__ import annotations

from pathlib import Path

from edge.mirror.pieces import SegmentHead, pack, pack_head, read_segment


def flip(file: Path, at: int) -> None:
    """One bit."""
    raw = bytearray(file.read_bytes())
    raw[at] ^= 1
    file.write_bytes(bytes(raw))


def flip_head(file: Path) -> None:
    """In the JSON of the head."""
    flip(file, 30)


def flip_record(file: Path, n: int) -> int:
    """In the body of the n-th record; returns its seq."""
    segment = read_segment(file.read_bytes())
    assert segment is not None and not segment.torn
    record = segment.records[n]
    flip(file, file.read_bytes().index(record.sealed) + 50)
    return record.seq


def in_segments(file: Path, *firsts: int) -> list[Path]:
    """The same records in several segments, as a long mirror has them; new ones begin at these places."""
    segment = read_segment(file.read_bytes())
    assert segment is not None and not segment.torn
    file.unlink()
    made, records, prev = [], segment.records, segment.head.prev
    for begin, end in zip([0, *firsts], [*firsts, len(records)], strict=True):
        part = records[begin:end]
        path = file.with_name(f"{segment.head.life.inc}-{part[0].seq:012d}.log")
        head = pack_head(SegmentHead(segment.head.life, part[0].seq, prev))
        path.write_bytes(head + b"".join(map(pack, part)))
        made.append(path)
        prev = part[-1].hash
    return made
