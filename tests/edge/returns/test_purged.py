"""A return may leave this disk before its sale does: the same goods still cannot come back twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge.receipts.queries import event_of, view
from edge.shifts.actions import close_shift, open_shift
from edge.syncing import homing, outbox, replay
from edge.syncing.outbox import OwnInc
from edge.syncing.purge import KEEP_MS, purge
from retail.errors import LimitExceeded
from retail.tender import card, cash
from sync.chain import body_hash
from sync.moves import Home
from tests.builders.edge import MANAGER, Shop
from tests.edge.returns.test_return import A, B, back, balance, refunds, sold

EPOCH = "00000001-x"


def put_back(shop: Shop) -> None:
    """HQ finds that the disk was put back: what follows has an incarnation of its own."""
    homing.home(shop.node, Home(shop.node.journal.inc.inc, shop.node.journal.head.seq, "rollback"))


def weeks_later(shop: Shop) -> None:
    """The shift of then is closed, and today's is open with enough in its drawer."""
    close_shift(shop.at(staff=MANAGER), count={"100": 1}, confirmed=("held", "unknown_print"), approval=None)
    shop.clock.advance(KEEP_MS + 86_400_000)
    open_shift(shop.at(staff=MANAGER), 100_000)
    sold(shop, A)


def purged(shop: Shop, incs: Sequence[OwnInc]) -> None:
    """HQ can restore all of these logs from a backup; the node deletes what it may."""
    with shop.node.journal.writing() as tx:
        for own in incs:
            tx.execute(
                "INSERT INTO receipted (inc, epoch, seq, hash, hq_at, receipt, signature, durable_seq, durable_hash)"
                " VALUES (:inc, :epoch, :seq, :hash, 0, x'00', x'00', :seq, :hash)",
                {"inc": own.inc, "epoch": EPOCH, "seq": own.last_seq, "hash": own.last_hash},
            )
    while purge(shop.node.journal, EPOCH, shop.clock.now_ms()):
        pass


def logs(shop: Shop) -> list[OwnInc]:
    """The logs of this disk, the oldest first."""
    with shop.node.db.read() as tx:
        return outbox.incs(tx)


def is_here(shop: Shop, id_: str) -> bool:
    with shop.node.db.read() as tx:
        return event_of(tx, id_) is not None


def left(shop: Shop, sale: str) -> list[int]:
    """What of each line may still come back, as the till shows it."""
    return [line["left"] for line in view(shop.at(), sale)["returnable"]]


def test_what_came_back_is_known_as_long_as_its_sale_is_here(shop: Shop) -> None:
    sale = sold(shop, A)  # the last event of its log, which is never deleted
    put_back(shop)
    first = back(shop, sale, {1: 1000})
    weeks_later(shop)

    purged(shop, logs(shop))

    assert (is_here(shop, sale), is_here(shop, first["id"])) == (True, False)
    before = balance(shop, "cash:001:01")
    with pytest.raises(LimitExceeded, match="returns.more_than_sold"):
        back(shop, sale, {1: 1000})
    assert (balance(shop, "cash:001:01"), left(shop, sale)) == (before, [0])


def test_the_rest_comes_back_to_what_is_left_of_each_payment(shop: Shop) -> None:
    sale = sold(shop, A, A, B, tenders=(card(1500, "X1"), cash(1230)))
    put_back(shop)
    assert refunds(shop, back(shop, sale, {1: 1000})["id"]) == [("card", 1000)]
    weeks_later(shop)
    purged(shop, logs(shop))

    assert left(shop, sale) == [1000, 1000]
    rest = back(shop, sale, {1: 1000, 2: 1000})

    assert refunds(shop, rest["id"]) == [("card", 500), ("cash", 1230)]


def test_it_is_forgotten_with_its_sale(shop: Shop) -> None:
    sale = sold(shop, A)
    sold(shop, B)
    put_back(shop)
    back(shop, sale, {1: 1000})
    weeks_later(shop)
    older, newer = logs(shop)

    purged(shop, [newer])  # HQ promises nothing of the older log yet
    assert left(shop, sale) == [0]

    purged(shop, [older])
    assert not is_here(shop, sale)
    assert shop.node.db.value("SELECT count(*) FROM purged_return") == 0


def test_a_return_that_a_mirror_gives_back_counts_once(shop: Shop) -> None:
    sale = sold(shop, A, A)
    put_back(shop)
    first = back(shop, sale, {1: 1000})
    body = bytes(shop.node.db.value("SELECT body FROM body WHERE id = ?", (first["id"],)))
    weeks_later(shop)
    purged(shop, logs(shop))

    with shop.node.journal.writing() as tx:
        replay.keep_body(tx, logs(shop)[-1].inc, 1, body_hash(body), body)

    assert left(shop, sale) == [1000]
