"""A bit has flipped in what HQ keeps of a store's log: the store gets what is sound, and a person is told."""

from __future__ import annotations

import json

import pytest

from hq.fleet.queries import alarms
from proof.sim.origin import an_event
from sync import calls
from sync.chain import body_hash, extend


@pytest.fixture
def full(origin):
    origin.add(*(an_event(n) for n in range(1, 6)))
    origin.push(1, 5)
    return origin


def spoil(centre, sql, seq):
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql(sql, (seq,))


def piece(centre, origin, first):
    """The header, the bodies, and whether they lead to the hash that the header says."""
    answer = centre.transport().send(calls.log(origin.token, origin.inc, first - 1))
    header, bodies = calls.logged(answer, centre.hq.key.public)
    links = extend("001", origin.inc, first, header.prev, [body_hash(body) for body in bodies])
    assert not bodies or links[-1] == header.last_hash
    return header, bodies


BODY = "UPDATE body SET body = CAST(body || x'20' AS BLOB) WHERE seq = ?"
LINK = "UPDATE link SET hash = zeroblob(32) WHERE seq = ?"
GONE = "DELETE FROM body WHERE seq = ?"


@pytest.mark.parametrize("sql", [BODY, LINK, GONE])
def test_a_piece_of_the_log_ends_before_what_is_rotten(centre, full, sql):
    spoil(centre, sql, 4)

    header, bodies = piece(centre, full, 1)

    assert (header.count, header.more, bodies) == (3, True, full.bodies[:3])
    [alarm] = alarms(centre.hq.db)
    assert (alarm.code, alarm.store) == ("ingest.log_rotten", "001")
    assert json.loads(alarm.facts) == {"inc": full.inc, "seq": 4}


def test_where_the_first_is_rotten_nothing_is_given_and_more_is_promised(centre, full):
    spoil(centre, BODY, 4)

    header, bodies = piece(centre, full, 4)

    assert (header.count, header.more, bodies) == (0, True, [])
    assert header.prev == full.hashes[3]


def test_what_is_behind_it_is_given_when_it_is_asked_for(centre, full):
    spoil(centre, BODY, 4)

    header, bodies = piece(centre, full, 5)

    assert (header.count, header.more, bodies) == (1, False, full.bodies[4:])


def test_a_sound_log_alarms_nothing(centre, full):
    header, bodies = piece(centre, full, 1)

    assert (header.more, bodies, alarms(centre.hq.db)) == (False, full.bodies, [])
    assert piece(centre, full, 6)[0].more is False
