"""A segment is read as far as it is whole, and behind what is not."""

from __future__ import annotations

import pytest

from edge.mirror.model import Life, Record
from edge.mirror.pieces import SegmentHead, pack, pack_head, read_segment

LIFE = Life(
    node="001", inc="a" * 32, ordinal=1, series="AAA", record=b"{}", signature=b"", public_key=b"", minted_at=0,
    reason="enrolment", device=b"",
)  # fmt: skip


def a_record(seq: int) -> Record:
    return Record(seq, bytes([seq]) * 32, bytes([seq + 100]) * 32, bytes([seq]) * 300)


RECORDS = [a_record(seq) for seq in range(1, 8)]
HEAD = pack_head(SegmentHead(LIFE, 1, b"\0" * 32))
SIZE = len(pack(RECORDS[0]))


def read(raw: bytes) -> tuple[list[int], list[int]]:
    segment = read_segment(raw)
    assert segment is not None
    return [one.seq for one in segment.records], [one.seq for one in segment.later]


@pytest.mark.parametrize("at", [0, 3, 5, 40, 200, SIZE - 2])
def test_one_flipped_byte_costs_one_record(at: int) -> None:
    """In its length, its seq, a hash, its seal or its checksum."""
    raw = bytearray(HEAD + b"".join(map(pack, RECORDS)))
    raw[len(HEAD) + 2 * SIZE + at] ^= 0x11

    assert read(bytes(raw)) == ([1, 2], [4, 5, 6, 7])


def test_two_damaged_places_cost_two_records() -> None:
    raw = bytearray(HEAD + b"".join(map(pack, RECORDS)))
    for n in (1, 4):
        raw[len(HEAD) + n * SIZE + 80] ^= 1

    assert read(bytes(raw)) == ([1], [3, 4, 6, 7])


def test_bytes_that_are_gone_cost_the_record_that_they_were_in() -> None:
    raw = HEAD + b"".join(map(pack, RECORDS))
    at = len(HEAD) + 3 * SIZE + 50

    assert read(raw[:at] + raw[at + 20 :]) == ([1, 2, 3], [5, 6, 7])


def test_a_torn_end_has_nothing_behind_it() -> None:
    raw = HEAD + b"".join(map(pack, RECORDS))

    assert read(raw[:-7]) == ([1, 2, 3, 4, 5, 6], [])
