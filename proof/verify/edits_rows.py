"""Edits of single rows: pick one, change it, and what must be named afterwards.

`pick` selects one row whose columns are the parameters of `change` (several statements, parted by ";") and fill the
braces of `named`. `check` is the check that must name it.
"""

from __future__ import annotations

from typing import NamedTuple

NODE, HQ, REFERENCE = "node", "hq", "reference"


class RowEdit(NamedTuple):
    """One planned change of one row."""

    name: str
    database: str
    check: str
    pick: str
    change: str
    named: str


_SALE = (
    "SELECT d.*, l.inc, l.seq FROM document d JOIN link l ON l.id = d.id AND l.abandoned = 0"
    " WHERE d.kind = 'sale' AND d.replayed = 0 ORDER BY d.at LIMIT 1 OFFSET 1"
)
_RETURN = _SALE.replace("'sale'", "'return'").replace("OFFSET 1", "OFFSET 0")
INC = "SELECT * FROM inc WHERE node <> 'hq' ORDER BY ordinal LIMIT 1"
HEAD = "SELECT h.* FROM head_signature h WHERE seq > 1 ORDER BY h.inc, h.seq LIMIT 1"
Z = "SELECT * FROM shift WHERE state = 'closed' LIMIT 1"
_POSTING = (
    "SELECT p.*, d.number FROM posting p JOIN document d ON d.id = p.id WHERE p.account LIKE 'cash:%' LIMIT 1"
)
BALANCE = "SELECT * FROM balance WHERE account LIKE 'cash:%' ORDER BY account LIMIT 1"
_AUDIT = "SELECT * FROM audit WHERE verb = 'sales.completed' LIMIT 1 OFFSET 1"
_JOB = (
    "SELECT j.*, d.number FROM print_job j JOIN document d ON d.id = j.reference"
    " WHERE j.kind = 'receipt' LIMIT 1 OFFSET 1"
)
_RECEIPTED = "SELECT * FROM receipted WHERE seq > 2 LIMIT 1"
MOVE = "SELECT * FROM cash_move WHERE kind IN ('in', 'out') LIMIT 1"
STOCK = "SELECT * FROM stock_document LIMIT 1"


def flip(column: str) -> str:
    """SQL for a blob with another last byte."""
    last = f"CASE substr({column}, -1) WHEN x'00' THEN x'01' ELSE x'00' END"
    return f"CAST(substr({column}, 1, length({column}) - 1) || {last} AS BLOB)"


def _node(name: str, check: str, pick: str, change: str, named: str) -> RowEdit:
    return RowEdit(name, NODE, check, pick, change, named)


BY_ID = "WHERE id = :id"
_AT = "WHERE inc = :inc AND seq = :seq"

