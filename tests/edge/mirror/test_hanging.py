"""A place that hangs: it cannot say so itself, so whoever asks for the mirror's state hears it from the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Queue

import pytest

from edge.mirror import keeper
from edge.mirror.folder import Folder
from edge.mirror.keeper import HANGS_MS, Mirror, owner_of
from edge.mirror.model import Life, Record, Standing
from edge.scrub.truth import Truth
from edge.syncing.running import telemetry
from proof.sim.parties import sell
from tests.edge.mirror.conftest import Mirrored
from tests.patience import ENOUGH_SECONDS


class Dying(Folder):
    """A stick that hangs in the call that is named, from when it is told to until it is let go."""

    def __init__(self, shop: Mirrored) -> None:
        super().__init__(shop.stick, owner_of(shop.node))
        self.hangs_in = ""
        self.hanging, self.go = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []

    def meanwhile(self, work: Callable[[], object]) -> threading.Thread:
        """In a thread of its own, which ends before the node does."""
        self._threads.append(threading.Thread(target=work, daemon=True))
        self._threads[-1].start()
        return self._threads[-1]

    def end(self) -> None:
        """Whatever hangs goes on."""
        self.go.set()
        for thread in self._threads:
            thread.join(ENOUGH_SECONDS)

    def standings(self, known: Sequence[Life] = ()) -> list[Standing]:
        self._hang("standings")
        return super().standings(known)

    def append(self, life: Life, prev: bytes, records: Sequence[Record]) -> None:
        self._hang("append")
        super().append(life, prev, records)

    def piece(self, life: Life, after_seq: int) -> list[Record]:
        self._hang("piece")
        return super().piece(life, after_seq)

    def _hang(self, call: str) -> None:
        if call == self.hangs_in:
            self.hanging.set()
            assert self.go.wait(ENOUGH_SECONDS)


@pytest.fixture
def stick(shop: Mirrored, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dying]:
    """The shop's stick, on which a sale lies already."""
    monkeypatch.setattr(keeper, "ASK_SECONDS", 0.01)
    made = Dying(shop)
    shop.mirror = Mirror(shop.node, made, shop.world.line)
    shop.sell()
    yield made
    made.end()


def hung(shop: Mirrored, stick: Dying, call: str) -> threading.Thread:
    """A turn that never ends."""
    stick.hangs_in = call
    sell(shop.node)
    turning = stick.meanwhile(shop.mirror.turn)
    assert stick.hanging.wait(ENOUGH_SECONDS)
    return turning


def told(shop: Mirrored) -> str:
    """What HQ's fleet page shows, and from which it counts the days."""
    return str(telemetry(shop.node).devices["mirror"])


def test_a_stick_that_hangs_is_ready_for_a_minute_and_then_failed(shop: Mirrored, stick: Dying) -> None:
    """Once it stayed `ready` for ever, here and at HQ, and no alarm ever rang."""
    turning = hung(shop, stick, "append")
    shop.world.clock.advance(HANGS_MS - 1)
    assert told(shop) == "ready"

    shop.world.clock.advance(1)
    assert told(shop) == "failed"
    assert shop.mirror.status() | {"seen_at": 0} == {
        "state": "failed", "lag": 1, "seen_at": 0, "why": "no answer for 60 s", "brought_back": 0,
    }  # fmt: skip

    stick.go.set()
    turning.join(ENOUGH_SECONDS)
    assert told(shop) == "ready" and shop.mirror.status()["lag"] == 0


def test_one_that_hangs_from_the_start_is_not_called_none(shop: Mirrored, stick: Dying) -> None:
    """`none` is fine for HQ: it means that no mirror is set up."""
    shop.mirror = Mirror(shop.node, stick, shop.world.line)
    hung(shop, stick, "standings")

    shop.world.clock.advance(HANGS_MS)

    assert told(shop) == "failed"


def test_a_slow_stick_that_takes_piece_after_piece_does_not_hang(
    shop: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first copy may last for hours: each piece that is taken begins the time anew."""
    states: list[str] = []

    class Slow(Folder):
        def append(self, life: Life, prev: bytes, records: Sequence[Record]) -> None:
            shop.world.clock.advance(HANGS_MS - 1)
            states.append(shop.mirror.status()["state"])
            super().append(life, prev, records)

    monkeypatch.setattr(keeper, "PIECE_EVENTS", 1)
    shop.mirror = Mirror(shop.node, Slow(shop.stick, owner_of(shop.node)), shop.world.line)
    for _ in range(5):
        sell(shop.node)

    assert shop.mirror.turn()

    assert states == ["none"] * 6 and shop.mirror.status()["state"] == "ready"


def asked(shop: Mirrored, stick: Dying, answers: Queue[list[Truth]]) -> threading.Thread:
    """The scrub's question for a record from the beginning on."""
    inc = shop.node.journal.inc.inc
    return stick.meanwhile(lambda: answers.put(shop.mirror.copy_of(inc, 1)))


def test_the_scrub_does_not_wait_for_a_turn_that_hangs(shop: Mirrored, stick: Dying) -> None:
    """Once that scrub never ended, and no later one began."""
    hung(shop, stick, "append")
    answers: Queue[list[Truth]] = Queue()
    asked(shop, stick, answers)

    shop.world.clock.advance(HANGS_MS)

    assert answers.get(timeout=ENOUGH_SECONDS) == []


def test_the_scrub_waits_for_a_turn_that_moves(shop: Mirrored, stick: Dying) -> None:
    hung(shop, stick, "append")
    answers: Queue[list[Truth]] = Queue()
    asked(shop, stick, answers)

    shop.world.clock.advance(HANGS_MS - 1)
    stick.go.set()

    assert [one.seq for one in answers.get(timeout=ENOUGH_SECONDS)][:2] == [1, 2]


def test_a_stick_that_hangs_while_the_scrub_reads_it_keeps_one_thread_and_no_scrub(
    shop: Mirrored, stick: Dying
) -> None:
    before = threading.active_count()
    stick.hangs_in = "piece"
    answers: Queue[list[Truth]] = Queue()
    asking = asked(shop, stick, answers)
    assert stick.hanging.wait(ENOUGH_SECONDS)

    shop.world.clock.advance(HANGS_MS)
    assert answers.get(timeout=ENOUGH_SECONDS) == [] and told(shop) == "failed"
    assert [shop.mirror.copy_of(shop.node.journal.inc.inc, 1) for _ in range(3)] == [[]] * 3
    asking.join(ENOUGH_SECONDS)
    assert threading.active_count() == before + 1

    stick.go.set()
    assert shop.mirror.turn() and told(shop) == "ready"
    assert shop.mirror.copy_of(shop.node.journal.inc.inc, 1)


def test_what_goes_wrong_while_the_copy_is_read_is_said_to_who_asked(
    shop: Mirrored, stick: Dying, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> list[Truth]:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("edge.mirror.copies.piece", broken)
        with pytest.raises(ZeroDivisionError):
            shop.mirror.copy_of(shop.node.journal.inc.inc, 1)

    assert shop.mirror.turn()
