"""What a node deletes: only what HQ promises now, in this epoch, by a hash that is the node's own (U11)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from edge.sales.agreement import day_facts
from edge.syncing import outbox
from edge.syncing.purge import purge, purge_point
from hq.ingest import epoch
from kit.clock import ManualClock
from kit.sql import run
from proof.sim.parties import a_node, open_shift, sell

DAY_MS = 86_400_000
DAYS_31 = 31 * DAY_MS


@pytest.fixture
def store(world):
    """Six events that HQ has, all older than 30 days."""
    made = world.store()
    open_shift(made.node, "s1")
    for _ in range(4):
        sell(made.node)
    world.poll(made)
    world.clock.advance(DAYS_31)
    world.poll(made)
    assert made.node.journal.head.seq == 6
    yield made
    made.node.close()


def greet(world, store):
    """An idle node says hello at least every 72 seconds."""
    for _ in range(3):
        world.poll(store)


def promise(world, store, seq, hash_=None):
    """HQ has read its oldest backup up to here, and says so."""
    with world.centre.hq.db.write() as connection:
        facts = {"inc": store.node.journal.inc.inc, "seq": seq, "epoch": epoch.current(connection)}
        own = run(connection, "SELECT hash FROM link WHERE inc = :inc AND seq = :seq", facts).scalar()
        run(connection, "DELETE FROM durable", {})
        run(
            connection,
            "INSERT INTO durable (node, inc, seq, hash, epoch, read_at) VALUES ('001', :inc, :seq, :hash, :epoch, 0)",
            facts | {"hash": hash_ or own},
        )
    greet(world, store)


def broken_promise(world, store, *, raised):
    """The backups are gone; with a restored HQ the epoch is another."""
    with world.centre.hq.db.write() as connection:
        run(connection, "DELETE FROM durable", {})
        if raised:
            epoch.raised(world.centre.hq, connection, why="test", subject="001")
    greet(world, store)


def point(world, store, *, at_epoch=None, ago=0):
    """Up to where this node would delete."""
    with store.node.db.read() as tx:
        inc = store.node.journal.inc.inc
        return purge_point(tx, inc, at_epoch or world.centre.hq.epoch, store.node.clock.now_ms() - ago)


def test_nothing_is_promised_nothing_is_deleted(world, store):
    assert point(world, store) == 0


def test_up_to_what_is_promised_never_the_last_receipted(world, store):
    promise(world, store, 4)
    assert point(world, store) == 4

    promise(world, store, 6)
    assert point(world, store) == 5


def test_a_promise_that_falls_is_followed(world, store):
    """SYNC §14: edges take the lower."""
    promise(world, store, 5)
    promise(world, store, 2)

    assert point(world, store) == 2


@pytest.mark.parametrize("raised", [True, False])
def test_a_promise_that_is_gone_is_gone(world, store, raised):
    promise(world, store, 5)

    broken_promise(world, store, raised=raised)

    assert point(world, store) == 0
    assert purge(store.node.journal, store.links.up.session.epoch, store.node.clock.now_ms()) == 0


def test_a_new_receipt_in_a_new_epoch_forgets_the_old_promise(world, store):
    """Also when no hello stands between: the answer to a push may be the first word of the new epoch."""
    promise(world, store, 5)
    with store.node.db.read() as tx:
        own = outbox.incs(tx)[-1]
    newer = type(own.receipt)(
        node="001", inc=own.inc, seq=6, hash=own.receipt.hash, epoch="00000009-x", at=own.receipt.at
    )

    with store.node.journal.writing() as tx:
        outbox.keep_receipt(tx, newer, own.signed)

    assert point(world, store, at_epoch="00000009-x") == 0


def test_another_hash_at_the_same_seq_deletes_nothing(world, store):
    promise(world, store, 5)

    promise(world, store, 5, hash_=b"x" * 32)

    assert point(world, store) == 0


def test_another_epoch_than_the_session_s_deletes_nothing(world, store):
    promise(world, store, 5)

    assert point(world, store, at_epoch="00000000-old") == 0


def test_what_is_younger_than_thirty_days_stays(world, store):
    promise(world, store, 5)

    assert point(world, store, ago=2 * 86_400_000) == 0


def test_what_was_promised_and_is_old_goes(world, store):
    promise(world, store, 5)

    assert purge(store.node.journal, world.centre.hq.epoch, store.node.clock.now_ms()) == 5
    greet(world, store)
    assert outbox.unsent(store.node.db).count == 0


def test_a_promise_beyond_its_own_log_is_not_given(world, store):
    """A restored HQ may name a point that lies behind its own head."""
    promise(world, store, 9, hash_=b"x" * 32)

    with store.node.db.read() as tx:
        assert outbox.incs(tx)[-1].durable == outbox.NOTHING


def test_a_drawer_that_is_still_open_keeps_its_events(world, store):
    """Its expected cash is the sum of what it has booked: a shift may be left open for weeks."""
    promise(world, store, 5)
    with store.node.journal.writing() as tx:
        tx.execute(
            "INSERT INTO shift (id, terminal, day, state, opened_at, opened_by, float_minor)"
            " VALUES ('s1', '01', '2026-07-10', 'open', 0, '1001', 50000)"
        )

    assert point(world, store) == 1, "the enrolment, and nothing of the shift"

    with store.node.journal.writing() as tx:
        tx.execute("UPDATE shift SET state = 'closed'")
    assert point(world, store) == 5


def test_a_long_log_goes_in_pieces(world, store, monkeypatch):
    monkeypatch.setattr("edge.syncing.purge.PIECE", 2)
    promise(world, store, 5)

    gone = [purge(store.node.journal, world.centre.hq.epoch, store.node.clock.now_ms()) for _ in range(4)]

    assert gone == [2, 2, 1, 0]


def test_the_basket_of_a_sale_goes_with_it(world, store):
    """Each left its lines behind, half as much again as what was deleted."""
    with store.node.journal.writing() as tx:
        for n, row in enumerate(tx.execute("SELECT basket FROM document ORDER BY at, n").fetchall()):
            tx.execute(
                "INSERT INTO basket (id, terminal, state, version, content, staff, started_at, changed_at)"
                " VALUES (?, '01', ?, 1, '{}', '1001', 0, 0)",
                (row["basket"], "done" if n else "held"),
            )
    promise(world, store, 5)

    purge(store.node.journal, world.centre.hq.epoch, store.node.clock.now_ms())

    states = [row["state"] for row in store.node.db.rows("SELECT state FROM basket ORDER BY state")]
    assert (states, store.node.db.value("SELECT count(*) FROM document")) == (["done", "held"], 1)


def test_a_day_of_which_a_part_is_gone_is_not_counted_any_more(world, store):
    """HQ would call it a difference between its receipts and the store's."""
    assert list(day_facts(store.node.db)) == ["day:2026-07-10"]
    promise(world, store, 4)

    purge(store.node.journal, world.centre.hq.epoch, store.node.clock.now_ms())

    assert store.node.db.value("SELECT COUNT(*) FROM document") == 2
    assert day_facts(store.node.db) == {}


