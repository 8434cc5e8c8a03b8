"""Databases with a past: disks put back, clones, purged logs, parked events. All that is explained is no finding."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.shifts.actions import close_shift, open_shift
from edge.syncing.purge import purge
from hq import commands
from hq.app import create_app
from hq.backups import actions as backups
from hq.backups.restore import Wanted, restore
from hq.enrolment import actions as enrolling
from hq.enrolment import branches
from hq.headquarters import Headquarters
from kit.clock import ManualClock
from kit.sql import run
from proof.sim.parties import Centre, a_centre, a_node, open_node
from proof.sim.rot import Scrubs, flipped
from proof.verify.cli import verify
from retail.tender import card
from tests.proof.verify.evidence import NOON, Store, opening, rows_of_chain, rows_of_store


@dataclass
class World:
    """One store, its headquarters, and copies of its disk."""

    folder: Path
    centre: Centre
    clock: ManualClock
    store: Store

    def copy(self, name: str) -> Path:
        """The disk as it is now, without its witness."""
        self.store.node.db.checkpoint()
        self.store.node.reference.db.checkpoint()
        home = self.folder / name
        shutil.copytree(self.store.node.home, home, ignore=shutil.ignore_patterns("*.lock"))
        return home

    def open(self, home: Path) -> Store:
        """A node on a copied disk."""
        return Store(open_node(home, self.clock), self.centre, self.clock)

    def wrong(self, *stores: Store) -> list[str]:
        """What the verifier finds in these nodes and HQ."""
        for store in stores:
            store.node.db.checkpoint()
        paths = [store.node.home / "node.sqlite" for store in stores]
        report = verify([*paths, self.folder / "hq.sqlite"])
        return [line for check in report.checks if check.findings for line in check.lines()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = ManualClock(NOON)
    centre = a_centre(tmp_path / "hq", clock, url=f"sqlite:///{tmp_path / 'hq.sqlite'}")
    centre.publish({**rows_of_chain(), **rows_of_store("001", "A"), **rows_of_store("002", "B")})
    opening(centre)
    store = Store(a_node(tmp_path / "001", centre, "001", clock), centre, clock)
    store.sync()
    open_shift(store.at(), 50_000)
    store.sell("A", "B*2")
    store.sync()
    yield World(tmp_path, centre, clock, store)
    store.node.close()
    centre.close()


def settle(*stores: Store) -> None:
    for _ in range(3):
        for store in stores:
            store.sync()


def close(store: Store) -> None:
    held = store.node.db.value("SELECT quantity FROM balance WHERE account = 'cash:001:01'")
    close_shift(store.at(), count={"10": max(0, held) // 10}, confirmed=(), approval=None)


def test_a_disk_put_back_after_its_sales_were_uploaded(world):
    old = world.copy("old")
    sale = world.store.sell("C", tenders=(card(1995),))
    world.store.back(sale, l1=1)
    settle(world.store)

    back = world.open(old)
    settle(back)
    back.sell("A")
    close(back)
    settle(back)

    assert back.node.db.value("SELECT COUNT(*) FROM body WHERE replayed = 1") == 2
    assert world.wrong(back) == []
    back.node.close()


def test_a_disk_put_back_that_sold_on_before_it_was_found(world):
    old = world.copy("old")
    world.store.sell("C")
    world.store.sell("B")
    settle(world.store)

    back = world.open(old)
    first = back.sell("A*2")
    back.back(first, l1=1)
    settle(back)
    back.sell("B")
    close(back)
    settle(back)

    assert back.node.db.value("SELECT COUNT(*) FROM link WHERE abandoned = 1") == 2
    assert world.wrong(back) == []
    back.node.close()


def test_a_clone_and_its_twin_with_all_events_of_both(world):
    clone = world.open(world.copy("clone"))
    for _ in range(2):
        world.store.sell("A")
    for _ in range(3):
        clone.sell("C")
    settle(world.store, clone)
    world.store.sell("B")
    clone.sell("B")
    settle(world.store, clone)

    assert world.wrong(world.store, clone) == []
    clone.node.close()


def test_a_log_that_was_purged(world):
    close(world.store)
    world.store.sync()
    world.clock.advance(40 * 86_400_000)
    open_shift(world.store.at(), 10_000)
    world.store.sell("A")
    world.store.sync()
    with world.centre.hq.db.write() as connection:
        run(
            connection,
            "INSERT INTO durable (node, inc, seq, hash, epoch, read_at) SELECT node, inc, seq, hash, :epoch, 0"
            " FROM link WHERE node = '001' AND seq = 4",
            {"epoch": world.centre.hq.epoch},
        )
    world.store.sync()

    assert purge(world.store.node.journal, world.centre.hq.epoch, world.clock.now_ms()) > 0
    assert world.wrong(world.store) == []


def test_what_a_too_old_backup_lacks_is_a_hole_that_explains_its_numbers(world):
    """The numbers of the lost receipts are missing at HQ in the middle, and not one number more may be."""
    hq, database = world.centre.hq, world.folder / "hq.sqlite"
    files = []
    for _ in range(4):
        world.store.sell("A")
        world.store.sync()
        world.clock.advance(1000)
        files.append(hq.home / "backups" / backups.take(commands.context_of(hq), kind="full").file)
        if len(files) == 1:
            files[0] = files[0].rename(world.folder / files[0].name)
    close(world.store)
    world.clock.advance(40 * 86_400_000)
    open_shift(world.store.at(), 10_000)
    world.store.sell("A")
    world.store.sync()
    assert purge(world.store.node.journal, hq.epoch, world.clock.now_ms()) > 0
    ctx = commands.context_of(hq)
    hq.close()

    restore(hq.home, database, Wanted(files[0], accept_loss=True), ctx=ctx)
    world.centre.hq = Headquarters.open(hq.home, clock=world.clock, url=f"sqlite:///{database}")
    world.centre.app = create_app(world.centre.hq, limits=False)
    world.store.sell("A")
    settle(world.store)

    lost = world.centre.hq.db.row("SELECT from_seq, to_seq FROM hole")
    assert lost is not None
    assert world.wrong(world.store) == []
    with world.centre.hq.db.write() as connection:
        run(connection, "UPDATE hole SET to_seq = from_seq - 1")
    assert any("is missing" in line for line in world.wrong())


def test_a_line_cut_before_the_last_sales(world):
    world.store.sell("A")
    world.store.sell("C")

    assert world.wrong(world.store) == []


def test_an_event_that_hq_has_parked_is_booked_and_has_no_rows(world, monkeypatch):
    def refuse(entry, payload):
        raise ValueError("poison")

    handlers = dict(world.centre.projector.registry)
    handlers["sale.completed"] = type(handlers["sale.completed"])(
        1, refuse, handlers["sale.completed"].payload
    )
    monkeypatch.setattr(world.centre.projector, "registry", handlers)
    world.store.sell("A")
    world.store.sync()

    assert world.centre.hq.db.value("SELECT COUNT(*) FROM parked WHERE booked = 1") == 1
    lines = world.wrong(world.store)
    number = world.store.node.db.value("SELECT number FROM document ORDER BY at DESC LIMIT 1")
    assert len(lines) == 2 and "[agree.store_days]" in lines[0] and number in lines[1]


def test_a_lost_device_whose_last_words_count_no_more(world: World) -> None:
    """I5: what was reversed by HQ, and what was only stored, is explained."""
    for _ in range(3):
        world.store.sell("A")
    world.store.sync()
    key, inc = world.store.node.key.public, world.store.node.journal.inc.inc
    enrolling.revoke(world.centre.context, node="001", public_key=key, lost=True)
    head = world.centre.hq.db.value("SELECT seq FROM origin WHERE inc = :i", {"i": inc})
    for end in (head - 1, head - 2):
        branches.trust_up_to(
            world.centre.context, node="001", public_key=key, named={inc: end}, reason="stolen"
        )

    assert world.wrong(world.store) == []

    with world.centre.hq.db.write() as connection:
        run(connection, "UPDATE trusted_branch SET booked = seq")
    assert world.wrong(world.store) != []


def test_what_rotted_before_hq_had_it_is_a_hole_that_explains_the_z(world):
    """The Z was closed behind the dead record: its sums have the lost sale, and its head stands in no chain any more."""
    node = world.store.node
    world.store.sync()
    world.store.sell("A")
    flipped(node, node.db.value("SELECT id FROM document ORDER BY rowid DESC LIMIT 1"))
    world.store.sell("B")
    close(world.store)
    open_shift(world.store.at(), 10_000)
    world.store.sell("A")

    node.scrubber = Scrubs(node, lambda work: work())
    node.scrubber.transport = world.centre.transport()
    node.scrubber.begin(repair=True)
    settle(world.store)

    assert world.centre.hq.db.value("SELECT count(*) FROM hole") == 1
    assert world.wrong() == []
    with world.centre.hq.db.write() as connection:
        run(connection, "DELETE FROM hole")
    assert len(world.wrong()) > 0, "and nothing else would"
