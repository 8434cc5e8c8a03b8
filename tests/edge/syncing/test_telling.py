"""Telemetry: told while HQ answers, whatever becomes of the events; never a load on a line that is dead or too busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from edge.syncing.running import telemetry
from hq.fleet.queries import board
from proof.sim.parties import sell
from retail.errors import NetworkError
from schemas import wire
from schemas.wire.up import Telemetry
from sync.calls import Answer, Request
from sync.machine import State
from sync.transport import Transport
from tests.builders.damage import edited
from tests.edge.syncing.conftest import Store, World


@dataclass
class Odd:
    """A line on which somebody between us and HQ answers some paths; keeps what was told."""

    line: Transport
    odd: Callable[[Request], Answer | None]
    told: list[int] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        """Somebody's answer, or HQ's."""
        if request.path == "/telemetry":
            self.told.append(wire.decode(request.body, Telemetry).unsent)
        return self.odd(request) or self.line.send(request)

    def close(self) -> None:
        """Nothing is held."""


def on(path: str, status: int) -> Callable[[Request], Answer | None]:
    """This status to everything that begins with the path."""
    return lambda request: Answer(status, {}, b"") if request.path.startswith(path) else None


@pytest.fixture
def store(world: World) -> Iterator[Store]:
    made = world.store()
    world.poll(made)
    yield made
    made.node.close()


def minutes(world: World, store: Store, line: Any, count: int = 6) -> None:
    for _ in range(count * 2):
        world.clock.advance(30_000)
        store.up(line)


@pytest.mark.parametrize("status", [403, 400, 500])
def test_a_store_whose_pushes_are_refused_tells_its_backlog(world: World, store: Store, status: int) -> None:
    line = Odd(world.line, on("/push", status))
    for _ in range(3):
        sell(store.node)

    minutes(world, store, line)

    assert store.links.up.machine.state is State.WAITING
    assert 5 <= len(line.told) <= 6 and set(line.told) == {3}  # once a minute
    [told] = board(world.centre.hq.db, frozenset({"001"}), world.clock.now_ms())
    assert told.node.unsent == 3


def test_a_store_that_waits_for_its_scrub_tells_its_backlog(
    world: World, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.node.scrubber, "doubt", lambda *_: None)  # it would mend it in another thread
    line = Odd(world.line, lambda _request: None)
    hurt = sell(store.node).id
    edited(store, lambda tx: tx.execute("UPDATE body SET body = x'00' WHERE id = ?", (hurt,)))

    minutes(world, store, line, 2)

    assert store.links.up.machine.state is State.WAITING and line.told[-1] == 1


@pytest.mark.parametrize("status", [429, 503])
def test_an_hq_that_has_too_much_to_do_is_told_nothing(world: World, store: Store, status: int) -> None:
    line = Odd(world.line, on("/push", status))
    sell(store.node)

    minutes(world, store, line)

    assert line.told == []


@pytest.mark.parametrize("status", [429, 503])
def test_sales_that_are_sent_away_knock_again_within_twelve_seconds(
    world: World, store: Store, status: int
) -> None:
    """P5: however often they were."""
    line = Odd(world.line, on("/push", status))
    sell(store.node)

    minutes(world, store, line)

    machine = store.links.up.machine
    assert machine.state is State.WAITING and machine.tries > 3
    assert machine.due_ms <= world.clock.monotonic_ms() + 12_000


def test_a_dead_line_is_told_nothing(world: World, store: Store) -> None:
    def cut(request: Request) -> Answer | None:
        if request.path.startswith("/push"):
            raise NetworkError("test.line_cut")
        return None

    line, request = Odd(world.line, cut), None
    sell(store.node)
    for _ in range(12):
        world.clock.advance(30_000)
        request = store.links.up.wake()
        while request is not None:
            try:
                request = store.links.up.answered(line.send(request))
            except NetworkError as error:
                request = store.links.up.failed(error)

    assert store.links.up.machine.state is State.WAITING and line.told == []


def test_telemetry_that_is_refused_too_changes_nothing(world: World, store: Store) -> None:
    line = Odd(world.line, lambda r: Answer(403, {}, b"") if r.path in ("/push", "/telemetry") else None)
    sell(store.node)
    world.clock.advance(61_000)

    store.up(line)

    machine = store.links.up.machine
    assert (machine.state, machine.tries, len(line.told)) == (State.WAITING, 1, 1)
    minutes(world, store, world.line, 2)
    assert machine.state is State.RESTING and machine.tries == 0


def troubles(world: World) -> tuple[str, list[tuple[str, object]]]:
    """The state of 001 on HQ's board, and what its node says of itself there; nobody has sent it goods."""
    [line] = board(world.centre.hq.db, frozenset({"001"}), world.clock.now_ms())
    found = [(one.state, one.facts["trouble"]) for one in line.findings if one.code == "trouble"]
    return line.state, [one for one in found if one != ("warn", "store.no_data")]


def test_an_event_that_hq_refuses_stands_on_the_board_until_it_is_taken(world: World, store: Store) -> None:
    sell(store.node)

    minutes(world, store, Odd(world.line, on("/push", 422)))

    assert troubles(world) == ("crit", [("crit", "sync.refused")])
    assert store.links.up.alarms == ["sync.refused"], "once, however often it is tried"

    sell(store.node)
    minutes(world, store, world.line)

    assert store.links.up.alarms == []
    assert troubles(world)[1] == []


def test_what_hq_refused_is_asked_anew_at_its_new_place(world: World, store: Store) -> None:
    sell(store.node)
    minutes(world, store, Odd(world.line, on("/push", 422)))
    head = store.node.journal.head

    store.links.up._is_written_anew(head.inc, head.seq)
    assert store.links.up.alarms == ["sync.refused"], "its place stands"
    store.links.up._is_written_anew(head.inc, head.seq - 1)
    assert store.links.up.alarms == []


def test_a_witness_that_cannot_be_written_stands_on_the_board(world: World, store: Store) -> None:
    store.node.journal.witness.problem = "no space"

    minutes(world, store, world.line, 2)

    assert troubles(world) == ("warn", [("warn", "witness.unwritable")])


def test_an_older_hq_takes_what_it_does_not_know(world: World, store: Store) -> None:
    """A field that HQ has never heard of is left aside, and one that an older node does not send is empty."""
    told = msgspec.json.decode(wire.encode(telemetry(store.node, ["sync.refused"])))
    assert told["troubles"][0] == "sync.refused"

    said = wire.decode(msgspec.json.encode(told | {"of_tomorrow": [1]}), Telemetry)
    assert said.troubles == told["troubles"]
    del told["troubles"]
    assert wire.decode(msgspec.json.encode(told), Telemetry).troubles == []
