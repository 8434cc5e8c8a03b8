"""What a store deletes is always in every backup that HQ promises to restore; what nobody has is named (U11)."""

from __future__ import annotations

import msgspec
import pytest

from edge.syncing import outbox
from proof.sim.parties import open_shift
from retail.errors import NotNow
from tests.hq.backups.conftest import DAYS_31, judged


@pytest.fixture
def store(chain):
    """A store that keeps its journal no longer than it must."""
    made = chain.store(journal_keep_days=30)
    open_shift(made.node, "s1")
    chain.settle(made)
    yield made
    made.node.close()


def purged(store):
    with store.node.db.read() as tx:
        return {own.inc: own.purged_seq for own in outbox.incs(tx) if own.purged_seq}


def test_nothing_is_promised_before_three_backups_are_proven(chain, store):
    chain.sell(store)
    for count in (1, 2):
        chain.backup()
        assert chain.durable() == {}, count
    chain.backup()

    head = store.node.journal.head
    assert chain.durable() == {head.inc: head.seq}


def test_the_promise_is_what_the_oldest_backup_contains(chain, store):
    points = []
    for _ in range(3):
        chain.sell(store)
        points.append(store.node.journal.head.seq)
        chain.backup()

    assert list(chain.durable().values()) == [points[0]]


def test_a_store_deletes_only_what_is_promised_and_old(chain, store):
    first = store.node.journal.inc.inc
    for _ in range(3):
        chain.sell(store)
        chain.backup()
    chain.settle(store)
    assert purged(store) == {}, "nothing is older than 30 days"
    point = chain.durable()[first]

    chain.clock.advance(DAYS_31)
    chain.settle(store)

    assert purged(store) == {first: point}
    assert store.node.db.value("SELECT MIN(seq) FROM link") == point + 1
    assert outbox.unsent(store.node.db).count == 0
    judged(chain, store)


def test_a_store_keeps_its_events_as_long_as_its_own_setting_says(chain):
    careful = chain.store("002")
    for _ in range(3):
        chain.sell(careful)
        chain.backup()

    chain.clock.advance(DAYS_31)
    chain.settle(careful)
    assert purged(careful) == {}

    chain.clock.advance(400 * 86_400_000)
    chain.settle(careful)
    assert len(purged(careful)) == 1
    careful.node.close()


def test_after_deleting_every_promised_backup_restores_the_whole(chain, store):
    files = []
    for _ in range(3):
        chain.sell(store)
        files.append(chain.backup())
    chain.clock.advance(DAYS_31)
    chain.settle(store)
    assert purged(store)

    for file in reversed(files):
        done = chain.restore(file)
        chain.settle(store)

        assert done.lost == []
        assert chain.sales() == sorted(chain.sold)
        assert chain.hq.db.value("SELECT COUNT(*) FROM hole") == 0
        judged(chain, store)


def test_older_than_promised_is_refused_with_the_ranges(chain, store, tmp_path):
    chain.sell(store)
    old = chain.backup()
    safe = tmp_path / old.name
    safe.write_bytes(old.read_bytes())
    for _ in range(8):
        chain.sell(store, 1)
        chain.backup()
    inc, head = store.node.journal.inc.inc, chain.durable()[store.node.journal.inc.inc]
    chain.clock.advance(DAYS_31)
    chain.settle(store)
    assert purged(store) == {inc: head}
    before = chain.hq.epoch, len(chain.sales())

    with pytest.raises(NotNow) as refused:
        chain.restore(safe)

    assert refused.value.code == "backups.older_than_promised"
    assert refused.value.facts["ranges"] == [f"001/{inc} 5–{head}"]
    assert (chain.hq.epoch, len(chain.sales())) == before

    done = chain.restore(safe, accept_loss=True)
    chain.settle(store, polls=12)

    assert [(one.first, one.last) for one in done.lost] == [(5, head)]
    holes = chain.hq.db.rows("SELECT node, inc, from_seq, to_seq FROM hole")
    assert [tuple(row) for row in holes] == [("001", inc, 5, head)]
    assert {"hole.found", "node.hole"} <= chain.alarms()
    lost = set(chain.sold) - set(chain.sales())
    assert len(lost) == head - 4
    assert outbox.unsent(store.node.db).count == 0
    chain.sell(store)
    assert set(chain.sales()) == set(chain.sold) - lost
    judged(chain, store)


