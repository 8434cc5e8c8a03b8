"""Stores and HQs of different programs in one world: what they agree on is counted, what nobody may do is found."""

from __future__ import annotations

from proof.sim import versions
from proof.sim.plan import Plan, Strike, make_plan
from proof.sim.run import play_plan
from proof.sim.timeline import START_MS
from proof.sim.versions import NEWER
from proof.sim.world import World
from schemas import wire
from schemas.wire.up import Hello, HelloAnswer
from sync.calls import Answer, Request

MINUTE = 60_000


def a_mixed_plan() -> Plan:
    """Two shops on a good line: one is updated before HQ, HQ after it, the other shares no version for a while."""
    strikes = [("newer_store", "001", 1), ("strange_store", "002", 2), ("newer_hq", "001", 6)]
    made = make_plan(3, {}, stores=2)
    planned = tuple(
        Strike(n, START_MS + minute * MINUTE, fault, store)
        for n, (fault, store, minute) in enumerate(strikes)
    )
    return made.only(planned, frozenset())


def test_a_mixed_chain_speaks_what_both_know_and_loses_nothing() -> None:
    report = play_plan(a_mixed_plan())

    assert report.violated == []
    assert report.evaluated["P1"] > 50
    for counted in (
        "older_hq",
        "older_store",
        "newer_agreed",
        "no_common_version",
        "newer_question",
        "newer_answer",
    ):
        assert report.faults[counted], counted


def refused(world: World, offered: list[int], answer: Answer) -> list[str]:
    """What P1 says after HQ has answered such a greeting."""
    disk = world.disks[0]
    message = Hello(
        node=disk.store, protocols=offered, app_version="t", incs=[], epoch_seen="", cursors=[], clock_ms=1,
        nonce=b"n" * 16,
    )  # fmt: skip
    kept = list(world.record.notes["P1"])
    versions.note(world, disk, Request("POST", "/hello", wire.encode(message), {}), answer)
    found = [problem for problem in world.record.notes["P1"][len(kept) :] if problem is not None]
    world.record.notes["P1"][:] = kept
    return found


def test_an_older_version_than_both_know_is_found(played: World) -> None:
    said = HelloAnswer(nonce=b"n" * 16, epoch="e", protocol=1, incs=[], scopes=[], hq_at=1, store="001")
    before, played.centre.protocols = played.centre.protocols, NEWER
    try:
        assert refused(played, [1, 2], Answer(200, {}, wire.encode(said)))
        assert not refused(played, [1], Answer(200, {}, wire.encode(said)))
    finally:
        played.centre.protocols = before


def test_a_refusal_in_spite_of_a_common_version_and_a_refusal_in_silence_are_found(played: World) -> None:
    assert refused(played, [1], Answer(422, {}, b""))
    assert refused(played, [8], Answer(422, {}, b""))
