"""The 256 buckets of a scope: which rows lie where, and which differ."""

from __future__ import annotations

import hashlib

from sync.buckets import SUMS_BYTES, bucket_of, differing, sums_of
from sync.digest import of_rows, row_hash

ROWS = [("note", f"{n:04d}", b'{"n":%d}' % n) for n in range(1000)]


def hashes(rows):
    return [(key, row_hash(kind, key, data)) for kind, key, data in rows]


def test_the_sum_of_a_bucket_is_the_digest_of_its_rows_cut_to_eight_bytes():
    sums = sums_of(hashes(ROWS))

    assert len(sums) == SUMS_BYTES == 2048
    for number in (0, 7, 255):
        own = [row for row in ROWS if hashlib.sha256(row[1].encode()).digest()[0] == number]
        assert sums[number * 8 :][:8] == of_rows(own)[:8]


def test_the_order_of_the_rows_does_not_matter():
    assert sums_of(hashes(reversed(ROWS))) == sums_of(hashes(ROWS))


def test_a_row_that_changes_goes_or_comes_moves_its_own_bucket_only():
    sums = sums_of(hashes(ROWS))
    changed = [("note", "0003", b"{}"), *ROWS[:3], *ROWS[4:]]

    assert differing(sums, sums) == []
    assert differing(sums, sums_of(hashes(changed))) == [bucket_of("0003")]
    assert differing(sums, sums_of(hashes(ROWS[1:]))) == [bucket_of("0000")]
    assert differing(sums, sums_of(hashes([*ROWS, ("price", "0003", b"{}")]))) == [bucket_of("0003")]
