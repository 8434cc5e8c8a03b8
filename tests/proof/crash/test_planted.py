"""The enumeration can fail: each planted fault of storing is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from edge.sales import actions
from edge.sales.projection import write_sale
from kit import db, files
from kit.db import Connection, Database
from proof.crash import acts_files, vfs
from proof.crash.acts import ACTS
from proof.crash.log import FOLDER_SYNC, SYNC
from proof.crash.recorder import Recorder
from proof.crash.run import Tally, enumerate_cuts
from proof.crash.shop import Shop

FEW = 1_500


def the_sale(states: int = FEW) -> Tally:
    (tally,) = enumerate_cuts(["sale"], states)
    return tally


def test_without_a_planted_fault_nothing_is_found() -> None:
    tally = the_sale()

    assert tally.wrong == []
    assert (tally.lost, tally.half) == (0, 0)
    assert tally.distinct >= FEW


@pytest.mark.parametrize("level", [0, 1], ids=["OFF", "NORMAL"])
def test_a_commit_that_is_not_synced_loses_sales(monkeypatch: pytest.MonkeyPatch, level: int) -> None:
    monkeypatch.setitem(db.WRITER_SETTINGS, "synchronous", level)

    tally = the_sale()

    assert tally.lost > 50
    assert "had been acknowledged" in tally.wrong[0]


def test_a_sale_acknowledged_before_its_commit_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every commit waits for the next writer: an "asynchronous commit", as some engines offer."""
    close = Database.close

    @contextmanager
    def write_late(self: Database) -> Iterator[Connection]:
        if self.writer.in_transaction:
            self.writer.execute("COMMIT")
        self.writer.execute("BEGIN IMMEDIATE")
        yield self.writer

    def close_late(self: Database) -> None:
        if self.writer.in_transaction:
            self.writer.execute("COMMIT")
        close(self)

    def prepare(shop: Shop, root: Path) -> None:
        shop.copy(root)
        monkeypatch.setattr(Database, "write", write_late)
        monkeypatch.setattr(Database, "close", close_late)

    monkeypatch.setitem(ACTS, "sale", replace(ACTS["sale"], prepare=prepare))
    monkeypatch.setattr("proof.crash.judge.Judge._try_boot", lambda self, files: [])

    tally = the_sale()

    assert tally.lost > 50


def test_a_sale_in_two_transactions_is_half(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_in_two(tx: Connection, facts: dict[str, object], sale: object) -> None:
        tx.execute("COMMIT")
        tx.execute("BEGIN IMMEDIATE")
        write_sale(tx, facts, sale)  # type: ignore[arg-type]

    monkeypatch.setattr(actions, "write_sale", cut_in_two)

    tally = the_sale()

    assert tally.half > 10


def test_a_secret_written_in_place_is_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """No temporary file, no sync, no rename: found although nobody reports it to the recorder."""
    monkeypatch.setattr(acts_files, "write_secret", lambda path, data: path.write_bytes(data))

    (tally,) = enumerate_cuts(["files"], 0)

    assert tally.half > 3 and tally.lost > 3
    assert any("example.secret says what was never complete" in text for text in tally.wrong)


def test_a_folder_whose_name_is_not_synced_loses_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "sync_folder", lambda path: None)

    (tally,) = enumerate_cuts(["first"], 0)

    assert tally.lost > 5


def test_the_recorder_hears_that_a_new_database_is_named_durably(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    with vfs.listening(recorder):
        Database(tmp_path / "new.sqlite", lock=False).close()

    kinds = [op.kind for op in recorder.log.ops]
    assert kinds.index(SYNC) < kinds.index(FOLDER_SYNC)
