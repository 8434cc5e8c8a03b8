"""Reading a table that may be damaged, in pieces: where a piece cannot be read, row by row.

Each piece is a read transaction of its own, so a sale never waits for a scrub and the write-ahead log is held back for
milliseconds only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from edge.scrub.model import UNREADABLE
from kit.db import Connection, Database, Row

PIECE = 500
SLACK = 1000  # places behind the last known one at which an unreadable table is still tried


class Piece(NamedTuple):
    """Consecutive rows, up to which place they reach, and places (with the engine's words) that cannot be read."""

    rows: list[Row]
    last: int
    broken: list[tuple[int, str]]


@dataclass(frozen=True)
class _Walk:
    """How a table is walked: a piece behind a place, one place, the last place; `key` are the parameters before."""

    many: str
    one: str
    end: str
    place: str
    key: tuple[str, ...] = ()


_BODIES = _Walk(
    "SELECT rowid AS place, * FROM body WHERE rowid > ? ORDER BY rowid LIMIT ?",
    "SELECT rowid AS place, * FROM body WHERE rowid = ?",
    "SELECT max(rowid) FROM body",
    "place",
)
_JOINED = "SELECT l.*, b.bh AS body_bh FROM link l LEFT JOIN body b ON b.id = l.id WHERE l.inc = ?"


def body_pieces(db: Database, after: int = 0) -> Iterator[tuple[Connection, Piece]]:
    """All bodies in the order in which they were written, each piece inside its snapshot."""
    return _pieces(db, _BODIES, after)


def link_pieces(db: Database, inc: str, after: int) -> Iterator[tuple[Connection, Piece]]:
    """The links of an incarnation behind a seq, each with the hash that its body's row says."""
    walk = _Walk(
        f"{_JOINED} AND l.seq > ? ORDER BY l.seq LIMIT ?",
        f"{_JOINED} AND l.seq = ?",
        "SELECT max(seq) FROM link WHERE inc = ?",
        "seq",
        (inc,),
    )
    return _pieces(db, walk, after)


def _pieces(db: Database, walk: _Walk, after: int) -> Iterator[tuple[Connection, Piece]]:
    while True:
        with db.read() as tx:
            piece = _piece(tx, walk, after)
            if not piece.rows and not piece.broken:
                return
            yield tx, piece
        after = piece.last


def _piece(tx: Connection, walk: _Walk, after: int) -> Piece:
    try:
        rows = list(tx.execute(walk.many, (*walk.key, after, PIECE)))
    except UNREADABLE as error:
        return _one_by_one(tx, walk, after, str(error))
    places = [row[walk.place] for row in rows if isinstance(row[walk.place], int)]
    return Piece(rows, max([after + 1, *places]), [])


def _one_by_one(tx: Connection, walk: _Walk, after: int, why: str) -> Piece:
    rows, broken = [], []
    wanted = range(after + 1, min(after + PIECE, _end(tx, walk)) + 1)
    for place in wanted:
        try:
            row = tx.execute(walk.one, (*walk.key, place)).fetchone()
        except UNREADABLE as error:
            broken.append((place, str(error)))
            continue
        if row is not None:
            rows.append(row)
    if wanted and not broken:
        broken.append((after + 1, why))  # the row cannot be reached by its place either
    return Piece(rows, after + PIECE, broken)


def _end(tx: Connection, walk: _Walk) -> int:
    """The last place, also when the table cannot say it."""
    try:
        return int(tx.execute(walk.end, walk.key).fetchone()[0] or 0)
    except (*UNREADABLE, TypeError, ValueError):
        return max(_count(tx, table) for table in ("link", "body")) + SLACK


def _count(tx: Connection, table: str) -> int:
    try:
        return int(tx.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except UNREADABLE:
        return SLACK
