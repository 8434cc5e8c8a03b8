"""The greeting: sessions, incarnations, protocols, epochs and holes."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from hq.fleet.queries import alarms, board
from hq.ingest import hello, trusted
from kit.crypto import SigningKey, fingerprint
from proof.sim.origin import Origin, an_event, an_origin
from schemas import wire
from schemas.wire import session as messages
from schemas.wire.up import Hello, HelloNeeded, IncState, SignedReceipt
from sync import calls
from sync.calls import Request
from tests.builders.postgres import both_look_first, revoked_after

HQ_NONCE = b"n" * 32


def receipt_of(centre, origin):
    row = centre.hq.db.row("SELECT receipt, signature FROM receipt WHERE node = :n", {"n": origin.node})
    return SignedReceipt(bytes(row[0]), bytes(row[1]))


def test_a_hello_tells_where_hq_is(centre, origin):
    origin.add(an_event(1))
    origin.push(1, 1)

    said = origin.hello()

    assert said.epoch == centre.hq.epoch
    assert said.store == "001"
    assert {head.scope for head in said.scopes} == {"chain", "zone:A", "store:001"}
    receipt = calls.receipt_of(said.incs[0].receipt, centre.hq.key.public, "001")
    assert (receipt.seq, receipt.hash) == (1, origin.hashes[1])


def test_the_greatest_common_protocol_is_taken_or_none(centre, origin):
    """P1."""
    assert origin.hello(protocols=[7, 1]).protocol == 1
    assert origin.hello_raw(protocols=[7, 8]).status == 422


def test_a_newer_hq_and_a_newer_store_speak_what_the_other_knows(centre, origin):
    """P1, in both directions, and the newest when both know it."""
    centre.hq.protocols = (1, 2)
    assert origin.hello(protocols=[1]).protocol == 1
    assert origin.hello(protocols=[1, 2]).protocol == 2
    assert origin.hello(protocols=[3, 2, 1]).protocol == 2

    centre.hq.protocols = (1,)
    assert origin.hello(protocols=[1, 2]).protocol == 1


def test_a_store_without_a_common_protocol_is_named_until_it_has_one(centre, origin):
    """Also when nothing else of its greeting can be read: another version may have another shape."""
    strange = {"protocols": [7, 8], "app_version": "9.0", "a field of the future": [{}]}
    body = json.dumps(strange).encode()
    headers = calls.bearer(origin.token) | calls.signature_header(origin.key.sign("hello", body))

    for _ in range(2):  # a store asks again and again, a person is told once
        answer = centre.transport().send(Request("POST", "/hello", body, headers))
        assert (answer.status, json.loads(answer.body)["code"]) == (422, "sync.protocol_unknown")

    alarm, *others = alarms(centre.hq.db)
    assert (alarm.code, alarm.store, others) == ("node.protocol", "001", [])
    assert json.loads(alarm.facts) == {"app_version": "9.0", "offered": [7, 8], "spoken": [1]}
    line = next(
        line for line in board(centre.hq.db, None, centre.hq.clock.now_ms()) if line.node.store == "001"
    )
    assert "protocol" in [finding.code for finding in line.findings]

    origin.hello()

    assert alarms(centre.hq.db) == []


def test_a_push_in_a_protocol_that_hq_left_again_is_asked_to_greet(centre, origin):
    """HQ went back to an older program: that is no broken envelope, so the node does not cut its batches."""
    centre.hq.protocols = (2,)
    origin.add(an_event(1))

    assert origin.push(1, 1) == HelloNeeded(inc=origin.inc)
    assert centre.hq.db.value("SELECT COUNT(*) FROM link") == 0


def test_another_node_s_name_is_refused(centre, origin):
    assert origin.hello_raw(node="002").status == 422


def test_an_incarnation_of_a_stranger_s_key_is_refused(centre, origin):
    stranger = Origin(centre, "001", SigningKey.generate(), "d" * 32, token=origin.token)

    assert stranger.hello_raw().status == 422
    assert centre.hq.db.value("SELECT COUNT(*) FROM inc") == 1


def greeting(origin, *others):
    """What the origin says when its disk holds the incarnations of `others`, too."""
    states = [
        IncState(
            inc=one.inc, record=one.record, signature=one.key.sign("inc", one.record), last_seq=0,
            last_hash=one.hashes[0],
        )
        for one in (*others, origin)
    ]  # fmt: skip
    message = Hello(
        node="001", protocols=[1], app_version="test", incs=states, epoch_seen="", cursors=[], clock_ms=0,
        nonce=b"h" * 16,
    )  # fmt: skip
    return calls.hello(origin.key, origin.token, message)


def test_an_incarnation_of_an_unknown_key_is_left_out_and_named_and_holds_nobody_up(centre, origin):
    """HQ was put back to before that device was enrolled."""
    stranger = Origin(centre, "001", SigningKey.generate(), "d" * 32)

    for _ in range(2):
        answer = centre.transport().send(greeting(origin, stranger))
        said = calls.greeted(answer, centre.hq.key.public, b"h" * 16)
        assert [part.inc for part in said.incs] == [origin.inc]

    assert centre.hq.db.value("SELECT COUNT(*) FROM inc") == 1
    [alarm] = alarms(centre.hq.db)
    assert (alarm.code, alarm.store) == ("node.inc_unknown", "001")
    assert json.loads(alarm.facts) == {"devices": [fingerprint(stranger.key.public)]}


def test_another_unknown_key_is_named_although_the_first_was_read(centre, origin):
    first, second = (Origin(centre, "001", SigningKey.generate(), letter * 32) for letter in "de")
    centre.transport().send(greeting(origin, first))
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE alarm SET closed_at = 1")

    centre.transport().send(greeting(origin, first))
    assert alarms(centre.hq.db) == []
    centre.transport().send(greeting(origin, first, second))

    assert [alarm.code for alarm in alarms(centre.hq.db)] == ["node.inc_unknown"]


class Forger:
    """Names one key and signs with another."""

    def __init__(self, named):
        self.public, self.sign = named.public, SigningKey.generate().sign


@pytest.mark.parametrize("wrong", ["node", "signature"])
def test_an_unknown_key_does_not_excuse_a_record_that_is_wrong(centre, origin, wrong):
    node, key = ("002", SigningKey.generate()) if wrong == "node" else ("001", Forger(SigningKey.generate()))
    stranger = Origin(centre, node, key, "d" * 32)

    assert centre.transport().send(greeting(origin, stranger)).status == 422
    assert alarms(centre.hq.db) == []


def test_a_recorded_log_in_is_worth_nothing(centre, origin):
    line, hq_key = centre.transport(), centre.hq.key.public
    said = calls.challenged(line.send(calls.challenge("001", HQ_NONCE)), "001", HQ_NONCE, hq_key)
    request = calls.open_session(origin.key, "001", HQ_NONCE, hq_key, said.nonce, None)

    assert line.send(request).status == 200
    assert line.send(request).status == 401


def test_a_nonce_dies_after_a_minute(centre, origin):
    line, hq_key = centre.transport(), centre.hq.key.public
    said = calls.challenged(line.send(calls.challenge("001", HQ_NONCE)), "001", HQ_NONCE, hq_key)
    centre.hq.clock.advance(61_000)

    assert line.send(calls.open_session(origin.key, "001", HQ_NONCE, hq_key, said.nonce, None)).status == 401


def test_an_unknown_key_opens_nothing(centre, origin):
    line, hq_key = centre.transport(), centre.hq.key.public
    said = calls.challenged(line.send(calls.challenge("001", HQ_NONCE)), "001", HQ_NONCE, hq_key)
    stranger = SigningKey.generate()

    assert line.send(calls.open_session(stranger, "001", HQ_NONCE, hq_key, said.nonce, None)).status == 401


def test_a_restored_hq_knows_a_device_by_the_record_it_signed(centre, origin):
    record = wire.encode(
        messages.EnrolmentRecord(
            node="001", store="001", public_key=origin.key.public, hq_key=centre.hq.key.public, enrolled_at=1
        )
    )
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("DELETE FROM node_key")
        connection.exec_driver_sql("DELETE FROM node")
    line, hq_key = centre.transport(), centre.hq.key.public
    said = calls.challenged(line.send(calls.challenge("001", HQ_NONCE)), "001", HQ_NONCE, hq_key)
    signed = SignedReceipt(record, centre.hq.key.sign("enrolment", record))

    answer = line.send(calls.open_session(origin.key, "001", HQ_NONCE, hq_key, said.nonce, signed))

    assert answer.status == 200
    assert centre.hq.db.value("SELECT store FROM node") == "001"


def test_a_receipt_of_this_epoch_beyond_hq_s_log_raises_the_epoch_once(centre, origin):
    """I3."""
    origin.add(an_event(1))
    origin.push(1, 1)
    receipt, epoch = receipt_of(centre, origin), centre.hq.epoch
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE origin SET seq = 0")

    first = origin.hello(receipt=receipt).epoch
    settled = centre.hq.db.value("SELECT value FROM hq_meta WHERE name = 'epoch_settled'")
    second = origin.hello(receipt=receipt).epoch

    assert first == second != epoch
    assert first > epoch
    assert settled == first  # by a commit that waits for the disk, before anybody heard of it


def test_a_forged_receipt_raises_nothing(centre, origin):
    origin.add(an_event(1))
    origin.push(1, 1)
    real, epoch = receipt_of(centre, origin), centre.hq.epoch
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE origin SET seq = 0")

    assert origin.hello(receipt=SignedReceipt(real.receipt, b"x" * 64)).epoch == epoch


def test_a_hole_is_named_and_alarmed(centre, origin):
    origin.add(an_event(1))
    origin.push(1, 1)

    origin.hello(closed=True, purged_seq=5)
    origin.hello(closed=True, purged_seq=5)

    assert [tuple(row) for row in centre.hq.db.rows("SELECT from_seq, to_seq FROM hole")] == [(2, 5)]
    assert [row[0] for row in centre.hq.db.rows("SELECT code FROM alarm")] == ["hole.found"]
    origin.add(an_event(2), an_event(3))
    assert origin.push(3, 3).seq == 1  # no gap for a closed incarnation


def test_a_revoked_key_opens_nothing(centre, origin):
    with centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE node_key SET revoked_at = 1")
    line, hq_key = centre.transport(), centre.hq.key.public
    said = calls.challenged(line.send(calls.challenge("001", HQ_NONCE)), "001", HQ_NONCE, hq_key)

    assert line.send(calls.open_session(origin.key, "001", HQ_NONCE, hq_key, said.nonce, None)).status == 401


def test_nonsense_is_refused(centre, origin):
    line = centre.transport()
    for path in ("/challenge", "/session", "/enrol"):
        assert line.send(Request("POST", path, b"[]", {"Content-Type": "application/json"})).status == 422
    assert line.send(Request("GET", "/log/x?from=-1", b"", calls.bearer(origin.token))).status == 422
    assert line.send(Request("GET", "/log/x/hashes?at=a", b"", calls.bearer(origin.token))).status == 422


def test_two_stores_do_not_meet(centre, origin):
    other = an_origin(centre, "002", "b" * 32)
    assert {head.scope for head in other.hello().scopes} == {"chain", "zone:B", "store:002"}


@pytest.mark.postgres
def test_a_branch_that_turns_up_while_its_device_is_declared_lost_counts_for_nothing(
    centre_on_postgres, monkeypatch
):
    """I5. The greeting has looked whether the device is lost, and the person says so before it is done."""
    centre = centre_on_postgres
    origin = an_origin(centre)
    revoke = revoked_after(monkeypatch, trusted, "is_lost", origin)

    dataclasses.replace(origin, inc="c" * 32).hello()
    revoke.join()

    cuts = centre.hq.db.rows("SELECT inc, seq FROM trusted_branch ORDER BY inc")
    assert [tuple(cut) for cut in cuts] == [("a" * 32, 0), ("c" * 32, 0)]


@pytest.mark.postgres
def test_two_greetings_that_bring_the_same_incarnation_at_once_are_both_heard(
    centre_on_postgres, monkeypatch
):
    """Neither has found it when both look."""
    new = dataclasses.replace(an_origin(centre_on_postgres), inc="c" * 32)
    both_look_first(monkeypatch, hello, "_is_known")
    with ThreadPoolExecutor(2) as hands:
        answers = list(hands.map(lambda _: new.hello_raw().status, range(2)))

    assert answers == [200, 200]
