"""A short live run: real processes, every kind of fault at least once; and what would make it fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kit.db import Database
from proof.demo.processes import Child
from proof.demo.till import TillClient
from proof.live import check
from proof.live.line import DOWN
from proof.live.run import KINDS, Outcome
from proof.live.seller import Seller, Sold
from proof.live.world import LiveWorld, Shop
from proof.sim.cli import main

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("processes"), pytest.mark.timeout(900)]


def test_every_kind_of_fault_strikes_and_every_receipt_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proof.live.run.EXTRA_SECONDS", 300.0)
    done = CliRunner().invoke(main, ["live", "--minutes", "0", "--seed", "5"])

    assert done.exit_code == 0, done.output[-6000:]
    assert "every kind has struck" in done.output
    assert "every receipt that was told is at its store and at HQ, once" in done.output
    assert "again: lianpu-sim live --minutes 0 --seed 5 --stores 3" in done.output


def a_store(home: Path, *documents: tuple[str, str, int]) -> Shop:
    """A disk with documents (id, number, total), and a cashier who was told of three sales."""
    home.mkdir()
    db = Database(home / "node.sqlite")
    with db.write() as tx:
        tx.execute("CREATE TABLE document (id, number, total_minor, rounding_minor)")
        tx.executemany("INSERT INTO document VALUES (?, ?, ?, 0)", documents)
    db.close()
    node = Child("store 001", [], "", home / "log")
    seller = Seller("001", TillClient(""), [])
    seller.sold = [Sold("a", "n-1", 100, 100), Sold("b", "n-2", 200, 200)]
    return Shop("001", "A", home, 0, node, None, seller)  # type: ignore[arg-type]  # no line is needed to look


def a_world(root: Path, shop: Shop, *sales: tuple[str, str, int]) -> LiveWorld:
    """The store, and an HQ with these sales of it."""
    (root / "hq").mkdir()
    db = Database(root / "hq" / "hq.sqlite")
    with db.write() as tx:
        tx.execute("CREATE TABLE sale (store, id, number, total_minor, rounding_minor)")
        tx.executemany("INSERT INTO sale VALUES ('001', ?, ?, ?, 0)", sales)
    db.close()
    return LiveWorld(root, 1, 1, shops={"001": shop})


A, B = ("a", "n-1", 100), ("b", "n-2", 200)
LOST, CHANGED = [B], [A, ("b", "n-2", 201)]


@pytest.mark.parametrize("documents", [LOST, CHANGED])
def test_a_receipt_that_is_lost_or_changed_at_the_store_is_named(
    tmp_path: Path, documents: list[tuple[str, str, int]]
) -> None:
    assert check.at_the_store(a_store(tmp_path / "whole", A, B)) == []
    assert len(check.at_the_store(a_store(tmp_path / "store", *documents))) == 1


@pytest.mark.parametrize("sales", [LOST, CHANGED, [A, B, B]])
def test_a_receipt_that_is_lost_changed_or_doubled_at_hq_is_named(
    tmp_path: Path, sales: list[tuple[str, str, int]]
) -> None:
    shop = a_store(tmp_path / "store", A, B)
    assert len(check.at_hq(a_world(tmp_path, shop, *sales), shop)) == 1


def test_books_that_differ_by_a_cent_and_a_number_given_twice_are_named(tmp_path: Path) -> None:
    shop = a_store(tmp_path / "store", A, B)
    world = a_world(tmp_path, shop, A, ("b", "n-1", 201))
    assert check.books_agree(world, "001") == ["001: 2 documents of 300 at the store, 2 of 301 at HQ"]
    assert check.numbers_once(world) == ["n-1: 2 documents with this number"]


def test_a_traceback_in_a_log_is_named(tmp_path: Path) -> None:
    (tmp_path / "store.log").write_text('{"event": "sync.failed", "exception": "Traceback ..."}\nfine\n')
    assert len(check.tracebacks(tmp_path)) == 1


def test_a_run_in_which_something_never_struck_has_not_shown_anything() -> None:
    outcome = Outcome(struck=LiveWorld(Path(), 3, 1).struck)
    outcome.struck.update(KINDS)
    assert outcome.good
    del outcome.struck[DOWN]
    assert outcome.idle == [DOWN] and not outcome.good
