"""I5: what comes behind the end of a trusted branch is stored and books nothing; the books follow a person's word."""

from __future__ import annotations

import dataclasses
import json

import pytest

from hq.backups import repository as restored
from hq.enrolment import actions as enrolling
from hq.enrolment import branches, revoked
from hq.ingest import actions, trust
from hq.ingest.projector import Projector
from hq.ingest.sessions import know
from hq.ingest.trusted import EVERYTHING
from kit.context import Actor
from kit.crypto import SigningKey
from proof.sim.origin import AT, Origin, an_event, an_origin
from retail.errors import Conflict, Invalid, NotFound, NotPermitted
from schemas.events.base import INTEGER_MAX as MOST
from schemas.wire import up
from schemas.wire.session import EnrolmentRecord
from sync import calls

CASH = [("cash:001:01", "HKD", 100), ("safe:001", "HKD", -100)]
GOODS = [("stock:001:on_hand", "sku:A", -1000), ("stock:001:sold", "sku:A", 1000)]


def tell(origin, *bodies):
    origin.add(*bodies)
    origin.push(len(origin.bodies) - len(bodies) + 1, len(origin.bodies))
    origin.centre.projector.drain()


def cash(centre):
    return centre.hq.db.value("SELECT quantity FROM balance WHERE account = 'cash:001:01'", default=0)


def balances(db):
    return [
        tuple(row)
        for row in db.rows(
            "SELECT account, commodity, quantity FROM balance WHERE quantity <> 0 ORDER BY 1, 2"
        )
    ]


def summed(db):
    sums = "SELECT account, commodity, sum(quantity) FROM posting GROUP BY 1, 2 HAVING sum(quantity) <> 0"
    return [tuple(row) for row in db.rows(f"{sums} ORDER BY 1, 2")]


def alarms(centre):
    return open_alarms(centre, "branch.untrusted")


def open_alarms(centre, code):
    sql = "SELECT subject FROM alarm WHERE code = :code AND closed_at IS NULL ORDER BY subject"
    return [row[0] for row in centre.hq.db.rows(sql, {"code": code})]


def states(centre):
    return [tuple(row) for row in centre.hq.db.rows("SELECT seq, state FROM parked ORDER BY seq")]


def trust_up_to(centre, origin, seq, reason="stolen on Tuesday"):
    named = {origin.inc: seq}
    return branches.trust_up_to(
        centre.context, node=origin.node, public_key=origin.key.public, named=named, reason=reason
    )


