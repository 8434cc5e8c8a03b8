"""Since when HQ has what of a log, by its own clock: about one receipt a week is remembered."""

from __future__ import annotations

import pytest

from edge.syncing import aging, outbox
from schemas.wire.up import Receipt, SignedReceipt
from tests.builders.edge import Shop

DAY_MS = 86_400_000
EPOCH = "00000001-x"


@pytest.fixture
def told(shop: Shop):
    """HQ's receipts, by (seq, day)."""

    def tell(*receipts: tuple[int, int], epoch: str = EPOCH) -> None:
        for seq, day in receipts:
            receipt = Receipt(
                node="001",
                inc=shop.node.journal.inc.inc,
                seq=seq,
                hash=b"h" * 32,
                epoch=epoch,
                at=day * DAY_MS,
            )
            with shop.node.journal.writing() as tx:
                outbox.keep_receipt(tx, receipt, SignedReceipt(b"r", b"s" * 64))

    return tell


def had(shop: Shop, day: int, epoch: str = EPOCH) -> int:
    with shop.node.db.read() as tx:
        return aging.had(tx, shop.node.journal.inc.inc, epoch, day * DAY_MS)


def test_hq_had_what_its_receipts_of_then_name(shop: Shop, told) -> None:
    told((5, 100), (7, 103), (9, 107), (11, 110), (20, 120))

    found = {day: had(shop, day) for day in (99, 100, 106, 107, 119, 120)}

    assert found == {99: 0, 100: 5, 106: 7, 107: 9, 119: 11, 120: 20}


def test_the_newest_receipt_counts_from_its_own_day_on(shop: Shop, told) -> None:
    """A log that has ended gets no other."""
    told((5, 100), (7, 101))

    assert (had(shop, 100), had(shop, 101)) == (5, 7)


def test_the_last_receipt_before_a_long_rest_is_remembered(shop: Shop, told) -> None:
    told((5, 100), (7, 101), (9, 102), (11, 140))

    assert (had(shop, 101), had(shop, 102), had(shop, 139), had(shop, 140)) == (5, 9, 9, 11)


def test_of_many_receipts_a_few_are_remembered(shop: Shop, told) -> None:
    told(*((seq, seq // 24) for seq in range(1, 24 * 60)))

    value = shop.node.db.value("SELECT value FROM meta WHERE name LIKE 'aging:%'")
    assert len(value.split()) < 2 * 60 // 7
    assert all(24 * (day - 7) <= had(shop, day) < 24 * (day + 1) for day in range(60))


def test_another_epoch_begins_anew(shop: Shop, told) -> None:
    told((5, 100), (20, 120))
    told((3, 130), epoch="00000002-y")

    assert (had(shop, 200), had(shop, 129, "00000002-y"), had(shop, 130, "00000002-y")) == (0, 0, 3)


def test_a_clock_of_hq_that_was_ahead_stops_nothing(shop: Shop, told) -> None:
    told((5, 100), (7, 9000), (9, 107), (11, 120))

    assert [had(shop, day) for day in (100, 107, 120)] == [5, 9, 11]


def test_a_receipt_that_is_not_kept_says_nothing(shop: Shop, told) -> None:
    """An older one, which came late on a stick."""
    told((9, 100), (5, 90))

    assert (had(shop, 90), had(shop, 100)) == (0, 9)


def test_what_was_deleted_is_forgotten(shop: Shop, told) -> None:
    told((5, 100), (9, 110), (12, 120))
    with shop.node.journal.writing() as tx:
        tx.execute("UPDATE inc SET purged_seq = 9")

    told((15, 130))

    value = shop.node.db.value("SELECT value FROM meta WHERE name LIKE 'aging:%'")
    assert value.split()[1:] == [f"12@{120 * DAY_MS}"]
