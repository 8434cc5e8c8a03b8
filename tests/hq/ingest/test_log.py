"""Stage 1: what is stored, what is answered, and that refusals change nothing."""

from __future__ import annotations

import pytest

from kit.crypto import SigningKey
from proof.live.world import until
from proof.sim.origin import an_event, an_origin
from retail.errors import NetworkError
from schemas.wire.up import Fork, Gap, HelloNeeded, Receipt
from sync import calls, guard
from sync.calls import Batch, Request
from sync.chain import body_hash, extend


def stored(centre, table="link"):
    return centre.hq.db.value(f"SELECT COUNT(*) FROM {table}")


def test_a_batch_is_stored_with_links_bodies_and_the_signed_head(centre, origin):
    origin.add(an_event(1), an_event(2))

    said = origin.push(1, 2)

    assert said == Receipt(
        node="001",
        inc=origin.inc,
        seq=2,
        hash=origin.hashes[2],
        epoch=centre.hq.epoch,
        at=centre.hq.clock.now_ms(),
    )
    rows = centre.hq.db.rows("SELECT seq, prev, bh, hash FROM link ORDER BY seq")
    assert [(row[0], bytes(row[1]), bytes(row[2]), bytes(row[3])) for row in rows] == [
        (n, origin.hashes[n - 1], body_hash(origin.bodies[n - 1]), origin.hashes[n]) for n in (1, 2)
    ]
    assert [bytes(row[0]) for row in centre.hq.db.rows("SELECT body FROM body ORDER BY seq")] == origin.bodies
    assert centre.hq.db.value("SELECT seq FROM head_signature") == 2


def test_sending_again_changes_nothing(centre, origin):
    """U16, and U13 for the answer that was lost."""
    origin.add(an_event(1), an_event(2), an_event(3))
    origin.push(1, 3)

    assert origin.push(1, 3).seq == origin.push(2, 2).seq == 3
    assert stored(centre) == stored(centre, "body") == 3


def test_an_overlap_appends_only_what_is_new(centre, origin):
    origin.add(an_event(1), an_event(2))
    origin.push(1, 2)
    origin.add(an_event(3))

    assert origin.push(2, 3).seq == 3
    assert stored(centre) == 3


def test_a_gap_names_hq_s_head(centre, origin):
    origin.add(*[an_event(n) for n in range(1, 5)])
    origin.push(1, 1)

    assert origin.push(3, 4) == Gap(inc=origin.inc, seq=1, hash=origin.hashes[1])
    assert stored(centre) == 1


def test_a_fork_keeps_the_refused_links_as_evidence(centre, origin):
    origin.add(an_event(1), an_event(2))
    origin.push(1, 2)
    truth = origin.hashes[2]
    origin.bodies[1:] = [an_event(12), an_event(13)]

    assert origin.push(2, 3) == Fork(inc=origin.inc, seq=2, hash=truth)

    rows = centre.hq.db.rows("SELECT seq, hash, body FROM fork_evidence ORDER BY seq")
    assert [(row[0], bytes(row[1]), bytes(row[2])) for row in rows] == [
        (2, origin.hashes[2], origin.bodies[1]),
        (3, origin.hashes[3], origin.bodies[2]),
    ]
    assert [tuple(row) for row in centre.hq.db.rows("SELECT code, store FROM alarm")] == [
        ("fork.found", "001")
    ]
    assert stored(centre) == 2
    origin.push(2, 3)
    assert stored(centre, "fork_evidence") == 2


def test_an_incarnation_that_was_never_greeted_is_asked_to(centre, origin):
    origin.inc = "b" * 32
    origin.add(an_event(1))

    assert origin.push(1, 1) == HelloNeeded(inc="b" * 32)


def test_a_body_that_is_no_event_is_stored_all_the_same(centre, origin):
    """U8: acceptance looks at enrolment, chain and size only."""
    origin.add(b"\xff not json at all", an_event(2))

    assert origin.push(1, 2).seq == 2


