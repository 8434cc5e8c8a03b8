"""Versions without gaps, digests, deltas, snapshots, the doorbell."""

from __future__ import annotations

import pytest

from hq.publish import actions, queries
from hq.publish.doorbell import Doorbell
from schemas import wire
from schemas.wire import down
from sync import calls
from sync.calls import Request
from sync.digest import EMPTY, of_rows

X, Y = b'{"x":1}', b'{"y":2}'


def head(centre, scope):
    with centre.hq.db.read() as connection:
        return queries.head(connection, scope)


def ask(centre, origin, scope, since=0, digest=EMPTY, epoch=""):
    answer = centre.transport().send(calls.scope(origin.token, scope, since, digest, epoch))
    assert answer.status == 200, answer.body
    raw = calls.signed(answer, centre.hq.key.public, "manifest")
    shapes = {"changes": down.Changes, "reset": down.Reset, "current": down.Current}
    return wire.decode(raw, shapes[wire.kind_of(raw)])


def test_one_transaction_is_one_version_per_scope(centre):
    made = centre.publish({("chain", "a", "1"): X, ("chain", "a", "2"): Y, ("zone:A", "a", "1"): X})

    assert made == {"chain": 1, "zone:A": 1}
    assert head(centre, "chain") == queries.Head(1, of_rows([("a", "1", X), ("a", "2", Y)]))


def test_rows_that_did_not_change_make_no_version(centre):
    centre.publish({("chain", "a", "1"): X})

    assert centre.publish({("chain", "a", "1"): X, ("chain", "a", "9"): None}) == {}
    assert head(centre, "chain").version == 1


def test_a_row_that_goes_leaves_the_digest(centre):
    centre.publish({("chain", "a", "1"): X, ("chain", "a", "2"): Y})
    centre.publish({("chain", "a", "1"): None})

    assert head(centre, "chain").digest == of_rows([("a", "2", Y)])


def test_a_delta_leads_to_a_whole_version(centre, origin):
    centre.publish({("chain", "a", "1"): X})
    first = head(centre, "chain")
    centre.publish({("chain", "a", "1"): Y, ("chain", "a", "2"): X})
    centre.publish({("chain", "a", "2"): None})

    said = ask(centre, origin, "chain", 1, first.digest)

    assert isinstance(said, down.Changes)
    assert (said.since, said.to, said.head) == (1, 3, 3)
    assert said.rows == [("a", "1", Y.decode()), ("a", "2", None)]
    assert said.digest == head(centre, "chain").digest


def test_a_page_never_ends_inside_a_version(centre, origin, monkeypatch):
    monkeypatch.setattr(queries, "ROWS_MAX", 3)
    centre.publish({("chain", "a", str(n)): X for n in range(2)})
    centre.publish({("chain", "b", str(n)): X for n in range(2)})
    centre.publish({("chain", "c", str(n)): X for n in range(9)})

    first = ask(centre, origin, "chain")
    assert (first.to, first.head, len(first.rows)) == (1, 3, 2)
    second = ask(centre, origin, "chain", 1, first.digest)
    assert (second.to, len(second.rows)) == (2, 2)
    third = ask(centre, origin, "chain", 2, second.digest)
    assert (third.to, len(third.rows)) == (3, 9)


def test_an_equal_digest_goes_on_without_reset(centre, origin):
    centre.publish({("chain", "a", "1"): X})
    at = head(centre, "chain")

    said = ask(centre, origin, "chain", 77, at.digest, "an older epoch")

    assert said == down.Current(scope="chain", epoch=centre.hq.epoch, version=1, digest=at.digest)


@pytest.mark.parametrize(("since", "digest"), [(1, b"\1" * 32), (9, b"\2" * 32), (0, b"\3" * 32)])
def test_a_cursor_whose_digest_is_not_hq_s_is_reset(centre, origin, since, digest):
    centre.publish({("chain", "a", "1"): X})
    centre.publish({("chain", "a", "2"): Y})

    said = ask(centre, origin, "chain", since, digest)

    assert isinstance(said, down.Reset)
    answer = centre.transport().send(calls.snapshot(origin.token, said, 0))
    assert (answer.status, len(answer.body)) == (206, said.chunks[0].size)


def test_a_pruned_past_is_reset(centre, origin):
    centre.publish({("chain", "a", "1"): X})
    first = head(centre, "chain")
    centre.hq.clock.advance(actions.HORIZON_MS + 1)
    centre.publish({("chain", "a", "2"): Y})
    centre.hq.clock.advance(1)

    actions.prune(centre.hq)
    origin.connect()

    assert isinstance(ask(centre, origin, "chain"), down.Reset)
    assert isinstance(ask(centre, origin, "chain", 1, first.digest), down.Changes)


def test_another_store_s_scope_is_not_served(centre, origin):
    centre.publish({("store:002", "a", "1"): X})
    line = centre.transport()

    assert line.send(calls.scope(origin.token, "store:002", 0, EMPTY, "")).status == 403
    path = "/snapshot/store%3A002?version=1"
    assert line.send(Request("GET", path, b"", calls.bearer(origin.token))).status == 403
    assert (
        line.send(Request("GET", "/scope/chain?since=x&dig=00", b"", calls.bearer(origin.token))).status
        == 422
    )


def test_scopes_are_locked_in_byte_order(centre):
    locked = []

    class Watch:
        def __init__(self, connection):
            self._connection = connection
            self.dialect = connection.dialect
            self.execute = connection.execute

        def exec_driver_sql(self, statement, params=None):
            if "INSERT INTO scope " in statement and isinstance(params, dict):
                locked.append(params["scope"])
            return self._connection.exec_driver_sql(statement, params)

    with centre.hq.db.write() as connection:
        actions.publish(
            Watch(connection),
            1,
            {("zone:B", "a", "1"), ("chain", "a", "1"), ("store:001", "a", "1")},
            lambda *_: X,
        )

    assert locked == ["chain", "store:001", "zone:B"]


def test_delivered_counts_the_stores_that_hold_the_newest_version(centre, origin):
    centre.publish({("chain", "a", "1"): X})
    assert queries.delivered(centre.hq.db, "chain") == queries.Delivered(0, 1, ("001",))


def a_bell(places, looks):
    """A doorbell whose pauses are counted and which somebody may ring meanwhile."""

    def pause(_seconds):
        action = looks.pop(0) if looks else None
        if action is not None:
            action()
        return action is None

    return Doorbell(places, pause)


def test_the_bell_rings_when_a_scope_moves(centre, origin):
    bell = a_bell(1, [lambda: None, lambda: centre.publish({("chain", "a", "1"): X})])

    heads, waited = bell.wait(centre.hq, "001", {"chain": 0})

    assert waited
    assert heads["chain"].version == 1


def test_a_full_bell_answers_at_once(centre, origin):
    heads, waited = a_bell(0, []).wait(centre.hq, "001", {})

    assert not waited
    assert set(heads) == {"chain", "store:001", "zone:A"}


def test_a_stopping_server_lets_the_held_go(centre, origin):
    assert a_bell(1, []).wait(centre.hq, "001", {})[1] is True