def read_anew(centre):
    """Stage 2 over all logs, from nothing."""
    with centre.hq.db.write() as connection:
        for table in ("applied", "event_seen", "posting", "balance", "till_note"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    Projector(centre.hq).drain()


@pytest.fixture
def stolen(centre, origin):
    """A device that told three things and was revoked afterwards."""
    tell(origin, *(an_event(n, post=CASH + GOODS) for n in (1, 2, 3)))
    enrolling.revoke(centre.context, node="001", public_key=origin.key.public, lost=True)
    return origin


def come_by_another_way(stolen, *bodies):
    """More of the same log, as a successor finds it in the store's mirror."""
    made = an_origin(stolen.centre, "001", "f" * 32)
    stolen.token = made.token
    tell(stolen, *bodies)


def test_what_hq_had_counts_and_what_comes_later_is_stored_and_books_nothing(centre, stolen):
    """SC-05."""
    assert (cash(centre), alarms(centre)) == (300, [])

    come_by_another_way(stolen, an_event(4, post=CASH), an_event(5, "points.earned", agg=["member:1"]))

    assert centre.hq.db.value("SELECT seq FROM origin WHERE inc = :i", {"i": stolen.inc}) == 5
    assert (cash(centre), states(centre)) == (300, [])
    assert centre.hq.db.value("SELECT count(*) FROM event_seen") == 3
    assert alarms(centre) == [f"001/{stolen.inc}"]


def test_what_was_booked_behind_the_named_end_is_reversed_by_events_of_hq(centre, stolen):
    """SC-05."""
    before = [bytes(row[0]) for row in centre.hq.db.rows("SELECT body FROM body ORDER BY node, seq")]
    own = centre.hq.db.rows("SELECT id, n, quantity FROM posting ORDER BY id, n")

    assert trust_up_to(centre, stolen, 1) == 2

    assert cash(centre) == 100
    assert balances(centre.hq.db) == summed(centre.hq.db)
    after = [bytes(row[0]) for row in centre.hq.db.rows("SELECT body FROM body ORDER BY node, seq")]
    assert after[: len(before)] == before
    assert centre.hq.db.rows("SELECT id, n, quantity FROM posting ORDER BY id, n")[: len(own)] == own
    assert alarms(centre) == [f"001/{stolen.inc}"]
    said = centre.hq.db.rows(
        "SELECT facts FROM audit_entry WHERE verb = 'enrolment.branch_named' ORDER BY id"
    )
    assert sorted(json.loads(row[0])["events"] for row in said) == [0, 2]


@pytest.mark.parametrize("way", [(0,), (1, 0), (2, 0, 1), (0, 3, 1, 2)])
def test_a_branch_that_is_trusted_again_counts_as_before(centre, stolen, way):
    come_by_another_way(stolen, an_event(4, post=CASH), an_event(5, post=GOODS))
    for seq in way:
        trust_up_to(centre, stolen, seq)
        assert cash(centre) == 100 * seq

    assert trust_up_to(centre, stolen, None) == 5 - way[-1]

    assert cash(centre) == 400
    assert balances(centre.hq.db) == summed(centre.hq.db)
    assert (centre.hq.db.value("SELECT count(*) FROM event_seen WHERE node = '001'"), alarms(centre)) == (
        5,
        [],
    )
    tell(stolen, an_event(6, post=CASH))
    assert cash(centre) == 500


def test_the_same_logs_read_anew_give_the_same_books(centre, stolen):
    """L2: rebuild = live."""
    come_by_another_way(stolen, an_event(4, post=CASH), an_event(5, post=CASH))
    for seq in (1, 4, 3):
        trust_up_to(centre, stolen, seq)
    live = balances(centre.hq.db)

    read_anew(centre)

    assert cash(centre) == 300
    assert balances(centre.hq.db) == live == summed(centre.hq.db)


def test_what_was_parked_waits_no_more_and_waits_again_when_it_is_trusted(centre, origin):
    tell(origin, an_event(1, "points.earned", post=CASH, agg=["member:1"]), an_event(2, agg=["member:1"]))
    enrolling.revoke(centre.context, node="001", public_key=origin.key.public, lost=True)

    trust_up_to(centre, origin, 0)
    assert (states(centre), cash(centre)) == ([(1, "untrusted"), (2, "untrusted")], 0)
    with pytest.raises(NotFound):
        actions.amend(centre.context, ("001", origin.inc, 1), reason="twice")

    trust_up_to(centre, origin, 2)
    assert (states(centre), cash(centre)) == ([(1, "parked"), (2, "handled")], 100)


def test_what_a_person_has_amended_is_reversed_once(centre, origin):
    tell(origin, an_event(1, "points.earned", post=CASH, agg=["member:1"]), an_event(2, post=CASH))
    actions.amend(centre.context, ("001", origin.inc, 1), reason="no members yet")
    enrolling.revoke(centre.context, node="001", public_key=origin.key.public)

    trust_up_to(centre, origin, 0)
    assert cash(centre) == 0
    trust_up_to(centre, origin, None)
    assert cash(centre) == 100


def test_a_copy_of_what_does_not_count_is_left_to_a_person(centre, stolen):
    trust_up_to(centre, stolen, 0)

    other = an_origin(centre, "001", "b" * 32)
    tell(other, stolen.bodies[2], an_event(9, post=CASH))

    assert cash(centre) == 100
    assert states(centre) == [(1, "parked")]


def test_a_copy_of_what_does_not_count_holds_up_no_document_and_is_settled_when_it_counts(centre, stolen):
    come_by_another_way(stolen, an_event(4, post=CASH, agg=["sale:x"]))
    trust_up_to(centre, stolen, None)
    trust_up_to(centre, stolen, 0)

    other = an_origin(centre, "001", "b" * 32)
    tell(other, stolen.bodies[3], an_event(8, post=CASH, agg=["sale:x"]))
    assert (cash(centre), states(centre)) == (100, [(1, "parked")])
    tell(other, an_event(9, "points.earned", agg=["sale:y"]), an_event(10, post=CASH, agg=["sale:y"]))
    actions.dismiss(centre.context, ("001", other.inc, 3), reason="no members yet")
    assert states(centre) == [(1, "parked"), (3, "dismissed"), (4, "handled")]
    assert len(open_alarms(centre, "event.untrusted_copy")) == 1

    trust_up_to(centre, stolen, None)

    assert states(centre)[0] == (1, "handled")
    assert open_alarms(centre, "event.untrusted_copy") == []
    assert cash(centre) == 600


def test_the_alarm_says_how_many_copies_count_no_more(centre, stolen):
    """They came before the cut, so that nothing of them is parked."""
    other = an_origin(centre, "001", "b" * 32)
    tell(other, stolen.bodies[0], stolen.bodies[2], an_event(9, post=CASH))
    told = "SELECT facts FROM alarm WHERE code = 'branch.untrusted' AND closed_at IS NULL"

    trust_up_to(centre, stolen, 2)
    assert json.loads(centre.hq.db.value(told)) == {"from": 3, "copies": 1}
    trust_up_to(centre, stolen, 0)
    assert json.loads(centre.hq.db.value(told)) == {"from": 1, "copies": 2}
    assert cash(centre) == 100


def turn_up(centre, lost, inc):
    """The successor of a lost device tells of another incarnation that the lost one had."""
    successor = an_origin(centre, "001", "f" * 32)
    hidden = dataclasses.replace(lost, inc=inc, bodies=[], token=successor.token)
    state = up.IncState(
        inc=inc, record=hidden.record, signature=hidden.key.sign("inc", hidden.record), last_seq=0,
        last_hash=hidden.hashes[0],
    )  # fmt: skip
    greeting = up.Hello(
        node="001", protocols=[1], app_version="test", incs=[state], epoch_seen="", cursors=[], clock_ms=AT,
        nonce=b"h" * 16,
    )  # fmt: skip
    said = centre.transport().send(calls.hello(successor.key, successor.token, greeting))
    assert said.status == 200
    return hidden


def test_a_branch_that_turns_up_after_its_device_was_lost_counts_for_nothing(centre, stolen):
    hidden = turn_up(centre, stolen, "c" * 32)

    tell(hidden, an_event(6, post=CASH), an_event(7, post=CASH))

    assert cash(centre) == 300
    assert alarms(centre) == [f"001/{hidden.inc}"]


@pytest.mark.parametrize("lost", [True, False])
def test_a_device_that_was_lost_before_its_first_word_counts_for_nothing(centre, lost):
    """HQ knows its key, and no log of it."""
    key = SigningKey.from_bytes(b"k" * 32)
    record = EnrolmentRecord(
        node="001", store="001", public_key=key.public, hq_key=centre.hq.key.public, enrolled_at=AT
    )
    with centre.hq.db.write() as connection:
        know(connection, record, AT)
    enrolling.revoke(centre.context, node="001", public_key=key.public, lost=lost)

    hidden = turn_up(centre, Origin(centre, "001", key, "a" * 32), "c" * 32)
    tell(hidden, an_event(6, post=CASH))

    assert cash(centre) == (0 if lost else 100)


def test_a_long_branch_is_reversed_in_parts_that_each_sum_to_zero(centre, origin, monkeypatch):
    monkeypatch.setattr(trust, "POSTINGS_PER_EVENT", 2)
    tell(origin, an_event(1, post=CASH + GOODS), an_event(2, post=CASH))
    enrolling.revoke(centre.context, node="001", public_key=origin.key.public)

    trust_up_to(centre, origin, 0)

    assert balances(centre.hq.db) == []
    assert centre.hq.db.value("SELECT max(seq) FROM origin WHERE node = 'hq'") == 2
    assert states(centre) == []


def test_a_restore_brings_back_what_was_said_of_a_branch(centre, stolen):
    """`revoked.json` knows it; the books of an older database follow at the next look."""
    trust_up_to(centre, stolen, 1)
    assert revoked.branches(centre.hq.home) == [("001", stolen.inc, 1)]
    trust_up_to(centre, stolen, 3)
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE trusted_branch SET seq = 1")

    trust.carry_out_all(centre.hq)
    trust.carry_out_all(centre.hq)

    assert cash(centre) == 100


BIG = [("cash:001:01", "HKD", MOST), ("safe:001", "HKD", -MOST)]
GIB = [(account, commodity, -quantity) for account, commodity, quantity in BIG]


def test_no_sum_is_too_large_to_be_reversed(centre, origin):
    """A thief books and takes back as much as an event holds: the sum of a branch is more than that."""
    tell(origin, an_event(1, post=BIG), an_event(2, post=GIB), an_event(3, post=GIB))
    enrolling.revoke(centre.context, node="001", public_key=origin.key.public)

    for seq, held in ((1, MOST), (3, -MOST), (0, 0)):
        trust_up_to(centre, origin, seq)
        assert cash(centre) == held

    assert balances(centre.hq.db) == [] == states(centre)


def test_no_number_of_accounts_is_too_large_to_be_reversed(centre, origin, monkeypatch):
    monkeypatch.setattr(trust, "POSTINGS_PER_EVENT", 4)
    many = [(f"cash:001:{n}", "HKD", 10 + n) for n in range(7)]
    tell(origin, an_event(1, post=[*many, ("safe:001", "HKD", -sum(post[2] for post in many))]))
    enrolling.revoke(centre.context, node="001", public_key=origin.key.public)

    trust_up_to(centre, origin, 0)

    assert balances(centre.hq.db) == [] == states(centre)
    assert centre.hq.db.value("SELECT max(seq) FROM origin WHERE node = 'hq'") == 4


def owed(centre):
    """Two branches of one device: without the first, the second leaves a balance that no ledger holds."""
    first = an_origin(centre, "001", "a" * 32)
    tell(first, an_event(1, post=BIG))
    second = an_origin(centre, "001", "b" * 32)
    tell(second, an_event(2, post=GIB), an_event(3, post=GIB))
    for one in (first, second):
        enrolling.revoke(centre.context, node="001", public_key=one.key.public)
    return first, second


def test_what_the_ledger_refuses_is_refused_whole(centre):
    first, second = owed(centre)
    with pytest.raises(Conflict, match="ingest.not_booked"):
        trust_up_to(centre, first, 0)
    assert (cash(centre), states(centre)) == (-MOST, [])

    trust_up_to(centre, second, 0)
    trust_up_to(centre, first, 0)
    assert balances(centre.hq.db) == []


def test_after_a_restore_a_branch_that_cannot_be_reversed_holds_up_no_other(centre):
    first, second = owed(centre)
    other = an_origin(centre, "002", "c" * 32)
    tell(other, an_event(9, post=[("cash:002:01", "HKD", 5), ("safe:002", "HKD", -5)]))
    with centre.hq.db.write() as connection:
        for one in (first, other):
            restored.name_branch(connection, one.node, one.inc, 0, AT)

    trust.carry_out_all(centre.hq)

    assert [(row[0], row[2]) for row in balances(centre.hq.db)] == [
        ("cash:001:01", -MOST),
        ("safe:001", MOST),
    ]
    assert open_alarms(centre, "branch.not_booked") == [f"001/{first.inc}"]
    trust_up_to(centre, second, 0)
    trust.carry_out_all(centre.hq)
    assert (balances(centre.hq.db), open_alarms(centre, "branch.not_booked")) == ([], [])


@pytest.mark.parametrize("seq", [5, EVERYTHING])
def test_what_a_store_sends_again_after_a_restore_is_booked_once(centre, origin, seq):
    """I5, I7: the decision is younger than the backup, and so are the events that it makes count."""
    tell(origin, *(an_event(n, post=CASH) for n in (1, 2, 3)))
    enrolling.revoke(centre.context, node="001", public_key=origin.key.public)
    with centre.hq.db.write() as connection:
        restored.name_branch(connection, "001", origin.inc, seq, AT)

    come_by_another_way(origin, an_event(4, post=CASH), an_event(5, post=CASH))
    assert cash(centre) == 300
    trust.carry_out_all(centre.hq)

    assert (cash(centre), alarms(centre)) == (500, [])
    assert balances(centre.hq.db) == summed(centre.hq.db)


@pytest.mark.parametrize("before", [None, 2])
def test_the_logs_read_anew_after_a_restore_give_the_same_books(centre, origin, before):
    """L2: what was only stored until the books followed the newer decision was never booked."""
    tell(origin, *(an_event(n, post=CASH) for n in (1, 2, 3)))
    enrolling.revoke(centre.context, node="001", public_key=origin.key.public)
    trust_up_to(centre, origin, before)
    with centre.hq.db.write() as connection:
        restored.name_branch(connection, "001", origin.inc, 1, AT)
    come_by_another_way(origin, an_event(4, post=CASH), an_event(5, post=CASH))
    trust.carry_out_all(centre.hq)
    live = balances(centre.hq.db)
    assert cash(centre) == 100

    read_anew(centre)

    assert balances(centre.hq.db) == live


def test_what_was_booked_before_a_nearer_end_was_named_is_booked_and_reversed_anew(centre, stolen):
    """L2: trusted wholly, events come and are booked; then they count no more."""
    trust_up_to(centre, stolen, None)
    come_by_another_way(stolen, an_event(4, post=CASH), an_event(5, post=CASH))
    trust_up_to(centre, stolen, 1)
    assert cash(centre) == 100

    read_anew(centre)

    assert cash(centre) == 100


def test_who_may_not_and_what_cannot_is_refused(centre, origin, stolen):
    stranger = dataclasses.replace(centre.context, actor=Actor("9", "Stranger"))
    one = {"node": "001", "public_key": origin.key.public, "named": {origin.inc: 1}, "reason": "x"}
    with pytest.raises(NotPermitted):
        branches.trust_up_to(stranger, **one)
    for wrong, refusal in (
        ({"reason": " "}, Invalid), ({"named": {origin.inc: -1}}, Invalid), ({"named": {"d" * 32: 1}}, NotFound),
        ({"public_key": b"k" * 32}, NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            branches.trust_up_to(centre.context, **(one | wrong))
    working = an_origin(centre, "002", "b" * 32)
    with pytest.raises(Conflict):
        trust_up_to(centre, working, 0)
    assert cash(centre) == 300