_CHAIN = (
    _node(
        "link_bh",
        "chain.links",
        _SALE,
        f"UPDATE link SET bh = {flip('bh')} {_AT}",
        "seq {seq}, receipt {number}",
    ),
    _node("link_prev", "chain.links", _SALE, f"UPDATE link SET prev = {flip('prev')} {_AT}", "seq {seq}"),
    _node("link_hash", "chain.links", _SALE, f"UPDATE link SET hash = {flip('hash')} {_AT}", "seq {seq}"),
    _node("link_removed", "chain.links", _SALE, f"DELETE FROM link {_AT}", "link {seq} is missing"),
    _node("link_abandoned", "chain.homes", _SALE, f"UPDATE link SET abandoned = 1 {_AT}", "{number}"),
    _node("body_byte", "body.hashes", _SALE, f"UPDATE body SET body = {flip('body')} {BY_ID}", "seq {seq}"),
    _node("body_bh", "body.columns", _SALE, f"UPDATE body SET bh = {flip('bh')} {BY_ID}", "{number}"),
    _node("body_time", "body.columns", _SALE, f"UPDATE body SET at = at + 1 {BY_ID}", "{number}"),
    _node("body_removed", "body.hashes", _SALE, f"DELETE FROM body {BY_ID}", "{id}, seq {seq}"),
    _node(
        "body_added",
        "body.hashes",
        _SALE,
        "INSERT INTO body SELECT 'stray', bh, type, at, day, shift, replayed, body FROM body WHERE id = :id",
        "body stray",
    ),
    _node(
        "inc_record",
        "inc.records",
        INC,
        f"UPDATE inc SET record = {flip('record')} WHERE inc = :inc",
        "{inc}",
    ),
    _node("inc_signature", "inc.records", INC, f"UPDATE inc SET signature = {flip('signature')}", "{inc}"),
    _node("inc_key", "inc.records", INC, f"UPDATE inc SET public_key = {flip('public_key')}", "{inc}"),
    _node("inc_parent", "inc.records", INC, "UPDATE inc SET parent_inc = inc, parent_seq = 1", "parent"),
    _node(
        "head_signature",
        "head.signatures",
        HEAD,
        f"UPDATE head_signature SET signature = {flip('signature')} {_AT}",
        "seq {seq}",
    ),
    _node(
        "head_hash",
        "head.signatures",
        HEAD,
        f"UPDATE head_signature SET hash = {flip('hash')} {_AT}",
        "seq {seq}",
    ),
    _node(
        "head_moved",
        "head.signatures",
        HEAD,
        f"UPDATE head_signature SET seq = seq - 1 {_AT}",
        "the signature does not hold",
    ),
    _node(
        "receipt_seq", "receipts", _RECEIPTED, "UPDATE receipted SET seq = seq - 1 WHERE inc = :inc", "seq is"
    ),
    _node("receipt_hash", "receipts", _RECEIPTED, f"UPDATE receipted SET hash = {flip('hash')}", "seq {seq}"),
    _node("receipt_epoch", "receipts", _RECEIPTED, "UPDATE receipted SET epoch = 'other'", "epoch is other"),
    _node(
        "receipt_signature",
        "receipts",
        _RECEIPTED,
        f"UPDATE receipted SET signature = {flip('signature')}",
        "HQ's signature does not hold",
    ),
    _node(
        "enrolment",
        "enrolment",
        "SELECT value FROM meta WHERE name = 'enrolment_signature'",
        "UPDATE meta SET value = CASE substr(value, 1, 2) WHEN '00' THEN '01' ELSE '00' END || substr(value, 3)"
        " WHERE name = 'enrolment_signature'",
        "meta enrolment",
    ),
)

_LEDGER = (
    _node(
        "posting_quantity",
        "posting.rows",
        _POSTING,
        "UPDATE posting SET quantity = quantity + 1 WHERE id = :id AND n = :n",
        "{id} n={n}",
    ),
    _node(
        "posting_account",
        "posting.rows",
        _POSTING,
        "UPDATE posting SET account = 'safe:001' WHERE id = :id AND n = :n",
        "receipt {number}",
    ),
    _node(
        "posting_removed",
        "posting.rows",
        _POSTING,
        "DELETE FROM posting WHERE id = :id AND n = :n",
        "{id} n={n}",
    ),
    _node(
        "posting_added",
        "posting.rows",
        _POSTING,
        "INSERT INTO posting SELECT id, 99, account, commodity, 1 FROM posting WHERE id = :id AND n = :n",
        "{id} n=99",
    ),
    _node(
        "balance",
        "balance.sums",
        BALANCE,
        "UPDATE balance SET quantity = quantity + 1 WHERE account = :account AND commodity = :commodity",
        "{account}",
    ),
    _node(
        "balance_removed",
        "balance.sums",
        BALANCE,
        "DELETE FROM balance WHERE account = :account AND commodity = :commodity",
        "{account}",
    ),
)

