"""What a computer that was replaced has left on the stick: taken once, whatever the stick does with it later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.mirror import recover
from edge.mirror.folder import Folder, device_name
from edge.mirror.keeper import AGAIN_MS, Mirror, owner_of
from edge.node import Node
from hq.ingest import epoch
from kit.sql import run
from proof.sim.parties import a_node, open_node, sell
from retail.errors import NetworkError
from sync.calls import Answer, Request
from sync.transport import Transport
from tests.edge.mirror.conftest import Mirrored
from tests.edge.mirror.damage import flip, flip_record
from tests.edge.syncing.conftest import Store

YEARS_MS = 402 * 86_400_000


class Line:
    """The line to HQ, which a test cuts; `asked` counts who would have used it."""

    def __init__(self, line: Transport) -> None:
        self.line, self.cut, self.asked = line, False, 0

    def send(self, request: Request) -> Answer:
        self.asked += 1
        if self.cut:
            raise NetworkError("sync.unreachable", why="cut")
        return self.line.send(request)

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class Replaced:
    """The computer that came in place of the shop's, by plain enrolment; the old one's stick is in it."""

    shop: Mirrored
    store: Store
    line: Line
    mirror: Mirror

    @property
    def node(self) -> Node:
        return self.store.node

    @property
    def theirs(self) -> list[Path]:
        """What the dead device has written on the stick."""
        name = device_name(self.shop.node.key.public)
        return [file for file in self.shop.files if file.parent.name == name]

    def sales(self) -> list[str]:
        return [row[0] for row in self.node.db.rows("SELECT id FROM body WHERE type = 'sale.completed'")]

    def books(self) -> dict[tuple[str, str], int]:
        rows = self.node.db.rows("SELECT account, commodity, quantity FROM balance")
        return {(row[0], row[1]): row[2] for row in rows}

    def restart(self, stick: Path | None = None) -> None:
        """The next morning, perhaps with another stick."""
        home = self.node.home
        self.node.close()
        node = open_node(home, self.shop.world.clock)
        self.store = self.shop.world.links(node)
        self.mirror = Mirror(node, Folder(stick or self.shop.stick, owner_of(node)), self.line)

    def purge(self) -> None:
        """HQ can restore all that is old, and this disk deletes it; a sale of today is the last of its log."""
        world = self.shop.world
        for _ in range(4):
            world.poll(self.store)
        world.clock.advance(YEARS_MS)
        sell(self.node)
        for _ in range(4):
            world.poll(self.store)
        with world.centre.hq.db.write() as connection:
            run(connection, "DELETE FROM durable", {})
            run(
                connection,
                "INSERT INTO durable (node, inc, seq, hash, epoch, read_at)"
                " SELECT node, inc, seq, hash, :epoch, 0 FROM origin WHERE node = '001'",
                {"epoch": epoch.current(connection)},
            )
        for _ in range(6):
            world.poll(self.store)
        assert len(self.sales()) == 1, "all but today's sale is deleted"


@pytest.fixture
def replace(shop: Mirrored) -> Iterator[Callable[[], Replaced]]:
    """Call it when the old computer has died."""
    made: list[Replaced] = []

    def new_pc() -> Replaced:
        world, line = shop.world, Line(shop.world.line)
        store = world.links(a_node(world.folder / "new-pc", world.centre, "001", world.clock))
        mirror = Mirror(store.node, Folder(shop.stick, owner_of(store.node)), line)
        made.append(Replaced(shop, store, line, mirror))
        return made[-1]

    yield new_pc
    for one in made:
        one.node.close()


def test_a_bit_that_flips_after_the_purge_moves_no_balance_and_needs_no_line(
    shop: Mirrored, replace: Callable[[], Replaced]
) -> None:
    """Once everything that HQ had long ago came back and was booked a second time; without a line nothing was copied."""
    for _ in range(5):
        shop.sell()
    fresh = replace()
    assert fresh.mirror.turn() and fresh.mirror.brought_back == 5 + 1  # the enrolment is an event, too
    fresh.purge()
    before = fresh.books()

    flip(fresh.theirs[-1], -200)
    fresh.restart()
    fresh.line.cut = True
    assert fresh.mirror.turn(), fresh.mirror.why

    assert (fresh.mirror.brought_back, fresh.books()) == (0, before)
    sell(fresh.node)
    assert fresh.mirror.turn() and fresh.mirror.status()["lag"] == 0


@pytest.mark.parametrize("n", [0, 2, 5])
def test_whichever_bit_flips_before_the_purge_or_behind_it_nothing_is_booked_again(
    shop: Mirrored, replace: Callable[[], Replaced], n: int
) -> None:
    for _ in range(5):
        shop.sell()
    fresh = replace()
    fresh.mirror.turn()
    before = fresh.books()
    [file] = fresh.theirs
    whole = file.read_bytes()

    flip_record(file, n)
    fresh.restart()
    assert fresh.mirror.turn() and fresh.books() == before
    fresh.purge()
    before = fresh.books()
    file.write_bytes(whole)
    flip_record(file, (n + 1) % 6)
    fresh.restart()
    fresh.mirror.turn()

    assert (fresh.mirror.brought_back, fresh.books()) == (0, before)


def test_a_folder_that_grows_after_the_purge_gives_what_is_new(
    shop: Mirrored, replace: Callable[[], Replaced]
) -> None:
    """The old computer was not dead: it sold on, onto the same stick."""
    for _ in range(3):
        shop.sell()
    fresh = replace()
    fresh.mirror.turn()
    fresh.purge()
    cash = fresh.books()["cash:001:01", "HKD"]

    told = [shop.sell() for _ in range(2)]
    for found in (2, 0):
        fresh.restart()
        assert fresh.mirror.turn() and fresh.mirror.brought_back == found

    assert set(told) <= set(fresh.sales()) and len(fresh.sales()) == 3
    assert fresh.books()["cash:001:01", "HKD"] == cash + 2 * 1_000


@pytest.mark.parametrize("n", [2, 5])
def test_what_could_not_be_read_before_the_purge_is_taken_once_when_its_bytes_are_back(
    shop: Mirrored, replace: Callable[[], Replaced], n: int
) -> None:
    """In the middle, where the gap was named, and at the end."""
    told = [shop.sell() for _ in range(5)]
    fresh = replace()
    [file] = fresh.theirs
    whole = file.read_bytes()
    flip_record(file, n)
    fresh.mirror.turn()
    assert fresh.mirror.state == ("damaged" if n == 2 else "ready")
    assert set(told) - set(fresh.sales()) == {told[n - 1]}
    fresh.purge()
    cash = fresh.books()["cash:001:01", "HKD"]

    file.write_bytes(whole)
    for found in (1, 0):
        fresh.restart()
        assert fresh.mirror.turn() and fresh.mirror.brought_back == found
        assert fresh.mirror.state == "ready"

    assert told[n - 1] in fresh.sales()
    assert fresh.books()["cash:001:01", "HKD"] == cash + 1_000


def test_a_gap_is_named_although_the_end_behind_it_is_gone_too(
    shop: Mirrored, replace: Callable[[], Replaced]
) -> None:
    """Once the place seemed to end before the gap, and the state was `ready`."""
    told = [shop.sell() for _ in range(5)]
    fresh = replace()
    [file] = fresh.theirs
    whole = file.read_bytes()
    gap = flip_record(file, 3)
    fresh.mirror.turn()
    lost = told[2]
    assert lost not in fresh.sales() and fresh.mirror.state == "damaged"

    file.write_bytes(whole[: len(whole) // 3])
    for _ in range(2):
        fresh.restart()
        assert fresh.mirror.turn() and fresh.mirror.state == "damaged"
        assert f"{gap} to {gap} cannot be read" in fresh.mirror.why

    file.write_bytes(whole)
    fresh.restart()
    assert fresh.mirror.turn() and fresh.mirror.state == "ready"
    assert sorted(fresh.sales()) == sorted(told)


def test_another_stick_of_the_same_life_with_other_sales_at_the_same_places_is_taken(
    shop: Mirrored, replace: Callable[[], Replaced]
) -> None:
    """The dead computer's disk was put back, and it sold on with another stick: places alone prove nothing."""
    shop.sell()
    kept = shop.old_disk()
    for _ in range(4):
        shop.sell()
    first, shop.stick = shop.stick, shop.stick.with_name("stick-2")
    shop.stick.mkdir()
    shop.put_back(kept)
    told = [shop.sell() for _ in range(2)]
    second, shop.stick = shop.stick, first
    fresh = replace()
    fresh.mirror.turn()
    fresh.purge()
    cash = fresh.books()["cash:001:01", "HKD"]

    for stick in (second, first, second):
        fresh.restart(stick)
        assert fresh.mirror.turn(), fresh.mirror.why

    assert set(told) <= set(fresh.sales()) and len(fresh.sales()) == 3
    assert fresh.books()["cash:001:01", "HKD"] == cash + 2 * 1_000


