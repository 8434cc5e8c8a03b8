"""Disks that were put back or copied: nothing is lost, nothing doubled, a person is told."""

from __future__ import annotations

import shutil

import pytest

from edge.journal.witness import Witness
from edge.sales.repository import count_copy
from edge.syncing import outbox
from proof.sim.parties import CASHIER, DAY, a_centre, open_node, sell
from schemas.events.sales import ReceiptReprinted
from sync.machine import State


def copy_of(world, store, name):
    """The node's files as they are now; the node goes on."""
    home = world.folder / name
    store.node.db.checkpoint()
    store.node.reference.db.checkpoint()
    shutil.copytree(store.node.home, home, ignore=shutil.ignore_patterns("*.lock"))
    return home


def reopened(world, home):
    return world.links(open_node(home, world.clock))


def settle(world, *stores):
    for _ in range(4):
        for store in stores:
            world.poll(store)
    world.centre.projector.drain()


def sales_at_hq(world):
    return {row[0] for row in world.centre.hq.db.rows("SELECT id FROM sale")}


def sales_here(store):
    return {row[0] for row in store.node.db.rows("SELECT id FROM body WHERE type = 'sale.completed'")}


def reprint(node, sold):
    """The event and the count, as the till makes them."""
    with node.journal.changing(node.context(CASHIER, "01")) as draft:
        copy = count_copy(draft.tx, sold.id)
        fact = ReceiptReprinted(document=sold.id, number=sold.number, copy=copy, reason="customer")
        draft.event(fact, agg=[f"copies:{sold.id}"], day=DAY, shift="shift-001")


def reasons(store):
    return [row[0] for row in store.node.db.rows("SELECT reason FROM inc ORDER BY ordinal")]


@pytest.fixture
def store(world):
    made = world.store()
    yield made
    made.node.close()


def test_a_disk_put_back_fetches_what_was_uploaded(world, store):
    before = [sell(store.node).id for _ in range(3)]
    old = copy_of(world, store, "old")
    lost = [sell(store.node).id for _ in range(4)]
    settle(world, store)

    back = reopened(world, old)
    settle(world, back)

    assert sales_here(back) == {*before, *lost} == sales_at_hq(world)
    assert reasons(back) == ["enrolment", "rollback"]
    assert back.node.db.value("SELECT COUNT(*) FROM body WHERE replayed = 1") == 4
    fresh = sell(back.node)
    settle(world, back)
    assert fresh.id in sales_at_hq(world)
    assert outbox.unsent(back.node.db).count == 0
    codes = [row[0] for row in world.centre.hq.db.rows("SELECT code FROM alarm")]
    assert codes == ["node.rollback"]
    back.node.close()


def test_a_disk_put_back_counts_the_copies_that_were_printed(world, store):
    sold = sell(store.node)
    old = copy_of(world, store, "old")
    reprint(store.node, sold)
    later = sell(store.node)
    reprint(store.node, later)
    settle(world, store)

    back = reopened(world, old)
    settle(world, back)

    copies = "SELECT copies FROM document WHERE id = ?"
    assert [back.node.db.value(copies, (id_,)) for id_ in (sold.id, later.id)] == [1, 1]
    back.node.close()


def test_a_witness_finds_it_before_the_first_sale_without_a_line(world, store):
    sell(store.node)
    old = copy_of(world, store, "old")
    sell(store.node)
    shutil.copy(store.node.witness_path(), world.folder / "old.witness")

    back = reopened(world, old)

    assert reasons(back) == ["enrolment", "rollback"]
    assert Witness(world.folder / "old.witness").read() is not None
    settle(world, store)
    settle(world, back)
    assert sales_at_hq(world) == sales_here(store) == sales_here(back)
    back.node.close()


