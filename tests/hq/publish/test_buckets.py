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


def test_only_the_rows_of_the_differing_bucket_come(centre, origin):
    centre.publish(ROWS)
    rotten = ROWS | {("chain", "note", "007"): b"{}"}

    said = answered(ask(centre, origin, "chain", sums(rotten)))

    number = bucket_of("007")
    assert said.buckets == [number]
    assert said.rows == [
        (kind, key, data.decode()) for (_, kind, key), data in ROWS.items() if bucket_of(key) == number
    ]


def test_equal_sums_bring_no_row(centre, origin):
    centre.publish(ROWS)

    said = answered(ask(centre, origin, "chain", sums(ROWS)))

    assert (said.version, said.buckets, said.rows) == (1, [], [])


def test_where_half_of_the_rows_differ_a_snapshot_is_offered(centre, origin):
    centre.publish(ROWS)

    assert answered(ask(centre, origin, "chain", bytes(SUMS_BYTES)), Reset).rows == len(ROWS)


def test_rows_that_are_too_many_bytes_come_as_a_snapshot(centre, origin, monkeypatch):
    monkeypatch.setattr(buckets, "BYTES_MAX", 5)
    centre.publish(ROWS)
    rotten = ROWS | {("chain", "note", "007"): b"{}"}

    assert answered(ask(centre, origin, "chain", sums(rotten)), Reset).rows == len(ROWS)


def test_another_store_s_rows_are_refused(centre):
    centre.publish({("store:001", "note", "a"): b"{}"})
    other = an_origin(centre, "002", "b" * 32)

    assert ask(centre, other, "store:001", bytes(SUMS_BYTES)).status == 403


def test_without_a_session_there_is_no_answer(centre, origin):
    request = calls.buckets("nobody", "chain", 0, b"\1" * 32, "", bytes(SUMS_BYTES))

    assert centre.transport().send(request).status == 401


@pytest.mark.parametrize("said", [b"", bytes(SUMS_BYTES - 1), bytes(SUMS_BYTES + 1)])
def test_sums_that_are_none_are_refused(centre, origin, said):
    assert ask(centre, origin, "chain", said).status == 422


def test_who_comes_while_another_is_answered_is_asked_to_come_again(centre, origin):
    centre.publish(ROWS)
    with buckets._SUMMING:
        answer = ask(centre, origin, "chain", bytes(SUMS_BYTES))

    assert (answer.status, answer.retry_after_ms) == (503, 2000)


def test_rows_that_are_not_the_version_s_never_go_out(centre, origin):
    """A version that came between two reads, or a bit that flipped at HQ."""
    centre.publish(ROWS)
    rotten = sums(ROWS | {("chain", "note", "007"): b"{}"})
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE scope_row SET bytes = CAST('{ }' AS BLOB) WHERE key = '007'")
    with centre.hq.db.read() as connection, pytest.raises(Unavailable):
        buckets.mend(connection, "chain", "e", rotten)

    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("DELETE FROM scope_row WHERE key = '008'")
    with centre.hq.db.read() as connection, pytest.raises(Unavailable):
        buckets.mend(connection, "chain", "e", sums(ROWS))
