"""What a bundle may not do: come back, come from or for somebody else, come torn (SYNC §10, §12)."""

from __future__ import annotations

import shutil

import pytest

from edge.bundles import coming, going
from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.node import Node
from edge.shifts.actions import open_shift as open_drawer
from edge.syncing import outbox
from hq.enrolment import actions as enrolling
from hq.ingest import epoch
from hq.ingest.queries import mirror_key
from hq.publish import snapshots
from kit.crypto import SigningKey, fingerprint
from proof.crash.shop import cashier, exchange, sell
from proof.sim.parties import a_node, open_node, open_shift
from retail.errors import Conflict, Invalid, LianpuError, NotFound, NotPermitted
from schemas.wire.bundle import BundleHead
from schemas.wire.up import INCS_MAX
from sync import bundle


def version(trip, scope="zone:A"):
    return trip.node.reference.db.value("SELECT version FROM scope WHERE scope = ?", (scope,))


def publish(trip, price):
    trip.centre.publish({("zone:A", "note", "n"): b'{"n":%d}' % price})


# -- from HQ -----------------------------------------------------------------------------------------------


def test_an_older_bundle_is_refused_and_changes_nothing(trip):
    trip.enrol()
    publish(trip, 1)
    old = trip.from_hq()
    publish(trip, 2)
    trip.from_hq()
    trip.to_store()
    newest = version(trip)
    drawer = trip.folder / "drawer"
    drawer.mkdir()
    shutil.copy(old, drawer)

    with pytest.raises(Conflict, match=r"bundle\.older"):
        coming.take(trip.node, drawer)

    assert version(trip) == newest


def test_a_receipt_below_the_purge_is_no_fork(trip):
    """The stick was written before a line came; what it acknowledges was sent, confirmed and purged since."""
    trip.enrol()
    open_shift(trip.node, "s1")
    exchange(trip.node, trip.centre)
    trip.from_hq()
    for n in (2, 3):
        open_shift(trip.node, f"s{n}")
    exchange(trip.node, trip.centre)
    with trip.node.journal.writing() as tx:
        inc, seq = trip.node.journal.inc.inc, trip.node.journal.head.seq - 1
        hash_ = outbox.hash_at(tx, inc, seq)
        tx.execute("INSERT INTO meta (name, value) VALUES ('purging', '1')")
        tx.execute("UPDATE inc SET purged_seq = ?, purged_hash = ? WHERE inc = ?", (seq, hash_, inc))
        tx.execute("DELETE FROM link WHERE inc = ? AND seq <= ?", (inc, seq))
        tx.execute("DELETE FROM meta WHERE name = 'purging'")

    assert trip.to_store().found == []


def test_the_same_bundle_again_changes_nothing(trip):
    trip.enrol()
    before = trip.node.journal.head

    again = trip.to_store()

    assert (again.scopes, again.counter) == ({}, 1)
    assert trip.node.journal.head == before


def test_a_bundle_of_an_epoch_that_was_left_is_refused(trip):
    trip.enrol()
    trip.from_hq()
    with trip.centre.hq.db.write() as connection:
        epoch.raised(trip.centre.hq, connection, why="test", subject="")
    exchange(trip.node, trip.centre)

    with pytest.raises(Conflict, match=r"bundle\.epoch_over"):
        trip.to_store()


def test_a_new_epoch_may_come_by_stick_and_counts_anew(trip):
    trip.enrol()
    with trip.centre.hq.db.write() as connection:
        epoch.raised(trip.centre.hq, connection, why="test", subject="")
        connection.exec_driver_sql("DELETE FROM hq_meta WHERE name LIKE 'bundle:%'")
    for file in trip.stick.glob("*-down-*"):
        file.unlink()
    trip.from_hq()

    assert trip.to_store().counter == 1


def test_what_the_line_brought_meanwhile_stays(trip):
    trip.enrol()
    open_shift(trip.node, "s1")
    trip.from_hq()
    publish(trip, 3)
    exchange(trip.node, trip.centre)
    newest, unsent = version(trip), outbox.unsent(trip.node.db).count

    taken = trip.to_store()

    assert (taken.scopes, version(trip)) == ({}, newest)
    assert outbox.unsent(trip.node.db).count == unsent == 0