def test_sales_on_a_disk_put_back_are_kept_beside_those_uploaded(world, store):
    sell(store.node)
    old = copy_of(world, store, "old")
    uploaded = [sell(store.node).id for _ in range(5)]
    settle(world, store)
    back = reopened(world, old)
    offline = [sell(back.node).id for _ in range(3)]

    settle(world, back)

    assert {*uploaded, *offline} <= sales_at_hq(world)
    assert sales_here(back) == sales_at_hq(world)
    assert reasons(back) == ["enrolment", "fork"]
    assert outbox.unsent(back.node.db).count == 0
    both = world.centre.hq.db.rows("SELECT number, COUNT(*) FROM sale GROUP BY number HAVING COUNT(*) > 1")
    assert len(both) == 3  # one printed number, two sales: kept and shown
    evidence = world.centre.hq.db.value("SELECT COUNT(*) FROM fork_evidence")
    assert evidence == 3
    assert world.centre.hq.db.value("SELECT COUNT(*) FROM fork") == 1
    back.node.close()


def test_a_clone_is_kept_whole_and_shown_as_a_fork(world, store):
    sell(store.node)
    settle(world, store)
    clone = reopened(world, copy_of(world, store, "clone"))

    mine = [sell(store.node).id for _ in range(3)]
    theirs = [sell(clone.node).id for _ in range(2)]
    settle(world, store, clone)

    assert {*mine, *theirs} <= sales_at_hq(world)
    assert world.centre.hq.db.value("SELECT COUNT(*) FROM fork") == 1
    assert outbox.unsent(store.node.db).count == outbox.unsent(clone.node.db).count == 0
    for copy in (store, clone):
        for bh in copy.node.db.rows("SELECT id, bh FROM body"):
            assert world.centre.hq.db.row("SELECT bh FROM event_seen WHERE id = :i", {"i": bh[0]})[0] == bh[1]
    clone.node.close()


def test_an_unchanged_clone_mints_nothing(world, store):
    sell(store.node)
    settle(world, store)
    clone = reopened(world, copy_of(world, store, "clone"))

    settle(world, clone, store)

    assert reasons(clone) == reasons(store) == ["enrolment"]
    clone.node.close()


