"""The inserts of all projections: positional, set-based, harmless when repeated."""

from __future__ import annotations


def _insert(table: str, key: str, columns: str) -> str:
    marks = ", ".join("?" * len(columns.split(",")))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT ({key}) DO NOTHING"


_TWINS = (
    "FROM inc me WHERE me.node = ? AND me.inc = ? AND EXISTS (SELECT 1 FROM inc other WHERE other.node = me.node"
    " AND other.parent_inc = me.parent_inc AND other.inc <> me.inc)"
)

_Z = ("closed_at", "z_number", "counted_minor", "expected_minor")
_EARLIER = f"({', '.join(f'excluded.{n}' for n in _Z)}) < ({', '.join(f'shift.{n}' for n in _Z)})"

STATEMENTS: dict[str, str] = {
    "sale": _insert(
        "sale",
        "store, id",
        "store, id, node, inc, seq, bh, kind, number, terminal, series, n, at, day, shift, staff, approved_by,"
        " currency, pieces, gross_minor, discount_minor, total_minor, tax_minor, rounding_minor, payable_minor,"
        " change_minor, taxes, original, original_number, reason, recv_at",
    ),
    "sale_line": _insert(
        "sale_line",
        "store, id, line",
        "store, id, line, sku, code, name, quantity, unit, unit_price_minor, gross_minor, discount_minor,"
        " total_minor, tax_code, tax_minor, price_ref, original_line",
    ),
    "sale_tender": _insert(
        "sale_tender", "store, id, n", "store, id, n, kind, amount_minor, given_minor, change_minor, approval"
    ),
    "sale_return": _insert("sale_return", "store, id", "store, id, original, original_number"),
    # A shift is opened and closed by two events that may come in any order.
    "shift_opened": (
        "INSERT INTO shift (store, id, terminal, day, state, currency, float_minor, opened_at, opened_by, closed_by,"
        " report) VALUES (?, ?, ?, ?, 'open', ?, ?, ?, ?, '', '{}') ON CONFLICT (store, id) DO UPDATE SET"
        " opened_at = excluded.opened_at, opened_by = excluded.opened_by, float_minor = excluded.float_minor"
    ),
    "shift_closed": (
        "INSERT INTO shift (store, id, terminal, day, state, currency, float_minor, opened_by, closed_at, closed_by,"
        " expected_minor, counted_minor, difference_minor, z_number, report)"
        " VALUES (?, ?, ?, ?, 'closed', ?, ?, '', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (store, id) DO UPDATE SET"
        " state = 'closed', closed_at = excluded.closed_at, closed_by = excluded.closed_by,"
        " expected_minor = excluded.expected_minor, counted_minor = excluded.counted_minor,"
        " difference_minor = excluded.difference_minor, z_number = excluded.z_number, report = excluded.report"
        f" WHERE shift.state = 'open' OR {_EARLIER}"
    ),
    "cash_move": _insert(
        "cash_move",
        "store, id",
        "store, id, shift, terminal, at, day, staff, kind, amount_minor, reason, note",
    ),
    "stock_document": _insert(
        "stock_document", "store, id", "store, id, kind, at, day, staff, reference, reason, lines, note"
    ),
    "till_note": _insert(
        "till_note", "store, id", "store, id, kind, at, day, staff, terminal, subject, facts"
    ),
    "alarm": _insert("alarm", "id", "id, store, code, subject, facts, at"),
    "fork": _insert("fork", "node, inc", "node, inc, seq, found_at"),
    # Two disks that went past a hole of one log, each in an incarnation of its own: no seq was ever claimed twice.
    "twins": (
        "INSERT INTO fork (node, inc, seq, found_at)"
        f" SELECT me.node, me.parent_inc, me.parent_seq + 1, ? {_TWINS} ON CONFLICT (node, inc) DO NOTHING"
    ),
    "twins_alarm": (
        "INSERT INTO alarm (id, store, code, subject, facts, at)"
        " SELECT 'fork.found|' || me.node || '/' || me.parent_inc,"
        f" ?, 'fork.found', me.node || '/' || me.parent_inc, '{{}}', ? {_TWINS} ON CONFLICT (id) DO NOTHING"
    ),
    "hole": _insert("hole", "node, inc, from_seq", "node, inc, from_seq, to_seq, found_at"),
}


def columns(name: str) -> dict[str, int]:
    """Where each column of a statement's rows stands."""
    listed = STATEMENTS[name].partition("(")[2].partition(")")[0]
    return {column.strip(): at for at, column in enumerate(listed.split(","))}