def test_a_receipt_of_a_clock_that_stood_ahead_holds_nothing_up(trip):
    """HQ's clock was a year ahead when it took a stick; then HQ was put back, and no stick brought anything more."""
    trip.enrol()
    for n in range(3):
        open_shift(trip.node, f"s{n}")
    now = trip.clock.now_ms()
    trip.clock.set_wall(now + 365 * 86_400_000)
    trip.from_store()
    trip.to_hq()
    trip.from_hq()
    trip.to_store()
    trip.clock.set_wall(now + 120_000)
    forget_behind(trip, 2)

    for n in range(3):
        for file in trip.stick.glob("*.*"):
            file.unlink()
        trip.from_hq()
        trip.to_store()
        open_shift(trip.node, f"n{n}")
        trip.from_store()
        trip.to_hq()

    inc = {"i": trip.node.journal.inc.inc}
    assert (
        trip.centre.hq.db.value("SELECT max(seq) FROM link WHERE inc = :i", inc) == trip.node.journal.head.seq
    )


def forget_behind(trip, seq):
    """HQ is put back to a backup in which the store's log ends here."""
    inc = trip.node.journal.inc.inc
    with trip.centre.hq.db.write() as connection:
        epoch.raised(trip.centre.hq, connection, why="test", subject="")
        run = connection.exec_driver_sql
        hash_ = run("SELECT hash FROM link WHERE inc = ? AND seq = ?", (inc, seq)).scalar()
        for table in ("body", "link"):
            run(f"DELETE FROM {table} WHERE inc = ? AND seq > ?", (inc, seq))
        run("UPDATE origin SET seq = ?, hash = ? WHERE inc = ?", (seq, hash_, inc))
        run("DELETE FROM receipt WHERE inc = ?", (inc,))


def test_more_lives_than_a_greeting_may_name_come_with_the_next_stick(trip):
    trip.enrol()
    lives = INCS_MAX + 20
    for n in range(lives):
        open_shift(trip.node, f"s{n}")
        with trip.node.journal.writing() as tx:
            trip.node.journal.mint(tx, "001", "rollback", trip.clock.now_ms())

    for _ in range(3):
        trip.from_store()
        trip.clock.advance(60_000)
        trip.to_hq()

    assert trip.centre.hq.db.value("SELECT count(DISTINCT inc) FROM link", {}) == lives


def test_a_disk_that_was_put_back_begins_a_new_incarnation(trip):
    trip.enrol()
    trip.node.close()
    shutil.copytree(trip.node.home, trip.folder / "old")
    shutil.copy(trip.folder / "001.witness", trip.folder / "old.witness")
    trip.node = open_node(trip.folder / "001", trip.clock)
    open_shift(trip.node, "s1")
    trip.from_store()
    trip.to_hq()
    trip.from_hq()
    trip.node.close()
    trip.node = open_node(trip.folder / "old", trip.clock)
    before = trip.node.journal.inc.inc

    taken = trip.to_store()

    assert taken.found == ["rollback"]
    assert trip.node.journal.inc.inc != before


def test_another_store_s_bundle_is_refused(trip):
    trip.enrol()
    other = a_node(trip.folder / "002", trip.centre, "002", trip.clock)
    for file in trip.stick.iterdir():
        file.unlink()
    trip.from_hq(store="002")

    with pytest.raises(Conflict, match=r"bundle\.for_another"):
        trip.to_store()

    assert coming.take(other, trip.stick).store == "002"
    other.close()


def test_another_headquarters_is_refused(trip):
    """Whoever finds the stick may sign what is on it anew, as a newer one; it neither counts nor stands in the way."""
    trip.enrol()
    (file,) = trip.stick.glob("*-down-*")
    sealed, stranger = bundle.Bundle(file).part(0), SigningKey.generate()
    head = BundleHead(
        direction="down", node="001", sender=stranger.public, receiver=trip.node.key.public, epoch="99999999-f",
        counter=9, at=0, parts=[],
    )  # fmt: skip
    bundle.write(trip.stick, stranger, head, [sealed])
    assert trip.to_store().counter == 1

    file.unlink()
    with pytest.raises(Conflict, match=r"sync\.hq_key_differs"):
        trip.to_store()