def test_own_sales_are_copied_while_nobody_gives_the_key_of_a_dead_device(
    shop: Mirrored, replace: Callable[[], Replaced]
) -> None:
    """It is asked for again by the minute and not with every sale; then what the dead one had comes back."""
    told = [shop.sell() for _ in range(3)]
    fresh = replace()
    fresh.mirror._keys.seal(fresh.node.key.public)
    fresh.line.cut = True

    assert not fresh.mirror.turn() and fresh.mirror.state == "waiting"
    asked = fresh.line.asked
    for _ in range(3):
        sell(fresh.node)
        assert not fresh.mirror.turn()
        assert fresh.mirror.status() | {"why": ""} == {
            "state": "waiting", "lag": 0, "seen_at": None, "why": "", "brought_back": 0,
        }  # fmt: skip
    assert fresh.line.asked == asked

    fresh.line.cut = False
    shop.world.clock.advance(AGAIN_MS)
    assert fresh.mirror.turn() and fresh.mirror.state == "ready"
    assert set(told) <= set(fresh.sales()) and fresh.mirror.status()["lag"] == 0


def test_a_life_of_a_dead_device_that_does_not_hold_is_named_and_keeps_nobody_waiting(
    shop: Mirrored, replace: Callable[[], Replaced], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record is of nobody; it does not come in, and what is sold here is copied."""
    shop.sell()
    fresh = replace()
    monkeypatch.setattr(
        recover, "_signed", lambda _node, life: None if life.device == shop.node.key.public else object()
    )

    sell(fresh.node)
    assert fresh.mirror.turn()

    assert fresh.mirror.state == "damaged" and fresh.mirror.status()["lag"] == 0
    assert "1 to 2 cannot be read" in fresh.mirror.why
    assert len(fresh.sales()) == 1


def test_a_stick_that_is_pulled_while_a_dead_device_is_read_is_missing(
    shop: Mirrored, replace: Callable[[], Replaced], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is no trouble of one life: nothing is called unreadable, and the next look takes it."""
    shop.sell()
    fresh = replace()
    away = shop.stick.with_name("pulled")
    read = Folder.piece

    def pulled(self: Folder, *arguments: object) -> object:
        found = read(self, *arguments)  # type: ignore[arg-type]
        if shop.stick.exists():
            shop.stick.rename(away)
            raise recover.MirrorTrouble("missing", "pulled")
        return found

    monkeypatch.setattr(Folder, "piece", pulled)
    assert not fresh.mirror.turn() and fresh.mirror.state == "missing"

    monkeypatch.setattr(Folder, "piece", read)
    away.rename(shop.stick)
    assert fresh.mirror.turn() and fresh.mirror.state == "ready" and fresh.mirror.brought_back == 2
