"""Edits of single rows in HQ's database and in a store's reference rows; see `edits_rows`."""

from __future__ import annotations

from proof.verify.edits_rows import BALANCE, BY_ID, HEAD, HQ, INC, MOVE, REFERENCE, STOCK, RowEdit, Z, flip


def _hq(name: str, check: str, pick: str, change: str, named: str) -> RowEdit:
    return RowEdit(f"hq_{name}", HQ, check, pick, change, named)


_PLACE = "WHERE node = :node AND inc = :inc AND seq = :seq"
_SOLD = "SELECT * FROM sale WHERE kind = 'sale' ORDER BY store, at LIMIT 1 OFFSET 1"
_BACK = "SELECT * FROM sale WHERE kind = 'return' ORDER BY store, at LIMIT 1"
_BOOKED = (
    "SELECT p.*, s.number FROM posting p JOIN sale s ON s.id = p.id WHERE p.account LIKE 'cash:%' LIMIT 1"
)
_ROW = "SELECT * FROM scope_row WHERE kind = 'price' LIMIT 1"
_SCOPE = "SELECT * FROM scope WHERE scope = 'chain'"
_SCOPE_ROW = "WHERE scope = :scope AND kind = :kind AND key = :key"
_POST = "WHERE id = :id AND n = :n"

_HQ_LOG = (
    _hq("body_byte", "body.hashes", _SOLD, f"UPDATE body SET body = {flip('body')} {_PLACE}", "{inc}/{seq}"),
    _hq("body_removed", "body.hashes", _SOLD, f"DELETE FROM body {_PLACE}", "{inc}/{seq}"),
    _hq("link_hash", "chain.links", _SOLD, f"UPDATE link SET hash = {flip('hash')} {_PLACE}", "seq {seq}"),
    _hq("link_removed", "chain.links", _SOLD, f"DELETE FROM link {_PLACE}", "link {seq} is missing"),
    _hq(
        "origin",
        "chain.links",
        _SOLD,
        "UPDATE origin SET seq = seq + 1 WHERE node = :node AND inc = :inc",
        "origin {node}/{inc}",
    ),
    _hq(
        "inc_signature",
        "inc.records",
        INC,
        f"UPDATE inc SET signature = {flip('signature')} WHERE inc = :inc",
        "{inc}",
    ),
    _hq("key_unknown", "inc.keys", INC, "DELETE FROM node_key WHERE node = :node", "{inc}"),
    _hq(
        "head_signature",
        "head.signatures",
        HEAD,
        f"UPDATE head_signature SET signature = {flip('signature')} {_PLACE}",
        "seq {seq}",
    ),
    _hq(
        "receipt_seq", "receipts", _SOLD, "UPDATE receipt SET seq = seq + 1 WHERE inc = :inc", "{node}/{inc}"
    ),
    _hq(
        "receipt_signature",
        "receipts",
        _SOLD,
        f"UPDATE receipt SET signature = {flip('signature')} WHERE inc = :inc",
        "{node}/{inc}",
    ),
    _hq("applied_beyond", "applied", _SOLD, "UPDATE applied SET seq = 9999 WHERE inc = :inc", "{node}/{inc}"),
    _hq("seen_removed", "event_seen", _SOLD, f"DELETE FROM event_seen {BY_ID}", "{number}"),
    _hq("seen_bh", "event_seen", _SOLD, f"UPDATE event_seen SET bh = {flip('bh')} {BY_ID}", "{number}"),
    _hq("seen_place", "event_seen", _SOLD, f"UPDATE event_seen SET seq = seq + 1 {BY_ID}", "{number}"),
    _hq(
        "seen_added",
        "event_seen",
        _SOLD,
        "INSERT INTO event_seen SELECT 'stray', bh, node, inc, seq FROM event_seen WHERE id = :id",
        "stray",
    ),
)

_HQ_ENDS = (
    _hq("heads_gone", "log.ends", INC, "DELETE FROM head_signature WHERE node = :node", "{node}/{inc}"),
    _hq("receipts_gone", "log.ends", INC, "DELETE FROM receipt WHERE node = :node", "receipt {node}/{inc}"),
    _hq("origin_gone", "log.ends", INC, "DELETE FROM origin WHERE node = :node", "origin {node}/{inc}"),
)