@pytest.mark.parametrize("place", [3, 40, 300, -400, -1])
def test_a_torn_file_is_refused_whole(trip, place):
    going.ask(trip.node, trip.stick)
    file = trip.from_hq(fingerprint=fingerprint(trip.node.key.public))
    good = file.read_bytes()
    at = place % len(good)

    for broken in (good[:at], good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :], good + b"x"):
        file.write_bytes(broken)
        with pytest.raises(Invalid, match=r"bundle\.torn"):
            trip.to_store()
        assert not trip.node.enrolled

    file.write_bytes(good)
    assert trip.to_store().store == "001"


def test_an_empty_stick_says_so(trip):
    with pytest.raises(NotFound, match=r"bundle\.none_here"):
        trip.to_store()


def test_a_file_that_rotted_at_hq_does_not_go_on_the_stick(trip):
    trip.enrol()
    publish(trip, 1)
    hq = trip.centre.hq
    assert snapshots.offer(hq, "zone:A") == snapshots.offer(hq, "zone:A")
    file = snapshots.file_of(hq.home, snapshots.offer(hq, "zone:A"))
    file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])

    trip.from_hq()

    assert trip.to_store().scopes.keys() == {"zone:A"}


def test_the_stick_brings_the_key_of_the_mirror(trip, tmp_path):
    """A store without a line can ask nobody for it."""
    trip.enrol()
    open_shift(trip.node, "s1")
    place = tmp_path / "mirror"
    place.mkdir()
    mirror = Mirror(trip.node, Folder(place, owner_of(trip.node)))

    mirror.turn()

    assert mirror.status()["state"] == "ready"
    key = trip.node.home / "keys" / "mirror.key"
    assert key.read_bytes() == mirror_key(trip.centre.hq, "001", trip.node.key.public).key
    assert key.stat().st_mode & 0o777 == 0o600


def test_nobody_else_can_read_what_is_the_store_s(trip):
    trip.centre.publish({("store:001", "note", "secret"): b'{"name":"Karen Lam"}'})
    trip.enrol()
    (file,) = trip.stick.glob("*-down-*")

    assert b"Karen" not in file.read_bytes()
    one = bundle.Bundle(file)
    assert coming.unseal(SigningKey.generate(), one.part(0), bundle.LABEL) is None


# -- to HQ -------------------------------------------------------------------------------------------------


def test_hq_takes_the_same_file_twice_and_books_once(trip):
    trip.enrol()
    sell_something(trip.node)
    trip.from_store()

    assert [one["events"] for one in trip.to_hq() + trip.to_hq()] == [3, 0]
    assert trip.centre.hq.db.value("SELECT COUNT(*) FROM sale") == 1


def sell_something(node: Node):
    ctx = cashier(node)
    if node.db.value("SELECT COUNT(*) FROM document") == 0:
        open_drawer(ctx, 50_000)
    sell(ctx, "A")


def test_a_store_that_shares_no_protocol_with_hq_is_heard_by_stick(trip):
    trip.enrol()
    sell_something(trip.node)
    trip.centre.hq.protocols = (99,)

    trip.from_store()
    taken = trip.to_hq()

    assert [one["refused"] for one in taken] == [""]
    assert trip.centre.hq.db.value("SELECT count(*) FROM sale") == 1


def test_the_next_bundle_begins_behind_what_hq_has(trip):
    trip.enrol()
    sell_something(trip.node)
    trip.from_store()
    trip.to_hq()
    trip.from_hq()
    trip.to_store()
    sell_something(trip.node)

    assert trip.from_store() == 1
    assert [one["events"] for one in trip.to_hq()] == [0, 1]


def test_a_revoked_device_is_not_heard(trip):
    trip.enrol()
    open_shift(trip.node, "s1")
    trip.from_store()
    ctx = trip.centre.context
    enrolling.revoke(ctx, node="001", public_key=trip.node.key.public)

    assert [(one["events"], one["refused"]) for one in trip.to_hq()] == [(0, "bundle.device_unknown")]
    assert trip.centre.hq.db.value("SELECT COUNT(*) FROM body") == 0
    with pytest.raises(NotFound, match=r"bundle\.no_device"):
        trip.from_hq()


