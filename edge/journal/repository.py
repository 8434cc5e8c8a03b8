"""The journal's SQL, one statement a function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from edge.journal.model import Incarnation
from kit.db import Connection, Row
from sync.chain import body_hash


def current_inc(tx: Connection) -> Row | None:
    """The incarnation that grows."""
    return tx.execute("SELECT * FROM inc WHERE current = 1").fetchone()


def all_incs(tx: Connection) -> list[Row]:
    """Every incarnation, oldest first."""
    return list(tx.execute("SELECT * FROM inc ORDER BY ordinal"))


def newest_ordinal(tx: Connection) -> int:
    """The place of the newest incarnation; 0 before the first."""
    return int(tx.execute("SELECT coalesce(max(ordinal), 0) FROM inc").fetchone()[0])


def insert_old_inc(tx: Connection, values: dict[str, Any]) -> None:
    """An incarnation of this node that another copy of its log has brought back; it never grows here."""
    tx.execute(
        "INSERT INTO inc (inc, node, ordinal, series, parent_inc, parent_seq, parent_hash, public_key, record,"
        " signature, reason, current, minted_at) VALUES (:inc, :node, :ordinal, :series, :parent_inc, :parent_seq,"
        " :parent_hash, :public_key, :record, :signature, :reason, 0, :minted_at)",
        values,
    )


def last_link(tx: Connection, inc: str) -> Row | None:
    """The newest live link of an incarnation."""
    return tx.execute(
        "SELECT seq, hash FROM link WHERE inc = ? AND abandoned = 0 ORDER BY seq DESC LIMIT 1", (inc,)
    ).fetchone()


def link_at(tx: Connection, inc: str, seq: int) -> Row | None:
    """One link."""
    return tx.execute("SELECT * FROM link WHERE inc = ? AND seq = ?", (inc, seq)).fetchone()


def insert_inc(tx: Connection, made: Incarnation, values: dict[str, Any]) -> None:
    """A new incarnation becomes the current one."""
    tx.execute("UPDATE inc SET current = 0 WHERE current = 1")
    tx.execute(
        "INSERT INTO inc (inc, node, ordinal, series, parent_inc, parent_seq, parent_hash, public_key, record,"
        " signature, reason, current, minted_at) VALUES (:inc, :node, :ordinal, :series, :parent_inc, :parent_seq,"
        " :parent_hash, :public_key, :record, :signature, :reason, 1, :minted_at)",
        {
            "inc": made.inc,
            "node": made.node,
            "ordinal": made.ordinal,
            "series": made.series,
            "public_key": made.public_key,
            "record": made.record,
            **values,
        },
    )


def insert_body(tx: Connection, row: tuple[Any, ...]) -> None:
    """(id, bh, type, at, day, shift, replayed, body)."""
    tx.execute(
        "INSERT INTO body (id, bh, type, at, day, shift, replayed, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
    )


def insert_link(tx: Connection, inc: str, seq: int, prev: bytes, bh: bytes, hash_: bytes, id_: str) -> None:
    """One place in a chain."""
    tx.execute(
        "INSERT INTO link (inc, seq, prev, bh, hash, id) VALUES (?, ?, ?, ?, ?, ?)",
        (inc, seq, prev, bh, hash_, id_),
    )


def insert_postings(tx: Connection, id_: str, postings: Sequence[tuple[str, str, int]]) -> None:
    """Book an event's postings and move the balances with them."""
    tx.executemany(
        "INSERT INTO posting (id, n, account, commodity, quantity) VALUES (?, ?, ?, ?, ?)",
        [(id_, n, *posting) for n, posting in enumerate(postings)],
    )
    tx.executemany(
        "INSERT INTO balance (account, commodity, quantity) VALUES (?, ?, ?)"
        " ON CONFLICT (account, commodity) DO UPDATE SET quantity = quantity + excluded.quantity",
        postings,
    )


def has_series(tx: Connection, series: str) -> bool:
    """Has an incarnation known here numbered its papers with this series?"""
    return tx.execute("SELECT 1 FROM inc WHERE series = ?", (series,)).fetchone() is not None


