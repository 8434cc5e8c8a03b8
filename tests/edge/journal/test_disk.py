"""Room on the disk: the ballast goes, the sale in hand fits, new baskets wait."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.journal.disk import DiskGuard
from edge.sales.actions import finish
from edge.till.actions import scan
from retail.errors import NotNow, Unavailable
from retail.tender import cash
from tests.builders.edge import Shop


def fill_up(shop: Shop) -> None:
    """The database may not grow by another page, as if the disk were full."""
    pages = int(shop.node.db.value("PRAGMA page_count"))
    shop.node.db.writer.execute(f"PRAGMA max_page_count={pages}")


def room(shop: Shop) -> None:
    shop.node.db.writer.execute("PRAGMA max_page_count=1000000")


def sell_until_full(shop: Shop) -> tuple[str, Unavailable]:
    """Sales until one does not fit; returns its basket and the refusal."""
    for _ in range(200):
        basket = ""
        try:
            scan(shop.at(), "2000000000015")
            basket = shop.node.db.value("SELECT id FROM basket WHERE state = 'open'")
            finish(shop.at(), basket=basket, version=None, added=[cash(1000)])
        except Unavailable as refused:
            if basket:
                return basket, refused
            room(shop)
            scan(shop.at(), "2000000000015")
            fill_up(shop)
    raise AssertionError("the disk never got full")


def test_the_ballast_is_made_where_there_is_room(shop: Shop) -> None:
    assert shop.node.disk.ballast.stat().st_size == 1 << 20


def test_a_full_disk_refuses_gives_the_ballast_up_and_the_sale_in_hand_fits_at_the_retry(shop: Shop) -> None:
    fill_up(shop)
    before = shop.node.db.value("SELECT count(*) FROM document")

    basket, refused = sell_until_full(shop)

    assert (refused.code, refused.facts, refused.retry_after_seconds) == (
        "disk.full",
        {"ballast_released": True},
        0,
    )
    assert not shop.node.disk.ballast.exists()
    sold = shop.node.db.value("SELECT count(*) FROM document")
    room(shop)  # what the ballast freed
    sale = finish(shop.at(), basket=basket, version=None, added=[cash(1000)])["sale"]
    assert sale["number"].endswith(f"-{sold + 1}")
    assert shop.node.db.value("SELECT count(*) FROM document") == sold + 1 > before


def test_a_disk_that_is_full_without_ballast_says_so_and_keeps_what_was_sold(shop: Shop) -> None:
    shop.node.disk.ballast.unlink()
    fill_up(shop)

    _, refused = sell_until_full(shop)

    assert (refused.code, refused.facts) == ("disk.full", {"ballast_released": False})
    assert shop.node.db.integrity_problems() == []


def test_new_baskets_are_refused_early_and_an_open_one_may_finish(shop: Shop) -> None:
    scan(shop.at(), "2000000000015")
    shop.node.disk.min_bytes = 1 << 60

    scan(shop.at(), "2000000000022")
    sale = finish(shop.at(), basket=None, version=2, added=[cash(2000)])["sale"]
    with pytest.raises(NotNow) as refused:
        scan(shop.at(), "2000000000015")

    assert sale["total_minor"] == 1730
    assert refused.value.code == "disk.nearly_full"


def test_half_a_ballast_of_a_crash_is_made_whole(tmp_path: Path) -> None:
    guard = DiskGuard(tmp_path, 1 << 20, 0)
    guard.ballast.write_bytes(b"half")

    guard.prepare()

    assert guard.ballast.stat().st_size == 1 << 20


def test_a_disk_without_room_for_the_ballast_does_not_stop_the_node(tmp_path: Path) -> None:
    guard = DiskGuard(tmp_path, 1 << 60, -(1 << 60))  # pretends that there is room

    guard.prepare()

    assert not guard.ballast.exists()


def test_giving_up_the_ballast_twice_is_harmless(tmp_path: Path) -> None:
    guard = DiskGuard(tmp_path, 1 << 20, 0)
    guard.prepare()

    assert (guard.release(), guard.release()) == (True, False)


def test_a_closed_database_is_never_called_a_full_disk(shop: Shop) -> None:
    other: Any = replace(shop.at())
    with pytest.raises(Exception, match="no such table"), shop.node.journal.changing(other) as draft:
        draft.tx.execute("SELECT * FROM nowhere")
    assert shop.node.disk.ballast.exists()


# -- files that vanish under a running till ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["node.sqlite", "node.sqlite-wal"])
def test_a_database_that_was_deleted_under_the_till_takes_no_sale(shop: Shop, name: str) -> None:
    scan(shop.at(), "2000000000015")
    head, witness = shop.node.journal.head, shop.node.journal.witness.read()
    (shop.node.home / name).unlink()

    for _ in range(2):
        with pytest.raises(Unavailable, match="db.replaced"):
            finish(shop.at(), basket=None, version=None, added=[cash(1000)])

    assert (shop.node.journal.head, shop.node.journal.witness.read()) == (head, witness)


def test_a_witness_that_cannot_be_written_never_fails_a_sale(shop: Shop) -> None:
    shop.node.journal.witness.close()
    shop.node.journal.witness.path = shop.node.home / "node.sqlite" / "no-folder" / "w"

    scan(shop.at(), "2000000000015")
    sale = finish(shop.at(), basket=None, version=None, added=[cash(1000)])["sale"]

    assert sale["number"].endswith("-1")
    assert shop.node.journal.witness.problem is not None


def test_another_program_that_holds_the_database_makes_the_sale_wait_and_then_say_so(shop: Shop) -> None:
    from kit.db import dbapi

    scan(shop.at(), "2000000000015")
    shop.node.db.writer.execute("PRAGMA busy_timeout=20")
    backup_tool = dbapi.connect(shop.node.db.path, isolation_level=None)
    backup_tool.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="db.busy"):
        finish(shop.at(), basket=None, version=None, added=[cash(1000)])

    backup_tool.execute("ROLLBACK")
    backup_tool.close()
    assert finish(shop.at(), basket=None, version=None, added=[cash(1000)])["sale"]["number"].endswith("-1")
