"""What can be proven is mended byte for byte; what cannot stays named; nobody is kept from selling."""

from __future__ import annotations

import json

import pytest

from edge.mirror.folder import Folder
from edge.mirror.keeper import Mirror, owner_of
from edge.scrub.look import scrub
from edge.scrub.repair import repair
from proof.crash.boot import judged_by_verify
from proof.crash.shop import exchange
from tests.edge.scrub.conftest import Scrubbed
from tests.edge.scrub.test_look import EDITS, edited

MENDED = "SELECT facts FROM audit WHERE verb = 'scrub.repaired' AND subject LIKE 'event:%'"
LOCAL = [name for name in EDITS if name != "body"]
TABLES = ("body", "link", "posting", "balance", "document", "document_line", "document_tender", "numbering")
ROWS = ("document_tender", "document_line", "document", "posting", "body")


def said(store: Scrubbed) -> dict[str, list[tuple[object, ...]]]:
    """All that the journal says."""
    return {
        table: sorted((tuple(row) for row in store.node.db.rows(f"SELECT * FROM {table}")), key=repr)
        for table in TABLES
    }


@pytest.mark.parametrize("name", EDITS)
def test_what_hq_has_is_mended_byte_for_byte(store: Scrubbed, name: str) -> None:
    before = said(store)
    guards = store.node.db.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
    edited(store, lambda tx: tx.execute(EDITS[name], {"id": store.sent[2]}))

    after = repair(store.node, scrub(store.node), store.line)

    assert after.findings == [] and after.repaired
    assert said(store) == before
    assert (
        store.node.db.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
        == guards
    )
    store.close()
    assert judged_by_verify(store.root) == []
    store.open()


def test_a_body_that_hq_does_not_have_stays_named_and_the_till_sells(store: Scrubbed) -> None:
    number = store.node.db.value("SELECT number FROM document WHERE id = ?", (store.unsent[1],))
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.unsent[1]}))

    after = repair(store.node, scrub(store.node), store.line)

    assert {finding.number for finding in after.findings} == {number} and not after.repaired
    assert store.sell("A")


def test_es_12_a_body_that_only_the_mirror_has_is_mended_from_it(store: Scrubbed) -> None:
    before, stick = said(store), store.root.with_name("stick")
    stick.mkdir()
    Mirror(store.node, Folder(stick, owner_of(store.node)), store.line).turn()
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.unsent[1]}))
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.unsent[0]}))

    after = repair(store.node, scrub(store.node), store.line)

    assert after.findings == [] and after.repaired
    assert said(store) == before
    sources = {json.loads(row[0])["source"] for row in store.node.db.rows(MENDED)}
    assert sources == {"mirror"}


def test_a_mirror_that_is_away_leaves_it_named(store: Scrubbed) -> None:
    Mirror(store.node, Folder(store.root / "nowhere", owner_of(store.node)), store.line)
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.unsent[1]}))

    assert repair(store.node, scrub(store.node), store.line).findings


@pytest.mark.parametrize("name", LOCAL)
def test_what_this_disk_still_proves_needs_no_hq(store: Scrubbed, name: str) -> None:
    before = said(store)
    edited(store, lambda tx: tx.execute(EDITS[name], {"id": store.unsent[1]}))

    after = repair(store.node, scrub(store.node), store.line)

    assert after.findings == [] and said(store) == before


def lost_but_for_its_link(store: Scrubbed, id_: str) -> str:
    """The number of a receipt of which the disk has lost all but its place in the log."""
    number = str(store.node.db.value("SELECT number FROM document WHERE id = ?", (id_,)))
    edited(store, lambda tx: [tx.execute(f"DELETE FROM {name} WHERE id = ?", (id_,)) for name in ROWS])
    return number


def test_a_number_that_was_given_out_is_not_given_again_when_the_disk_has_lost_its_receipt(
    store: Scrubbed,
) -> None:
    """Once the counter went back to the newest receipt that was left, and the next sale had a number of HQ's."""
    exchange(store.node, store.shop.centre)
    store.node.db.writer.execute("PRAGMA foreign_keys = 0")
    number = lost_but_for_its_link(store, store.unsent[-1])

    repair(store.node, scrub(store.node))  # nobody answers at the address of HQ
    newer = store.sell("A")

    given = store.node.db.value("SELECT number FROM document WHERE id = ?", (newer,))
    assert int(given.rpartition("-")[2]) == int(number.rpartition("-")[2]) + 1
    assert repair(store.node, scrub(store.node), store.line).findings == []


def test_a_counter_stays_when_the_witness_knows_a_number_that_no_row_knows_any_more(store: Scrubbed) -> None:
    """The link went too; nothing in the log can tell that there was one more."""
    last, counter = store.unsent[-1], store.node.db.value("SELECT max(last) FROM numbering")
    store.node.db.writer.execute("PRAGMA foreign_keys = 0")
    lost_but_for_its_link(store, last)
    edited(store, lambda tx: tx.execute("DELETE FROM link WHERE id = ?", (last,)))

    repair(store.node, scrub(store.node), store.line)

    assert store.node.db.value("SELECT max(last) FROM numbering") == counter


def test_a_counter_that_the_witness_cannot_vouch_for_stays(store: Scrubbed) -> None:
    edited(store, lambda tx: tx.execute(EDITS["counter"], {"id": store.sent[0]}))
    high = store.node.db.value("SELECT max(last) FROM numbering")
    store.node.journal.witness.path.unlink()

    after = repair(store.node, scrub(store.node), store.line)

    assert [finding.kind for finding in after.findings] == ["number"]
    assert store.node.db.value("SELECT max(last) FROM numbering") == high


def without_links(store: Scrubbed, *ids: str) -> None:
    """The page with them is lost; the bodies stand elsewhere."""
    edited(store, lambda tx: [tx.execute("DELETE FROM link WHERE id = ?", (id_,)) for id_ in ids])


def test_a_run_of_lost_links_follows_from_the_bodies_alone(store: Scrubbed) -> None:
    """One after the other they lead to the hash that the next link promises; no single one could prove itself."""
    store.sell("A")
    store.sell("B")
    before = said(store)
    without_links(store, *store.unsent)

    after = repair(store.node, scrub(store.node))  # nobody answers at the address of HQ

    assert after.findings == [] and said(store) == before


def test_a_run_of_lost_links_at_the_end_follows_up_to_the_receipt_of_hq(store: Scrubbed) -> None:
    exchange(store.node, store.shop.centre)
    before = said(store)
    without_links(store, *store.unsent)

    after = repair(store.node, scrub(store.node))

    assert after.findings == [] and said(store) == before


def test_every_mended_event_is_in_the_audit(store: Scrubbed) -> None:
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.sent[2]}))

    repair(store.node, scrub(store.node), store.line)

    (row,) = store.node.db.rows("SELECT * FROM audit WHERE verb = 'scrub.repaired'")
    assert row["subject"] == f"event:{store.sent[2]}"
    assert json.loads(row["facts"])["source"] == "hq"


def test_a_lie_of_hq_is_not_taken(store: Scrubbed) -> None:
    """HQ's copy of another log, or one that was changed there, has hashes that nothing of ours has promised."""
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.sent[2]}))
    with store.shop.centre.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE body SET body = CAST(replace(body, '1000', '7000') AS BLOB)")

    after = repair(store.node, scrub(store.node), store.line)

    assert {finding.id for finding in after.findings} == {store.sent[2]}