@pytest.fixture
def safe(chain, store, tmp_path):
    """A copy of a backup with the events up to 4, from before the store deleted those up to 6 by promise."""
    chain.sell(store)
    old = chain.backup()
    copy = tmp_path / old.name
    copy.write_bytes(old.read_bytes())
    later(chain, store)
    chain.clock.advance(DAYS_31)
    chain.settle(store)
    assert list(purged(store).values()) == [6]
    return copy


def later(chain, store):
    """The newest of four backups, each of one more sale; three are kept."""
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_keep=3)
    for _ in range(4):
        chain.sell(store, 1)
        newest = chain.backup()
    return newest


def named(done):
    return [(one.inc, one.first, one.last) for one in done.lost]


def test_a_loss_that_was_accepted_is_not_asked_for_again(chain, store, safe):
    """Every later backup lacks it, too: `--accept-loss` would say nothing any more of what a restore loses."""
    inc = store.node.journal.inc.inc
    assert named(chain.restore(safe, accept_loss=True)) == [(inc, 5, 6)]
    chain.settle(store, polls=12)
    newest = later(chain, store)

    assert named(chain.restore(newest)) == []
    chain.settle(store, polls=12)
    judged(chain, store)


def test_a_new_loss_is_named_alone_after_an_accepted_one(chain, store, safe):
    chain.restore(safe, accept_loss=True)
    chain.settle(store, polls=12)
    second = store.node.journal.inc.inc
    later(chain, store)
    promised = chain.durable()[second]
    chain.clock.advance(DAYS_31)
    chain.settle(store)

    with pytest.raises(NotNow) as refused:
        chain.restore(safe)

    assert refused.value.facts["ranges"] == [f"001/{second} 1–{promised}"]


def test_what_was_accepted_and_came_back_is_a_loss_again(chain, store, safe, tmp_path):
    """The newer backup filled the hole, so that another restore of the old one loses the same events anew."""
    inc, newest = store.node.journal.inc.inc, max((chain.hq.home / "backups").iterdir())
    assert named(chain.restore(safe, accept_loss=True)) == [(inc, 5, 6)]
    chain.settle(store, polls=12)
    assert named(chain.restore(newest)) == []

    with pytest.raises(NotNow) as refused:
        chain.restore(safe)

    assert refused.value.facts["ranges"] == [f"001/{inc} 5–6"]


def test_a_backup_from_before_the_store_leaves_one_named_hole(chain):
    """HQ knows the device again by the record it once signed, takes what the store kept, and names the rest."""
    empty = chain.backup()
    empty = empty.rename(chain.folder / empty.name)  # HQ finds it gone and promises without it
    store = chain.store(journal_keep_days=30)
    open_shift(store.node, "s1")
    for _ in range(3):
        chain.sell(store)
        chain.backup()
    chain.clock.advance(DAYS_31)
    chain.sell(store)
    inc, last = next(iter(purged(store).items()))

    with pytest.raises(NotNow):
        chain.restore(empty)
    chain.restore(empty, accept_loss=True)
    chain.settle(store, polls=12)

    holes = chain.hq.db.rows("SELECT node, inc, from_seq, to_seq FROM hole")
    assert [tuple(row) for row in holes] == [("001", inc, 1, last)]
    assert len(chain.sales()) == len(chain.sold) - 2
    assert outbox.unsent(store.node.db).count == 0
    judged(chain, store)
    store.node.close()
