"""`revoked.json`: what a person said of lost devices outlives the database, and follows it."""

from __future__ import annotations

import threading

import pytest

from hq.enrolment import actions, branches, revoked
from hq.headquarters import Headquarters
from kit import beside
from proof.sim.origin import an_event, an_origin
from retail.errors import Conflict
from schemas.events.base import INTEGER_MAX as MOST

BIG = [("cash:001:01", "HKD", MOST), ("safe:001", "HKD", -MOST)]
GIB = [(account, commodity, -quantity) for account, commodity, quantity in BIG]


def tell(origin, *posts):
    origin.add(*(an_event(n, post=post) for n, post in enumerate(posts, 10 * int(origin.inc[0], 16))))
    origin.push(1, len(posts))
    origin.centre.projector.drain()


def revoke(centre, origin, *, lost=False):
    actions.revoke(centre.context, node=origin.node, public_key=origin.key.public, lost=lost)


def test_a_device_that_was_lost_is_noted_as_lost_with_its_branches(centre, origin):
    tell(origin, BIG)
    other = an_origin(centre, "002", "b" * 32)
    revoke(centre, origin, lost=True)
    revoke(centre, other)

    at = centre.hq.clock.now_ms()
    assert sorted(revoked.listed(centre.hq.home)) == [
        ("001", origin.key.public, at, at), ("002", other.key.public, at, None),
    ]  # fmt: skip
    assert revoked.branches(centre.hq.home) == [("001", origin.inc, 1)]


def test_a_decision_that_is_not_kept_is_not_noted(centre):
    first, second = (an_origin(centre, "001", letter * 32) for letter in "ab")
    tell(first, BIG)
    tell(second, GIB, GIB)
    revoke(centre, first)
    with pytest.raises(Conflict):
        branches.trust_up_to(
            centre.context, node="001", public_key=first.key.public, named={first.inc: 0}, reason="stolen"
        )

    assert revoked.branches(centre.hq.home) == []
    assert [one[3] for one in revoked.listed(centre.hq.home)] == [None]


def test_what_the_file_lacks_comes_back_from_the_database(centre, origin):
    other = an_origin(centre, "002", "b" * 32)
    revoke(centre, origin, lost=True)
    (centre.hq.home / revoked.FILE).unlink()
    revoke(centre, other)
    assert len(revoked.listed(centre.hq.home)) == 2
    assert revoked.branches(centre.hq.home) == [("001", origin.inc, 0)]


def test_a_power_cut_between_the_decision_and_the_file_is_made_good_when_hq_is_opened(tmp_path):
    Headquarters.open(tmp_path).close()
    with_it = Headquarters.open(tmp_path)
    with with_it.db.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO node (node, store, state, enrolled_at) VALUES ('001', '001', 'active', 1)"
        )
        connection.exec_driver_sql(
            "INSERT INTO node_key (node, public_key, fingerprint, enrolled_at, revoked_at, lost_at)"
            " VALUES ('001', x'01', 'f', 1, 2, 3)"
        )
    with_it.close()

    Headquarters.open(tmp_path).close()

    assert revoked.listed(tmp_path) == [("001", b"\1", 2, 3)]


def test_what_only_the_file_knows_stays(centre, origin):
    """A database that was put back by other means is older than the file."""
    entry = {"node": "009", "key": "aa", "at": 5}
    beside.write(
        centre.hq.home / revoked.FILE, {"keys": [entry], "branches": [{"node": "009", "inc": "c", "seq": 4}]}
    )
    revoke(centre, origin, lost=True)

    assert ("009", b"\xaa", 5, None) in revoked.listed(centre.hq.home)
    assert ("009", "c", 4) in revoked.branches(centre.hq.home)


def test_a_database_that_was_put_back_by_other_means_does_not_overrule_the_file(centre, origin):
    revoke(centre, origin, lost=True)
    newer = {"node": "001", "inc": origin.inc, "seq": 3, "at": centre.hq.clock.now_ms() + 1}
    beside.write(centre.hq.home / revoked.FILE, {"keys": [], "branches": [newer]})

    revoked.keep(centre.hq)

    assert revoked.branches(centre.hq.home) == [("001", origin.inc, 3)]
    assert [one[1] for one in revoked.listed(centre.hq.home)] == [origin.key.public]


def test_a_clock_that_was_set_back_does_not_keep_a_decision_out_of_the_file(centre, origin):
    named = {"node": "001", "public_key": origin.key.public, "reason": "stolen"}
    revoke(centre, origin, lost=True)
    centre.hq.clock.set_wall(centre.hq.clock.now_ms() - 60_000)

    branches.trust_up_to(centre.context, **named, named={origin.inc: 7})

    assert revoked.branches(centre.hq.home) == [("001", origin.inc, 7)]


def test_two_who_write_at_once_do_so_one_after_the_other(centre, origin):
    """The second one waits, and reads the database only then."""
    second = threading.Thread(target=revoked.keep, args=(centre.hq,))
    with revoked.WRITING:
        second.start()
        with centre.hq.db.write() as connection:
            connection.exec_driver_sql("UPDATE node_key SET revoked_at = 7")
        assert revoked.listed(centre.hq.home) == []
    second.join()

    assert revoked.listed(centre.hq.home) == [("001", origin.key.public, 7, None)]
