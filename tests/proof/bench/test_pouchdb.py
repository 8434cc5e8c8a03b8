"""The peer PouchDB beside ours, tiny; only where npm has fetched it before, for no test downloads anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hq.publish import queries
from proof.bench import cli
from proof.bench.pouchdb import item, live, peer, scripts

here = pytest.mark.skipif(not scripts.is_here(), reason="npm has not fetched PouchDB")


def test_the_lock_file_names_no_host() -> None:
    text = (scripts.HERE / "package-lock.json").read_text(encoding="utf-8")
    assert ("http://" in text, "https://" in text, '"resolved"' in text) == (False, False, False)
    assert text.count('"integrity"') > 100


def test_without_npm_the_item_is_skipped_in_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(scripts, "VENDOR", tmp_path / "vendor.py")
    said = CliRunner().invoke(cli.main, ["pouchdb"])
    assert said.exit_code == 0
    assert "no npm" in said.output


@here
def test_both_centres_have_all_sales_and_both_stores_all_products(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "RESET_ROWS", 20)  # so few rows would come as changes
    figures = item.measure(1, sales=40, products=60)
    assert [figure.unit for figure in figures] == ["sales/s", "ms", "bytes", "s", "kB"]
    assert [figure.note for figure in figures] == [""] * len(figures)
    assert all(figure.ours > 0 and figure.limit > 0 for figure in figures)


@here
def test_every_sale_is_shown_and_every_store_is_heard() -> None:
    figures = live.measure(1, one_by_one=2, stores=3, sales=5)
    assert [figure.unit for figure in figures] == ["ms", "ms", "sales/s"]
    assert [figure.note for figure in figures] == [""] * 3
    assert all(figure.ours > 0 and figure.limit > 0 for figure in figures)


@here
def test_a_document_that_is_missing_is_told(tmp_path: Path) -> None:
    pouch = peer.Peer(tmp_path, scripts.modules())
    try:
        upload = pouch.upload([b'{"id":"a","total":1}', b'{"id":"b","total":2}'])
        assert upload.wire_bytes > 500
        assert pouch.check(peer.SALES_DB, 2) == ""
        assert pouch.check(peer.SALES_DB, 3) == "WRONG: PouchDB's centre has 2 of 3 documents"
    finally:
        pouch.close()


@here
def test_a_script_that_breaks_ends_with_its_words(tmp_path: Path) -> None:
    pouch = peer.Peer(tmp_path, scripts.modules())
    try:
        with pytest.raises(RuntimeError, match="said nothing more"):
            pouch.store.ask("fill", db="store", file=str(tmp_path / "missing"))
    finally:
        pouch.close()
