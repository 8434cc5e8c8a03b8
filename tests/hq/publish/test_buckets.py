"""HQ's answer about buckets: only to whom the scope belongs, only what differs, and never half a version."""

from __future__ import annotations

import pytest

from hq.publish import buckets
from proof.sim.origin import an_origin
from retail.errors import Unavailable
from schemas import wire
from schemas.wire.down import Buckets, Reset
from sync import calls, guard
from sync.buckets import SUMS_BYTES, bucket_of, sums_of
from sync.digest import row_hash

ROWS = {("chain", "note", f"{n:03d}"): b'{"n":%d}' % n for n in range(300)}


def sums(rows):
    return sums_of((key, row_hash(kind, key, data)) for (_, kind, key), data in rows.items())


def ask(centre, origin, scope, said):
    return centre.transport().send(calls.buckets(origin.token, scope, 1, b"\1" * 32, "", said))


def answered(answer, kind=Buckets):
    assert answer.status == 200, answer.body
    return wire.decode(guard.inflate(answer.body), kind)


def test_only_the_rows_of_the_differing_bucket_come(centre, origin, monkeypatch):
    centre.publish(ROWS)
    rotten = ROWS | {("chain", "note", "007"): b"{}"}

    said = answered(ask(centre, origin, "chain", sums(rotten)))

    number = bucket_of("007")
    assert said.buckets == [number]
    assert said.rows == [
        (kind, key, data.decode()) for (_, kind, key), data in ROWS.items() if bucket_of(key) == number
    ]
    equal = answered(ask(centre, origin, "chain", sums(ROWS)))
    assert (equal.version, equal.buckets, equal.rows) == (1, [], [])
    # half of the rows, or too many bytes: the snapshot is the shorter way
    assert answered(ask(centre, origin, "chain", bytes(SUMS_BYTES)), Reset).rows == len(ROWS)
    monkeypatch.setattr(buckets, "BYTES_MAX", 5)
    assert answered(ask(centre, origin, "chain", sums(rotten)), Reset).rows == len(ROWS)


def test_who_may_not_or_asks_for_nothing_is_refused(centre, origin):
    """Another store's rows, no session, sums that are none, and whoever comes while another is answered."""
    centre.publish({("store:001", "note", "a"): b"{}"})
    other = an_origin(centre, "002", "b" * 32)

    assert ask(centre, other, "store:001", bytes(SUMS_BYTES)).status == 403
    request = calls.buckets("nobody", "chain", 0, b"\1" * 32, "", bytes(SUMS_BYTES))
    assert centre.transport().send(request).status == 401
    for said in (b"", bytes(SUMS_BYTES - 1), bytes(SUMS_BYTES + 1)):
        assert ask(centre, origin, "chain", said).status == 422
    with buckets._SUMMING:
        answer = ask(centre, origin, "chain", bytes(SUMS_BYTES))
    assert (answer.status, answer.retry_after_ms) == (503, 2000)


def test_rows_that_rotted_at_hq_never_go_out_and_a_snapshot_is_tried(centre, origin):
    """It would be no use to come again: nothing moves, and the store's other scopes would wait behind it."""
    centre.publish(ROWS)
    rotten = sums(ROWS | {("chain", "note", "007"): b"{}"})
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE scope_row SET bytes = CAST('{ }' AS BLOB) WHERE key = '007'")
    with centre.hq.db.read() as connection:
        assert buckets.mend(connection, "chain", "e", rotten) is None

    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("DELETE FROM scope_row WHERE key = '008'")
    with centre.hq.db.read() as connection:
        assert buckets.mend(connection, "chain", "e", sums(ROWS)) is None


def test_a_version_that_comes_between_two_reads_is_asked_for_again(centre, origin, monkeypatch):
    """PostgreSQL reads each statement anew."""
    centre.publish(ROWS)
    old = buckets.queries.Head(0, buckets.EMPTY)
    heads = iter([old])
    real = buckets.queries.head
    monkeypatch.setattr(buckets.queries, "head", lambda *of: next(heads, None) or real(*of))

    with centre.hq.db.read() as connection, pytest.raises(Unavailable):
        buckets.mend(connection, "chain", "e", sums(ROWS))
