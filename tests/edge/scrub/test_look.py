"""The scrub finds what is not true any more, names it, and is content with a sound store."""

from __future__ import annotations

import pytest

from edge.scrub.look import look_at_newest, scrub
from edge.syncing import outbox
from edge.syncing.purge import DAY_MS, purge
from tests.builders.damage import edited
from tests.edge.scrub.conftest import Scrubbed


def test_a_sound_store_has_no_findings(store: Scrubbed) -> None:
    report = scrub(store.node)

    assert report.findings == []
    assert report.links == report.bodies == store.node.db.value("SELECT count(*) FROM body")


EDITS = {
    "body": "UPDATE body SET body = CAST(replace(CAST(body AS TEXT), '1000', '9000') AS BLOB) WHERE id = :id",
    "bh": "UPDATE body SET bh = randomblob(32) WHERE id = :id",
    "type": "UPDATE body SET type = 'sale.completee' WHERE id = :id",
    "at": "UPDATE body SET at = at + 1 WHERE id = :id",
    "day": "UPDATE body SET day = '2026-07-11' WHERE id = :id",
    "link hash": "UPDATE link SET hash = randomblob(32) WHERE id = :id",
    "link bh": "UPDATE link SET bh = randomblob(32) WHERE id = :id",
    "link prev": "UPDATE link SET prev = randomblob(32) WHERE id = :id",
    "link gone": "DELETE FROM link WHERE id = :id",
    "posting": "UPDATE posting SET quantity = quantity + 1 WHERE id = :id AND n = 0",
    "posting gone": "DELETE FROM posting WHERE id = :id AND n = 0",
    "document": "UPDATE document SET total_minor = total_minor + 1 WHERE id = :id",
    "number": "UPDATE document SET number = number || 'x' WHERE id = :id",
    "copies": "UPDATE document SET copies = 1 WHERE id = :id",
    "no text": "UPDATE document SET shift = CAST(x'e3' AS TEXT) WHERE id = :id",
    "no text in a body's row": "UPDATE body SET shift = CAST(x'e3' AS TEXT) WHERE id = :id",
    "line": "UPDATE document_line SET quantity = 2000 WHERE id = :id",
    "tender": "UPDATE document_tender SET given_minor = given_minor + 1 WHERE id = :id",
    "balance": "UPDATE balance SET quantity = quantity + 1 WHERE :id <> '' AND account LIKE 'cash:%'",
    "counter": "UPDATE numbering SET last = last + 64 WHERE :id <> '' AND series <> 'Z'",
    "counter of nobody": "INSERT INTO numbering SELECT '01', 'torn', 3 WHERE :id <> ''",
}


@pytest.mark.parametrize("name", EDITS)
def test_what_was_changed_is_found(store: Scrubbed, name: str) -> None:
    edited(store, lambda tx: tx.execute(EDITS[name], {"id": store.sent[2]}))

    assert scrub(store.node).findings


def test_a_damaged_receipt_is_named_by_its_number(store: Scrubbed) -> None:
    number = store.node.db.value("SELECT number FROM document WHERE id = ?", (store.sent[1],))

    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.sent[1]}))

    assert {finding.number for finding in scrub(store.node).findings} == {number}


def test_a_start_looks_at_the_newest_links_only(store: Scrubbed) -> None:
    edited(store, lambda tx: tx.execute(EDITS["body"], {"id": store.sent[0]}))

    assert look_at_newest(store.node, 3).findings == []
    assert [finding.id for finding in look_at_newest(store.node).findings] == [store.sent[0]]


def test_a_purged_log_has_no_findings(store: Scrubbed) -> None:
    """What was purged is not missing, and what it booked is rightly still in the balances."""
    with store.node.journal.writing() as tx:
        (own,) = outbox.incs(tx)
        assert own.receipt is not None
        outbox.keep_durable(tx, own.inc, (own.receipt.seq, own.receipt.hash))
        tx.execute("UPDATE shift SET state = 'closed'")
    gone = purge(store.node.journal, own.receipt.epoch, store.node.clock.now_ms() + 500 * DAY_MS)

    assert gone > 5
    assert scrub(store.node).findings == []