def next_number(tx: Connection, terminal: str, series: str) -> int:
    """The next receipt number of a terminal and series; gapless because it moves with the sale."""
    row = tx.execute(
        "INSERT INTO numbering (terminal, series, last) VALUES (?, ?, 1)"
        " ON CONFLICT (terminal, series) DO UPDATE SET last = last + 1 RETURNING last",
        (terminal, series),
    ).fetchone()
    return int(row[0])


def raise_number(tx: Connection, terminal: str, series: str, given: int) -> None:
    """This number was given out, as a log says that has come back: the next one is higher."""
    tx.execute(
        "INSERT INTO numbering (terminal, series, last) VALUES (?, ?, ?)"
        " ON CONFLICT (terminal, series) DO UPDATE SET last = max(last, excluded.last)",
        (terminal, series, given),
    )


def numbers(tx: Connection, series: str) -> dict[str, str]:
    """The last number per terminal of a series, for the witness."""
    rows = tx.execute("SELECT terminal, last FROM numbering WHERE series = ?", (series,))
    return {row["terminal"]: f"{series}-{row['last']}" for row in rows}


def insert_audit(tx: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Who did what, for managers."""
    tx.executemany(
        "INSERT INTO audit (at, staff, terminal, verb, subject, approved_by, facts)"
        " VALUES (:at, :staff, :terminal, :verb, :subject, :approved_by, :facts)",
        list(rows),
    )


def insert_jobs(tx: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Papers and drawer pulses that are owed after the commit; the same key is owed once."""
    tx.executemany(
        "INSERT INTO print_job (key, device, kind, reference, terminal, copy, document, state, made_at, changed_at)"
        " VALUES (:key, :device, :kind, :reference, :terminal, :copy, :document, 'QUEUED', :at, :at)"
        " ON CONFLICT (key) DO NOTHING",
        list(rows),
    )


def answer_of(tx: Connection, key: str) -> Row | None:
    """What was answered under an Idempotency-Key."""
    return tx.execute("SELECT request, status, body FROM answer WHERE key = ?", (key,)).fetchone()


def insert_answer(tx: Connection, key: str, request: bytes, body: str, at: int) -> None:
    """Remember an answer in the transaction of its effect."""
    tx.execute(
        "INSERT INTO answer (key, request, status, body, at) VALUES (?, ?, 200, ?, ?)",
        (key, request, body, at),
    )


def forget_answers(tx: Connection, before: int) -> int:
    """Drop answers older than seven days."""
    return tx.execute("DELETE FROM answer WHERE at < ?", (before,)).rowcount


def set_meta(tx: Connection, name: str, value: str) -> None:
    """A small named fact of this database."""
    tx.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def drop_meta(tx: Connection, name: str) -> None:
    """Forget a small named fact."""
    tx.execute("DELETE FROM meta WHERE name = ?", (name,))


def get_meta(tx: Connection, name: str) -> str | None:
    """The value of a small named fact."""
    row = tx.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def insert_head_signature(tx: Connection, inc: str, seq: int, hash_: bytes, signature: bytes) -> None:
    """A signed head, kept for ever."""
    tx.execute(
        "INSERT INTO head_signature (inc, seq, hash, signature) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (inc, seq, hash_, signature),
    )


def is_sound(row: Row) -> bool:
    """Are the bytes in `body` those that `bh`, of the body's row or of its link, was taken from?"""
    return isinstance(row["body"], bytes) and body_hash(row["body"]) == row["bh"]


def last_numbers(tx: Connection) -> dict[str, str]:
    """The last receipt number of each terminal in the incarnation that ends."""
    rows = tx.execute(
        "SELECT n.terminal, n.series, n.last FROM numbering n JOIN inc i ON i.series = n.series"
        " WHERE i.current = 1 ORDER BY n.terminal"
    )
    return {row["terminal"]: f"{row['series']}-{row['last']}" for row in rows}
