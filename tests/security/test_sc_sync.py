"""The line between stores and HQ in wrong hands: SC-05, SC-10, SC-14, SC-16 (docs/security.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.syncing import outbox
from hq.enrolment import actions as enrolling
from kit.clock import ManualClock
from kit.crypto import SigningKey
from proof.sim.origin import Origin, an_event, an_origin
from proof.sim.parties import Centre, a_centre, a_node, sell
from schemas import wire
from schemas.wire.up import Receipt
from sync.calls import Answer, Request
from sync.transport import InProcessTransport
from tests.edge.syncing.conftest import Store, World

MINUTE = 60_000
OURS = [("cash:001:01", "HKD", 100), ("safe:001", "HKD", -100)]
THEIRS = [("cash:002:01", "HKD", 100), ("safe:002", "HKD", -100)]


@pytest.fixture
def world(centre: Centre, tmp_path: Path) -> World:
    """HQ and nodes on one clock."""
    return World(centre, centre.hq.clock, tmp_path)


@pytest.fixture
def store(world: World) -> Iterator[Store]:
    """Store 001, which has said hello."""
    made = world.store()
    made.up(world.line)
    yield made
    made.node.close()


def links(centre: Centre) -> int:
    return int(centre.hq.db.value("SELECT count(*) FROM link"))


# -- SC-05 -------------------------------------------------------------------------------------------------


def test_a_stolen_computer_is_shut_out_at_once_and_what_it_sends_is_kept_nowhere(
    world: World, store: Store
) -> None:
    """SC-05: revoked at HQ: its open session, its key and its signed record open nothing from that moment on."""
    sell(store.node)
    known = links(world.centre)
    enrolling.revoke(world.centre.context, node="001", public_key=store.node.key.public)

    for _ in range(5):
        world.poll(store)

    assert (links(world.centre), outbox.unsent(store.node.db).count) == (known, 1)
    assert world.centre.hq.db.value("SELECT count(*) FROM device_session WHERE node = '001'") == 0
    new = a_node(world.folder / "new", world.centre, "001", world.clock)
    replaced = world.links(new)
    sell(new)
    world.poll(replaced)
    assert outbox.unsent(new.db).count == 0
    new.close()


# -- SC-10 -------------------------------------------------------------------------------------------------


class Lying:
    """A line to a server that is not HQ: it answers, with a key of its own."""

    def __init__(self, centre: Centre, home: Path) -> None:
        self.other = a_centre(home, centre.hq.clock)
        self._line = InProcessTransport(self.other.app)
        self.asked: list[str] = []

    def send(self, request: Request) -> Answer:
        self.asked.append(request.path)
        return self._line.send(request)

    def close(self) -> None:
        return


def revoked(world: World, store: Store) -> Any:
    enrolling.revoke(world.centre.context, node="001", public_key=store.node.key.public)
    return world.line


def expired(world: World, _store: Store) -> Any:
    world.clock.advance(16 * MINUTE)
    return world.line


def another_server(world: World, store: Store) -> Any:
    """HQ's name leads elsewhere (SC-02), to somebody with another key."""
    return Lying(world.centre, world.folder / "liar")


