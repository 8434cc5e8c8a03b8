"""A fork that HQ has forgotten with its own disk is known again from the store's own word."""

from __future__ import annotations

from proof.sim.origin import Origin, an_event
from proof.sim.parties import Centre

PARENT = "b" * 32


def forks(centre: Centre) -> list[tuple[str, str, int]]:
    return [tuple(row) for row in centre.hq.db.rows("SELECT node, inc, seq FROM fork")]


def reborn(reason: str) -> bytes:
    facts = {"reason": reason, "parent_inc": PARENT, "parent_seq": 7, "last_numbers": {}}
    return an_event(1, "node.reincarnated", payload=facts)


def test_the_first_event_after_a_fork_names_it(centre: Centre, origin: Origin) -> None:
    """The record is there, and the alarm, though nobody has shown HQ the two tails."""
    origin.add(reborn("fork"))
    origin.push(1, 1)
    centre.projector.drain()

    assert forks(centre) == [("001", PARENT, 8)]
    assert centre.hq.db.value("SELECT count(*) FROM alarm WHERE code = 'node.fork'") == 1


def test_a_rollback_is_no_fork(centre: Centre, origin: Origin) -> None:
    """Nobody else has written that incarnation."""
    origin.add(reborn("rollback"))
    origin.push(1, 1)
    centre.projector.drain()

    assert forks(centre) == []