def test_hq_that_lost_what_it_acknowledged_raises_its_epoch_once(world, store):
    sell(store.node)
    settle(world, store)
    epoch = world.centre.hq.epoch
    with world.centre.hq.db.write() as connection:  # HQ is restored from a backup without the last link
        for table in ("link", "body"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE seq = 2")
        connection.exec_driver_sql("UPDATE origin SET seq = 1, hash = (SELECT hash FROM link WHERE seq = 1)")
        connection.exec_driver_sql("UPDATE applied SET seq = 1")
        connection.exec_driver_sql("DELETE FROM event_seen WHERE seq = 2")
        for table in ("sale", "sale_line", "sale_tender", "posting", "balance"):
            connection.exec_driver_sql(f"DELETE FROM {table}")

    settle(world, store)

    assert world.centre.hq.epoch != epoch
    assert world.centre.hq.db.value("SELECT COUNT(*) FROM alarm WHERE code = 'hq.epoch_raised'") == 1
    assert sales_at_hq(world) == sales_here(store)
    assert outbox.unsent(store.node.db).count == 0


def test_a_sale_between_the_verdict_and_the_mint_is_shown_as_evidence(world, store):
    """Found by the simulation, seed 44: the tail grew while the hashes were compared."""
    sell(store.node)
    old = copy_of(world, store, "old")
    sell(store.node)
    settle(world, store)
    back = reopened(world, old)
    request = back.links.up.wake()
    while "/hashes" not in request.path:
        request = back.links.up.answered(world.line.send(request))

    late = sell(back.node)
    while request is not None:
        request = back.links.up.answered(world.line.send(request))
    settle(world, back)

    assert reasons(back) == ["enrolment", "fork"]
    assert world.centre.hq.db.value("SELECT COUNT(*) FROM fork_evidence") == 1
    assert late.id in sales_at_hq(world)
    back.node.close()


def test_what_was_fetched_is_given_back_to_an_hq_that_lost_it(world):
    """The disk dies and comes back older, sells, fetches what it lost; then HQ's own disk dies, too."""
    world.centre.close()
    world.centre = a_centre(world.folder / "hq-on-disk", world.clock, url=None)
    store = world.store()
    before = sell(store.node).id
    settle(world, store)
    hq_backup = world.centre.backup(world.folder / "hq-backup")
    old = copy_of(world, store, "old")
    uploaded = [sell(store.node).id for _ in range(3)]
    settle(world, store)
    store.node.close()
    back = reopened(world, old)
    own = sell(back.node).id
    settle(world, back)
    assert {before, own, *uploaded} == sales_here(back)

    world.centre.put_back(hq_backup)
    settle(world, back)

    assert {before, own, *uploaded} == sales_at_hq(world)
    assert outbox.unsent(back.node.db).count == 0
    settle(world, back)
    assert back.node.db.value("SELECT COUNT(*) FROM body") == back.node.db.value(
        "SELECT COUNT(DISTINCT id) FROM link"
    )
    back.node.close()


def test_a_fork_is_shown_again_by_an_hq_that_lost_it(world):
    """Two disks wrote one incarnation; HQ found out, and is then restored to before that."""
    world.centre.close()
    world.centre = a_centre(world.folder / "hq-on-disk", world.clock, url=None)
    store = world.store()
    settle(world, store)
    hq_backup = world.centre.backup(world.folder / "hq-backup")
    twin = reopened(world, copy_of(world, store, "twin"))
    sell(store.node)
    sell(twin.node)
    settle(world, store, twin)
    forks = "SELECT node, inc, seq FROM fork"
    [found] = world.centre.hq.db.rows(forks)

    world.centre.put_back(hq_backup)
    settle(world, store, twin)

    assert world.centre.hq.db.rows(forks) == [found]
    assert world.centre.hq.db.value("SELECT count(*) FROM alarm WHERE code = 'fork.found'") == 1
    twin.node.close()
    store.node.close()


def test_a_store_rests_though_its_twin_goes_on(world):
    """The twin writes on in the incarnation that was left: each piece is fetched, and nothing fails."""
    store = world.store()
    settle(world, store)
    twin = reopened(world, copy_of(world, store, "twin"))
    sell(store.node)
    settle(world, store)
    sell(twin.node)
    settle(world, twin)
    assert reasons(twin) == ["enrolment", "fork"]

    for _ in range(3):
        more = sell(store.node).id
        settle(world, store, twin)
        assert more in sales_here(twin)
        assert twin.links.up.machine.state is State.RESTING
        assert twin.links.up.machine.tries == 0
    twin.node.close()
    store.node.close()


def test_an_hq_put_back_in_silence_is_found_by_the_next_push(world):
    """A gap below what HQ has signed is a loss: it is told first, and only then sent again (I3)."""
    world.centre.close()
    world.centre = a_centre(world.folder / "hq-on-disk", world.clock, url=None)
    store = world.store()
    settle(world, store)
    hq_backup = world.centre.backup(world.folder / "hq-backup")
    lost = sell(store.node).id
    settle(world, store)
    epoch = world.centre.hq.epoch

    world.centre.put_back(hq_backup)
    later = sell(store.node).id
    store.up(world.line)
    settle(world, store)

    assert {lost, later} <= sales_at_hq(world)
    assert world.centre.hq.epoch != epoch
    assert world.centre.hq.db.value("SELECT count(*) FROM alarm WHERE code = 'hq.epoch_raised'") == 1
    store.node.close()


def test_what_hq_cannot_give_back_is_asked_for_once_with_each_greeting(world, store):
    """A bit has flipped in HQ's copy of the third sale: those before it come back, and the store rests."""
    old = copy_of(world, store, "old")
    lost = [sell(store.node).id for _ in range(5)]
    settle(world, store)
    with world.centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE body SET body = CAST(body || x'20' AS BLOB) WHERE seq = 4")
    back, asked = reopened(world, old), []

    class Counted:
        def send(self, request):
            asked.append(request.path)
            return world.line.send(request)

    settle(world, back)
    later = sell(back.node).id
    settle(world, back)
    world.clock.advance(120_000)
    back.up(Counted())

    assert sales_here(back) == {*lost[:2], later}
    assert len([path for path in asked if "?from=" in path]) == 1
    assert back.links.up.machine.state is State.RESTING
    assert outbox.unsent(back.node.db).count == 0
    assert {"ingest.log_rotten", "node.rollback"} == {
        row[0] for row in world.centre.hq.db.rows("SELECT code FROM alarm")
    }
    back.node.close()