@pytest.mark.parametrize(
    ("fate", "heals"),
    [(revoked, False), (expired, True), (another_server, True)],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_store_sells_on_whatever_becomes_of_its_session(
    world: World, store: Store, fate: Any, heals: bool
) -> None:
    """SC-10, SC-02: what is wrong is refused, the till sells on, and the right HQ is spoken to again by itself."""
    line = fate(world, store)
    sell(store.node)
    store.up(line)
    sell(store.node)

    assert store.node.db.value("SELECT count(*) FROM document") == 2
    if isinstance(line, Lying):
        assert (line.asked, links(line.other)) == (["/push", "/challenge"], 0)
        assert outbox.unsent(store.node.db).count == 2
        line.other.close()
    for _ in range(4):
        world.clock.advance(MINUTE)
        store.up(world.line)
    assert outbox.unsent(store.node.db).count == (0 if heals else 2)
    others = world.centre.hq.db.value("SELECT count(*) FROM link WHERE node = '002'")
    assert others == 0


def test_a_computer_whose_clock_is_wrong_by_years_speaks_to_hq_all_the_same(world: World) -> None:
    """SC-10: sessions count on HQ's clock; the till's is shown as wrong, its sales are taken."""
    clock = ManualClock(world.clock.now_ms() + 3 * 365 * 24 * 60 * MINUTE)
    store = world.links(a_node(world.folder / "skewed", world.centre, "001", clock))
    sell(store.node)

    store.up(world.line)

    assert outbox.unsent(store.node.db).count == 0
    offset = world.centre.hq.db.value("SELECT offset_ms FROM contact WHERE node = '001'")
    assert offset >= 3 * 365 * 24 * 60 * MINUTE - 1
    store.node.close()


# -- SC-14 -------------------------------------------------------------------------------------------------


def test_a_store_speaks_for_no_other(centre: Centre) -> None:
    """SC-14: another store's name, key, session or accounts are refused; the other store's books stay untouched."""
    thief, victim = an_origin(centre, "001"), an_origin(centre, "002", "b" * 32)
    victim.add(an_event(1, post=THEIRS))
    victim.push(1, 1)
    centre.projector.drain()
    before = books(centre, "002")

    thief.add(an_event(2, post=THEIRS), an_event(3, post=OURS))
    as_victim = thief.push_raw(thief.batch(1, 2), node="002")
    foreign_key = Origin(centre, "002", thief.key, "c" * 32, token=thief.token)
    greeted = foreign_key.hello_raw()
    thief.push(1, 2)
    centre.projector.drain()

    assert (as_victim.status, greeted.status) == (422, 422)
    assert books(centre, "002") == before
    alarmed = centre.hq.db.rows("SELECT store, code FROM alarm")
    assert [tuple(row) for row in alarmed] == [("001", "event.account_of_another_store")]
    assert centre.hq.db.value("SELECT quantity FROM balance WHERE account = 'cash:001:01'") == 100


def books(centre: Centre, store: str) -> list[tuple[Any, ...]]:
    rows = centre.hq.db.rows("SELECT * FROM balance WHERE store = :s ORDER BY account", {"s": store})
    return [tuple(row) for row in rows]


# -- SC-15 -------------------------------------------------------------------------------------------------


def test_a_flood_of_one_store_costs_the_others_a_bounded_wait(centre: Centre) -> None:
    """SC-15: HQ takes the stores in turn, a batch each: a store waits for one batch of each other, not for a flood."""
    flood, honest = an_origin(centre, "001"), an_origin(centre, "002", "b" * 32)
    flood.add(*(an_event(n, post=OURS) for n in range(1, 401)))
    for first in range(1, 401, 200):
        flood.push(first, first + 199)
    honest.add(an_event(9_001, post=THEIRS))
    honest.push(1, 1)
    batch = 20

    taken = centre.projector.run_once(batch)

    assert (taken, books(centre, "002")[0][-1]) == (batch + 1, 100)
    assert centre.projector.drain() == 400 - batch


# -- SC-16 -------------------------------------------------------------------------------------------------


def test_whatever_was_recorded_on_the_line_has_no_effect_when_it_is_sent_again(centre: Centre) -> None:
    """SC-16: log-in, greeting, batch and telemetry, in any order, to HQ and (answers) to the node."""
    recorded: list[tuple[Request, Answer]] = []
    plain = centre.transport()

    class Recorder(Centre):
        def transport(self) -> Any:
            return self

        def send(self, request: Request) -> Answer:
            answer = plain.send(request)
            recorded.append((request, answer))
            return answer

    origin = an_origin(Recorder(centre.hq, centre.app))
    origin.add(an_event(1, post=OURS), an_event(2, post=OURS))
    origin.push(1, 1)
    origin.push(2, 2)
    centre.projector.drain()
    before = everything(centre)
    centre.hq.clock.advance(MINUTE)

    again = {request.path: plain.send(request).status for request, _ in [*recorded, *reversed(recorded)]}
    centre.projector.drain()

    assert everything(centre) == before
    assert again["/session"] == 401
    first, second = (answer for request, answer in recorded if request.path == "/push")
    assert (seq_of(first), seq_of(second)) == (1, 2)
    centre.hq.clock.advance(16 * MINUTE)
    assert {plain.send(request).status for request, _ in recorded if request.path in ("/hello", "/push")} == {
        401
    }


def seq_of(answer: Answer) -> int:
    return wire.decode(answer.body, Receipt).seq


def everything(centre: Centre) -> str:
    """What HQ knows, without who spoke last and when."""
    tables = centre.hq.db.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    passing = {
        "device_nonce",
        "device_session",
        "contact",
        "receipt",
        "origin",
        "subscription",
        "scope_cursor",
    }
    return json.dumps(
        {
            n: [str(tuple(r)) for r in centre.hq.db.rows(f"SELECT * FROM {n}")]
            for (n,) in tables
            if n not in passing
        }
    )


def test_a_session_of_a_key_that_was_never_enrolled_is_none(centre: Centre) -> None:
    """SC-10, SC-16: an enrolled node's recorded answer is no use to a stranger's key."""
    origin = an_origin(centre)
    stranger = Origin(centre, "001", SigningKey.generate(), "d" * 32, token=origin.token)

    assert stranger.hello_raw().status == 422