@pytest.fixture
def other(trip):
    """Store 002, which lives from the same stick."""
    made = open_node(trip.folder / "002", trip.clock)
    going.ask(made, trip.stick)
    trip.from_hq(store="002", fingerprint=fingerprint(made.key.public))
    coming.take(made, trip.stick)
    yield made
    made.close()


def audited(trip, verb):
    rows = trip.centre.hq.db.rows(
        "SELECT subject FROM audit_entry WHERE verb = :verb ORDER BY id", {"verb": verb}
    )
    return [row[0] for row in rows]


def test_one_file_that_is_refused_does_not_keep_the_others_on_the_stick(trip, other):
    trip.enrol()
    open_shift(trip.node, "s1")
    trip.from_store()
    going.write(other, trip.stick)
    (trip.stick / "lianpu-000-up-00000000-000001.bundle").write_bytes(b"torn")
    enrolling.revoke(trip.centre.context, node="002", public_key=other.key.public)

    taken = {one["store"]: one for one in trip.to_hq()}

    assert (taken["001"]["events"], taken["001"]["refused"]) == (2, "")
    assert (taken["002"]["events"], taken["002"]["refused"]) == (0, "bundle.device_unknown")
    assert taken[""]["refused"] == "bundle.torn"
    assert audited(trip, "bundle.taken") == ["store:001"]
    assert sorted(audited(trip, "bundle.refused")) == sorted(
        f"bundle:{taken[store]['file']}" for store in ("", "002")
    )


def test_an_hq_that_was_put_back_knows_the_device_by_its_record(trip):
    trip.enrol()
    open_shift(trip.node, "s1")
    trip.from_store()
    with trip.centre.hq.db.write() as connection:
        for table in ("node_key", "node"):
            connection.exec_driver_sql(f"DELETE FROM {table}")

    assert [one["events"] for one in trip.to_hq()] == [2]


def test_a_carried_greeting_says_nothing_of_the_clock(trip):
    trip.enrol()
    trip.from_store()
    trip.to_hq()

    assert trip.centre.hq.db.value("SELECT COUNT(*) FROM contact WHERE hello_at IS NOT NULL") == 0


# -- enrolment ---------------------------------------------------------------------------------------------


def test_a_request_needs_a_person_who_has_compared(trip):
    going.ask(trip.node, trip.stick)

    with pytest.raises(Conflict, match=r"bundle\.fingerprint_needed"):
        trip.from_hq()
    with pytest.raises(Conflict, match=r"enrolment\.fingerprint_differs"):
        trip.from_hq(fingerprint="0000 0000 0000 0000")
    assert trip.centre.hq.db.value("SELECT COUNT(*) FROM node_key") == 0


def test_the_request_of_another_store_does_not_hold_up_one_that_has_its_computer(trip):
    trip.enrol()
    new = open_node(trip.folder / "002", trip.clock)
    going.ask(new, trip.stick)

    written = trip.hq("bundle.export", store="001")

    assert trip.to_store().counter == 2
    assert written["waiting"] == [fingerprint(new.key.public)]
    with pytest.raises(Conflict, match=r"bundle\.fingerprint_needed"):
        trip.from_hq(store="002")
    new.close()


def test_a_torn_request_is_named_only_when_it_may_be_the_one(trip):
    trip.enrol()
    (trip.stick / "lianpu-enrol-00000000-000000.bundle").write_bytes(b"torn")

    assert trip.hq("bundle.export", store="001")["waiting"] == []
    with pytest.raises(Invalid, match=r"bundle\.torn"):
        trip.from_hq(store="002", fingerprint="0000 0000 0000 0000")


def test_a_request_is_good_for_one_store(trip):
    trip.enrol()

    with pytest.raises(NotPermitted, match=r"enrolment\.code_used"):
        trip.from_hq(store="002", fingerprint=fingerprint(trip.node.key.public))


def test_a_stick_that_cannot_be_written_is_a_refusal(trip):
    trip.stick.write_bytes(b"a file where the folder should be")

    with pytest.raises(LianpuError, match=r"bundle\.not_written"):
        going.ask(trip.node, trip.stick)