@pytest.mark.parametrize(
    "break_it",
    [
        lambda packed: packed[:-9],
        lambda packed: b"no gzip",
        lambda packed: guard.compress(guard.inflate(packed)[:-1]),
        lambda packed: guard.compress(guard.inflate(packed) + b"x"),
        lambda packed: guard.compress(b"\0\0\0\x02{}"),
        lambda packed: guard.compress(b"\xff\xff\xff\xff{}"),
        lambda packed: guard.compress(guard.inflate(packed)[:4]),
    ],
)
def test_a_broken_envelope_is_4xx_and_changes_nothing(centre, origin, break_it):
    """P3."""
    origin.add(an_event(1))
    request = calls.push("001", origin.token, origin.batch(1, 1), b"s" * 64)

    answer = centre.transport().send(Request("POST", "/push", break_it(request.body), request.headers))

    assert answer.status == 422
    assert stored(centre) == stored(centre, "body") == 0


def test_links_of_another_node_are_refused(centre, origin):
    """SC-14."""
    origin.add(an_event(1))

    answer = origin.push_raw(origin.batch(1, 1), node="002")

    assert answer.status == 422
    assert stored(centre) == 0


def test_a_head_signed_by_a_stranger_is_refused(centre, origin):
    """SC-14."""
    origin.add(an_event(1))
    fields = calls.head_fields("001", origin.inc, 1, origin.hashes[1])

    answer = origin.push_raw(origin.batch(1, 1), signature=SigningKey.generate().sign("head", *fields))

    assert answer.status == 422
    assert stored(centre) == 0


def test_a_chain_that_does_not_add_up_is_refused(centre, origin):
    origin.add(an_event(1))
    good = origin.batch(1, 1)

    answer = origin.push_raw(Batch(good.inc, 1, good.prev, [b"\0" * 32], good.bodies))

    assert answer.status == 422
    assert stored(centre) == 0


def test_a_bomb_is_413(centre, origin):
    """SC-29."""
    headers = {"Content-Type": calls.PUSH_TYPE, **calls.bearer(origin.token)}
    answer = centre.transport().send(Request("POST", "/push", guard.compress(b"\0" * (9 << 20)), headers))

    assert answer.status == 413


def test_without_a_session_nobody_speaks(centre, origin):
    """SC-01."""
    origin.add(an_event(1))
    for token in ("", "guess"):
        origin.token = token
        assert origin.push_raw(origin.batch(1, 1)).status == 401


def test_a_node_reads_its_own_log_only(centre, origin):
    """SC-12."""
    origin.add(*[an_event(n) for n in range(1, 4)])
    origin.push(1, 3)
    other = an_origin(centre, "002", "c" * 32)

    mine = calls.logged(centre.transport().send(calls.log(origin.token, origin.inc, 1)), centre.hq.key.public)
    theirs = centre.transport().send(calls.hashes(other.token, origin.inc, [1]))

    header, bodies = mine
    assert (header.first_seq, header.prev, bodies) == (2, origin.hashes[1], origin.bodies[1:])
    assert theirs.status == 404


def test_half_an_answer_is_no_answer(centre, origin):
    origin.add(an_event(1))
    answer = origin.push_raw(origin.batch(1, 1))
    cut = calls.Answer(200, answer.headers, answer.body[:-1])

    with pytest.raises(NetworkError):
        calls.pushed(cut, centre.hq.key.public, "001")


def test_the_hash_loop_is_the_plain_chain(origin):
    origin.add(an_event(1))
    assert origin.hashes[1:] == extend("001", origin.inc, 1, origin.hashes[0], [body_hash(origin.bodies[0])])


def test_a_push_wakes_the_projector_behind_its_answer(centre, origin):
    """Nobody names the store by hand, and the clock of the whole look stands."""
    centre.projector.start()
    try:
        for seq in (1, 2):  # the first may come with the look that a thread begins with
            origin.add(an_event(seq))
            origin.push(seq, seq)
            assert until(
                lambda seq=seq: centre.hq.db.value("SELECT seq FROM applied", default=0) == seq, seconds=120
            )
    finally:
        centre.projector.stop()