_HQ_ROWS = (
    _hq(
        "posting_quantity",
        "posting.rows",
        _BOOKED,
        f"UPDATE posting SET quantity = quantity - 1 {_POST}",
        "{id} n={n}",
    ),
    _hq("posting_removed", "posting.rows", _BOOKED, f"DELETE FROM posting {_POST}", "receipt {number}"),
    _hq(
        "posting_filed",
        "posting.owners",
        _BOOKED,
        f"UPDATE posting SET store = '777' {_POST}",
        "under store 777",
    ),
    _hq(
        "balance",
        "balance.sums",
        BALANCE,
        "UPDATE balance SET quantity = quantity + 5 WHERE account = :account",
        "{account}",
    ),
    _hq(
        "sale_total",
        "sale.rows",
        _SOLD,
        f"UPDATE sale SET total_minor = total_minor + 10 {BY_ID}",
        "{number}",
    ),
    _hq("sale_day", "sale.rows", _SOLD, f"UPDATE sale SET day = '2026-07-11' {BY_ID}", "{number}"),
    _hq("sale_removed", "sale.rows", _SOLD, f"DELETE FROM sale {BY_ID}", "{number}"),
    _hq(
        "sale_amount_both_sides",
        "agree.store_days",
        _SOLD,
        f"UPDATE sale SET total_minor = total_minor + 10 {BY_ID}",
        "first {number}",
    ),
    _hq("sale_missing_on_day", "agree.store_days", _SOLD, f"DELETE FROM sale {BY_ID}", "receipt {number}"),
    _hq(
        "ledger_differs",
        "agree.ledger",
        _BOOKED,
        f"UPDATE posting SET quantity = quantity - 1 {_POST}",
        "{account}",
    ),
    _hq("line_quantity", "sale_line.rows", _SOLD, f"UPDATE sale_line SET quantity = 1 {BY_ID}", "{number}"),
    _hq("line_removed", "sale_line.rows", _SOLD, f"DELETE FROM sale_line {BY_ID}", "{number}"),
    _hq(
        "tender_amount",
        "sale_tender.rows",
        _SOLD,
        f"UPDATE sale_tender SET amount_minor = 1 {BY_ID}",
        "{number}",
    ),
    _hq("return_link", "sale_return.rows", _BACK, f"DELETE FROM sale_return {BY_ID}", "{number}"),
    _hq("shift_counted", "shift.rows", Z, f"UPDATE shift SET counted_minor = 1 {BY_ID}", "{id}"),
    _hq("cash_move", "cash_move.rows", MOVE, f"DELETE FROM cash_move {BY_ID}", "{id}"),
    _hq("stock_document", "stock_document.rows", STOCK, f"DELETE FROM stock_document {BY_ID}", "{id}"),
    _hq(
        "till_note_facts",
        "till_note.rows",
        "SELECT * FROM till_note WHERE kind = 'abort' LIMIT 1",
        f"UPDATE till_note SET facts = '[]' {BY_ID}",
        "{id}",
    ),
    _hq(
        "till_note",
        "till_note.rows",
        "SELECT * FROM till_note WHERE kind = 'no_sale' LIMIT 1",
        f"DELETE FROM till_note {BY_ID}",
        "{id}",
    ),
    _hq(
        "scope_row_bytes",
        "scope.rows",
        _ROW,
        f"UPDATE scope_row SET bytes = {flip('bytes')} {_SCOPE_ROW}",
        "{key}",
    ),
    _hq("scope_row_removed", "scope.digests", _ROW, f"DELETE FROM scope_row {_SCOPE_ROW}", "scope {scope}"),
    _hq(
        "scope_digest",
        "scope.digests",
        _SCOPE,
        f"UPDATE scope SET digest = {flip('digest')} WHERE scope = 'chain'",
        "chain",
    ),
    _hq(
        "scope_version",
        "scope.digests",
        _SCOPE,
        "DELETE FROM scope_version WHERE scope = 'chain' AND version = :version",
        "chain {version}",
    ),
    _hq(
        "scope_change",
        "scope.changes",
        _ROW,
        f"UPDATE scope_change SET bytes = {flip('bytes')} {_SCOPE_ROW}",
        "{key}",
    ),
)

_REFERENCE = (
    RowEdit(
        "reference_row",
        REFERENCE,
        "reference.digests",
        "SELECT * FROM row WHERE kind = 'price' LIMIT 1",
        f"UPDATE row SET bytes = {flip('bytes')} {_SCOPE_ROW}",
        "scope {scope}",
    ),
    RowEdit(
        "reference_row_removed",
        REFERENCE,
        "reference.digests",
        "SELECT * FROM row WHERE kind = 'price' LIMIT 1",
        f"DELETE FROM row {_SCOPE_ROW}",
        "scope {scope}",
    ),
    RowEdit(
        "reference_digest",
        REFERENCE,
        "reference.digests",
        _SCOPE,
        f"UPDATE scope SET digest = {flip('digest')} WHERE scope = 'chain'",
        "scope chain",
    ),
)

HQ_EDITS = (*_HQ_LOG, *_HQ_ENDS, *_HQ_ROWS, *_REFERENCE)