@dataclass(frozen=True)
class NineYearsAhead:
    """The clock of everybody else, with a wrong year."""

    right: ManualClock

    def now_ms(self):
        return self.right.now_ms() + 9 * 365 * DAY_MS

    def monotonic_ms(self):
        return self.right.monotonic_ms()


@pytest.fixture
def ahead(world):
    """A store whose clock was nine years ahead until HQ set it right: three of its events are dated so."""
    node = a_node(world.folder / "001", world.centre, "001", NineYearsAhead(world.clock))
    open_shift(node, "s1")
    sell(node)
    store = world.links(node)
    world.poll(store)
    sell(node)
    greet(world, store)
    yield store
    node.close()


def days_pass(world, store, days):
    world.clock.advance(days * DAY_MS)
    greet(world, store)


def dated_ahead(world, store):
    """Up to where the log is dated ahead of HQ's clock."""
    sql = "SELECT max(l.seq) FROM link l JOIN body b ON b.id = l.id WHERE b.at > ?"
    return store.node.db.value(sql, (world.centre.hq.clock.now_ms(),))


def test_what_a_clock_ahead_has_dated_goes_a_month_after_hq_had_it(world, ahead):
    """Once it stopped the purge of this store for nine years, for a log is deleted from its beginning."""
    last = ahead.node.journal.head.seq
    assert 3 <= dated_ahead(world, ahead) < last
    promise(world, ahead, last)

    days_pass(world, ahead, 29)
    assert point(world, ahead) == 0
    days_pass(world, ahead, 2)

    assert point(world, ahead) == last - 1
    assert purge(ahead.node.journal, world.centre.hq.epoch, world.centre.hq.clock.now_ms()) == last - 1


def test_in_a_log_that_goes_on_it_goes_at_most_a_week_later(world, ahead):
    for _ in range(5):
        days_pass(world, ahead, 8)
        sell(ahead.node)
        greet(world, ahead)
    promise(world, ahead, ahead.node.journal.head.seq)

    assert point(world, ahead) > dated_ahead(world, ahead)


def test_what_is_dated_ahead_is_not_older_than_its_receipt(world, ahead):
    """An event behind it may carry a date that is too old: only what HQ has said counts."""
    days_pass(world, ahead, 20)
    sell(ahead.node)
    greet(world, ahead)
    promise(world, ahead, ahead.node.journal.head.seq)
    with ahead.node.journal.writing() as tx:
        tx.execute("DROP TRIGGER body_is_never_edited")
        tx.execute("UPDATE body SET at = 0 WHERE at <= ?", (world.centre.hq.clock.now_ms(),))

    days_pass(world, ahead, 9)

    assert point(world, ahead) == 0


def test_receipts_of_an_epoch_that_is_over_make_nothing_old(world, ahead):
    """A restored HQ has it again since it was sent again."""
    days_pass(world, ahead, 31)

    broken_promise(world, ahead, raised=True)
    sell(ahead.node)
    greet(world, ahead)
    promise(world, ahead, ahead.node.journal.head.seq)

    assert point(world, ahead) == 0
    days_pass(world, ahead, 31)
    assert point(world, ahead) > dated_ahead(world, ahead)


def test_a_day_far_ahead_does_not_end_the_count_of_the_days(world, ahead):
    """What is left of it is not counted; the real days behind it are."""
    now = (world.centre.hq.clock.now_ms(),)
    with ahead.node.journal.writing() as tx:
        tx.execute("UPDATE document SET day = '2035-07-08' WHERE at > ?", now)
        tx.execute("DROP TRIGGER body_is_never_edited")
        tx.execute("UPDATE body SET day = '2035-07-08' WHERE at > ? AND day IS NOT NULL", now)
    assert "day:2035-07-08" in day_facts(ahead.node.db)
    promise(world, ahead, dated_ahead(world, ahead))
    days_pass(world, ahead, 31)

    assert purge(ahead.node.journal, world.centre.hq.epoch, world.centre.hq.clock.now_ms()) > 0

    assert list(day_facts(ahead.node.db)) == ["day:2026-07-10"]
