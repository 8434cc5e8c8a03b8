"""A disk that was put back: the node mints a new incarnation before the first sale, without asking HQ."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from edge.journal.disk import DiskGuard
from edge.journal.repository import all_incs
from edge.node import Node, open_database
from edge.sales.actions import finish
from edge.till.actions import scan
from kit.clock import ManualClock
from kit.db import Database
from retail.errors import Unavailable
from retail.tender import cash
from tests.builders.edge import Shop, a_copy


def sell(shop: Shop, terminal: str = "01") -> str:
    scan(shop.at(terminal), "2000000000015")
    return str(finish(shop.at(terminal), basket=None, version=None, added=[cash(1000)])["sale"]["number"])


def incs(shop: Shop) -> list[Any]:
    with shop.node.db.read() as tx:
        return all_incs(tx)


def types(shop: Shop, inc: str) -> list[str]:
    rows = shop.node.db.rows(
        "SELECT b.type FROM link l JOIN body b ON b.id = l.id WHERE inc = ? ORDER BY seq", (inc,)
    )
    return [row["type"] for row in rows]


def put_back(shop: Shop, backup: Path) -> None:
    """The database file is restored from a copy; the witness, which lies outside, is not."""
    shop.close()
    for suffix in ("-wal", "-shm"):
        (shop.node.home / f"node.sqlite{suffix}").unlink(missing_ok=True)
    shutil.copy(backup, shop.node.home / "node.sqlite")


def test_a_restart_mints_nothing(shop: Shop) -> None:
    first = sell(shop)
    inc = shop.node.journal.inc.inc

    shop.restart()
    second = sell(shop)

    assert shop.node.journal.inc.inc == inc
    assert first[:-1] == second[:-1] and (first[-2:], second[-2:]) == ("-1", "-2")


def test_a_restored_database_starts_a_new_series_before_its_first_sale(shop: Shop, tmp_path: Path) -> None:
    sell(shop)
    backup = tmp_path / "backup.sqlite"
    shop.node.db.checkpoint()
    shutil.copy(shop.node.home / "node.sqlite", backup)
    old, seq = shop.node.journal.inc, shop.node.journal.head.seq
    lost = sell(shop)

    put_back(shop, backup)
    shop.restart(ManualClock(shop.clock.now_ms() + 1000))

    new = shop.node.journal.inc
    assert (new.ordinal, new.series != old.series, new.inc != old.inc) == (2, True, True)
    row = incs(shop)[1]
    assert (row["parent_inc"], row["parent_seq"], row["reason"], row["current"]) == (
        old.inc,
        seq,
        "rollback",
        1,
    )
    assert types(shop, new.inc)[0] == "node.reincarnated"
    number = sell(shop)
    assert number == f"001-01/{new.series}-1" != lost
    assert sell(shop) == f"001-01/{new.series}-2"


def test_the_first_event_of_the_new_life_names_the_last_number_that_is_lost(
    shop: Shop, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.sqlite"
    shop.node.db.checkpoint()
    shutil.copy(shop.node.home / "node.sqlite", backup)
    series = shop.node.journal.inc.series
    for _ in range(3):
        sell(shop)

    put_back(shop, backup)
    shop.restart()

    body = shop.node.db.value(
        "SELECT b.body FROM link l JOIN body b ON b.id = l.id WHERE l.inc = ? AND l.seq = 1",
        (shop.node.journal.inc.inc,),
    )
    assert f'"last_numbers":{{"01":"{series}-3"}}'.encode() in body


def test_an_older_witness_gives_no_verdict(shop: Shop) -> None:
    witness = Path(shop.node.config.witness)
    old = witness.read_bytes()
    sell(shop)
    shop.node.close()
    witness.write_bytes(old)

    shop.restart()

    assert [row["reason"] for row in incs(shop)] == ["enrolment"]


def test_a_start_brings_an_older_witness_up_to_the_database(shop: Shop, tmp_path: Path) -> None:
    """Power failed between a commit and its witness; the disk that is put back then lacks that sale only."""
    backup, witness = tmp_path / "backup.sqlite", Path(shop.node.config.witness)
    shop.node.db.checkpoint()
    shutil.copy(shop.node.home / "node.sqlite", backup)
    old = witness.read_bytes()
    sell(shop)
    shop.node.close()
    witness.write_bytes(old)
    shop.restart()

    put_back(shop, backup)
    shop.restart()

    assert [row["reason"] for row in incs(shop)] == ["enrolment", "rollback"]


def test_no_witness_gives_no_verdict(shop: Shop) -> None:
    sell(shop)
    shop.node.close()
    Path(shop.node.config.witness).unlink()

    shop.restart()

    assert [row["reason"] for row in incs(shop)] == ["enrolment"]
    assert Path(shop.node.config.witness).exists()


def test_the_witness_of_another_store_gives_no_verdict(shop: Shop, template: Path, tmp_path: Path) -> None:
    shop.node.close()
    witness = Path(shop.node.config.witness)
    from edge.journal.witness import Witness, Witnessed

    other = Witness(witness)
    other.write(Witnessed("999", "f" * 32, 900, "00" * 32, {}))
    other.close()

    shop.restart()

    assert [row["reason"] for row in incs(shop)] == ["enrolment"]


def test_a_crash_in_the_middle_of_healing_mints_once(shop: Shop, tmp_path: Path) -> None:
    """The node is killed after the new incarnation is committed and before the witness is written."""
    backup = tmp_path / "backup.sqlite"
    shop.node.db.checkpoint()
    shutil.copy(shop.node.home / "node.sqlite", backup)
    sell(shop)
    put_back(shop, backup)
    witness = Path(shop.node.config.witness)
    before = witness.read_bytes()

    for _ in range(4):
        shop.restart()
        shop.node.close()
        witness.write_bytes(before)

    shop.restart()
    assert [row["reason"] for row in incs(shop)] == ["enrolment", "rollback"]


def test_a_copy_of_a_shop_sells_on(template: Path, tmp_path: Path) -> None:
    shop = a_copy(template, tmp_path / "copy")
    assert sell(shop).endswith("-1")
    shop.close()


def test_a_full_disk_gives_its_ballast_for_the_new_incarnation(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node did not start any more, while the room that it keeps for this lay there."""
    put_back(shop, a_backup(shop, tmp_path))
    opened, given = filled(monkeypatch), DiskGuard.release

    def release(guard: DiskGuard) -> bool:
        opened[0].writer.execute("PRAGMA max_page_count = 1000000")
        return given(guard)

    monkeypatch.setattr(DiskGuard, "release", release)
    shop.node = Node(shop.node.home, shop.node.config, shop.clock)

    assert [row["reason"] for row in incs(shop)][-1] == "rollback"


def test_a_disk_that_stays_full_is_said_in_words(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_back(shop, a_backup(shop, tmp_path))
    filled(monkeypatch)

    with pytest.raises(Unavailable, match=r"disk\.full"):
        Node(shop.node.home, shop.node.config, shop.clock)


def a_backup(shop: Shop, folder: Path) -> Path:
    """A copy of the database with one sale less than the disk."""
    sell(shop)
    shop.node.db.checkpoint()
    copied = Path(shutil.copy(shop.node.home / "node.sqlite", folder / "backup.sqlite"))
    sell(shop)
    return copied


def filled(monkeypatch: pytest.MonkeyPatch) -> list[Database]:
    """From now on a database that is opened has no page left; returns those that were."""
    opened: list[Database] = []

    def full(path: Path, schema: str) -> Database:
        database = open_database(path, schema)
        database.writer.execute(f"PRAGMA max_page_count = {database.value('PRAGMA page_count')}")
        opened.append(database)
        return database

    monkeypatch.setattr("edge.node.open_database", full)
    return opened