_TRADE = (
    _node(
        "document_total",
        "document.rows",
        _SALE,
        f"UPDATE document SET total_minor = total_minor - 10 {BY_ID}",
        "{number}",
    ),
    _node(
        "document_rounding",
        "document.rows",
        _SALE,
        f"UPDATE document SET rounding_minor = 7 {BY_ID}",
        "{number}",
    ),
    _node(
        "document_day",
        "document.rows",
        _SALE,
        f"UPDATE document SET day = '2026-07-11' {BY_ID}",
        "day is 2026-07-11",
    ),
    _node(
        "document_number",
        "document.rows",
        _SALE,
        f"UPDATE document SET number = '001-01/XXXXX-1' {BY_ID}",
        "{number}",
    ),
    _node(
        "document_staff",
        "document.rows",
        _SALE,
        f"UPDATE document SET staff = '9999' {BY_ID}",
        "staff is 9999",
    ),
    _node("document_removed", "document.rows", _SALE, f"DELETE FROM document {BY_ID}", "{number}"),
    _node(
        "return_made_a_sale",
        "document.rows",
        _RETURN,
        f"UPDATE document SET kind = 'sale' {BY_ID}",
        "{number}",
    ),
    _node(
        "line_quantity",
        "document_line.rows",
        _SALE,
        f"UPDATE document_line SET quantity = quantity + 1000 {BY_ID}",
        "{id}/1, receipt {number}",
    ),
    _node("line_sku", "document_line.rows", _SALE, f"UPDATE document_line SET sku = 'Z' {BY_ID}", "{number}"),
    _node("line_removed", "document_line.rows", _SALE, f"DELETE FROM document_line {BY_ID}", "{id}/1"),
    _node(
        "tender_amount",
        "document_tender.rows",
        _SALE,
        f"UPDATE document_tender SET amount_minor = 1 {BY_ID}",
        "{number}",
    ),
    _node(
        "tender_kind",
        "document_tender.rows",
        _SALE,
        f"UPDATE document_tender SET kind = CASE kind WHEN 'cash' THEN 'card' ELSE 'cash' END {BY_ID}",
        "{id}/1",
    ),
    _node("tender_removed", "document_tender.rows", _SALE, f"DELETE FROM document_tender {BY_ID}", "{id}/1"),
    _node(
        "numbering",
        "numbering.counters",
        _SALE,
        "UPDATE numbering SET last = last + 1 WHERE terminal = :terminal AND series = :series",
        "{terminal}/{series}",
    ),
    _node(
        "shift_counted",
        "shift.rows",
        Z,
        f"UPDATE shift SET counted_minor = counted_minor + 100 {BY_ID}",
        "{id}",
    ),
    _node(
        "shift_float", "shift.rows", Z, f"UPDATE shift SET float_minor = float_minor + 100 {BY_ID}", "{id}"
    ),
    _node(
        "shift_reopened",
        "shift.rows",
        Z,
        f"UPDATE shift SET state = 'open', terminal = '09' {BY_ID}",
        "state is open",
    ),
    _node("shift_removed", "shift.rows", Z, f"DELETE FROM shift {BY_ID}", "{id}"),
    _node(
        "shift_report",
        "shift.report",
        Z,
        f"UPDATE shift SET report = json_set(report, '$.sales_minor', 1) {BY_ID}",
        "report.sales_minor is 1",
    ),
    _node(
        "cash_move_amount",
        "cash_move.rows",
        MOVE,
        f"UPDATE cash_move SET amount_minor = amount_minor + 100 {BY_ID}",
        "{id}",
    ),
    _node("cash_move_removed", "cash_move.rows", MOVE, f"DELETE FROM cash_move {BY_ID}", "{id}"),
    _node(
        "stock_lines",
        "stock_document.rows",
        STOCK,
        f"UPDATE stock_document SET lines = json_set(lines, '$[0].quantity', 1) {BY_ID}",
        "{id}",
    ),
    _node("stock_removed", "stock_document.rows", STOCK, f"DELETE FROM stock_document {BY_ID}", "{id}"),
    _node("audit_staff", "audit", _AUDIT, "UPDATE audit SET staff = '9999' WHERE n = :n", "{subject}"),
    _node(
        "audit_subject",
        "audit",
        _AUDIT,
        "UPDATE audit SET subject = 'sale:nobody' WHERE n = :n",
        "sale:nobody",
    ),
    _node(
        "audit_removed", "audit", _AUDIT, "DELETE FROM audit WHERE n = :n", "audit {n}: the line is missing"
    ),
    _node(
        "paper_of_nothing",
        "print_job",
        _JOB,
        "UPDATE print_job SET reference = 'nothing' WHERE id = :id",
        "print_job {id}",
    ),
    _node("paper_removed", "print_job", _JOB, "DELETE FROM print_job WHERE id = :id", "receipt {number}"),
    _node(
        "basket_reopened",
        "basket.rows",
        _SALE,
        "UPDATE basket SET state = 'held' WHERE id = :basket",
        "{basket}",
    ),
    _node(
        "guard_gone", "guards", _SALE, "DROP TRIGGER IF EXISTS body_is_never_edited", "body_is_never_edited"
    ),
)

ROW_EDITS = (*_CHAIN, *_LEDGER, *_TRADE)
