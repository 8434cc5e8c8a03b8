"""Every incarnation from its genesis, or from the end of its purged part, to its newest link."""

from __future__ import annotations

from collections.abc import Iterator

from edge.journal.repository import all_incs
from edge.scrub.bodies import number_of
from edge.scrub.model import Finding, Kind, Progress
from edge.scrub.pieces import Piece, link_pieces
from kit.crypto import verify
from kit.db import Connection, Database, Row
from sync.chain import genesis, inc_record, link_hash


def check_records(incs: list[Row]) -> Iterator[Finding]:
    """The signed record of each incarnation, and the columns that were taken from it."""
    for row in incs:
        parent = (row["parent_inc"], row["parent_seq"], row["parent_hash"]) if row["parent_inc"] else None
        if inc_record(row["node"], row["inc"], parent, row["public_key"]) != row["record"]:
            yield Finding(
                kind="record", inc=row["inc"], table="inc", why="its columns differ from the signed record"
            )
        elif not verify(row["public_key"], row["signature"], "inc", row["record"]):
            yield Finding(kind="record", inc=row["inc"], table="inc", why="its signature does not hold")


def incarnations(db: Database) -> list[Row]:
    """All of them, oldest first."""
    with db.read() as tx:
        return all_incs(tx)


class Chain:
    """Walks one incarnation; `newest` looks at that many links only."""

    def __init__(self, db: Database, inc: Row, newest: int = 0) -> None:
        self.db = db
        self.inc = inc
        self.looked = 0
        self._seq, self._hash = self._beginning()
        self._evidence = False
        if newest:
            self._skip(newest)

    def _beginning(self) -> tuple[int, bytes]:
        row = self.db.row("SELECT purged_seq, purged_hash, record FROM inc WHERE inc = ?", (self.inc["inc"],))
        if row is not None and row["purged_seq"]:
            return row["purged_seq"], row["purged_hash"]
        return 0, genesis(self.inc["record"])

    def _skip(self, newest: int) -> None:
        row = self.db.row(
            "SELECT seq, hash, abandoned FROM link WHERE inc = ? ORDER BY seq DESC LIMIT 1 OFFSET ?",
            (self.inc["inc"], newest),
        )
        if row is not None:
            self._seq, self._hash, self._evidence = row["seq"], row["hash"], bool(row["abandoned"])

    def walk(self, progress: Progress) -> Iterator[Finding]:
        """What is wrong, from the beginning on."""
        for tx, piece in link_pieces(self.db, self.inc["inc"], self._seq):
            yield from self._look(tx, piece)
            self.looked += len(piece.rows)
            progress(len(piece.rows))
        yield from self._end()

    def _end(self) -> Iterator[Finding]:
        """HQ has receipted up to here, so we had it."""
        inc = self.inc["inc"]
        row = self.db.row("SELECT seq FROM receipted WHERE inc = ?", (inc,))
        if row is not None and row["seq"] > self._seq:
            why = f"links {self._seq + 1} to {row['seq']} are missing"
            yield Finding(kind="link", table="link", inc=inc, seq=row["seq"], why=why)

    def _look(self, tx: Connection, piece: Piece) -> Iterator[Finding]:
        broken = dict(piece.broken)
        for seq, why in piece.broken:
            yield Finding(kind="unreadable", table="link", inc=self.inc["inc"], seq=seq, why=why)
        for row in piece.rows:
            for kind, why in self._wrong(row, broken):
                place = {"inc": self.inc["inc"], "seq": row["seq"], "id": str(row["id"])}
                yield Finding(kind=kind, table=kind, number=number_of(tx, row["id"]), why=why, **place)
            self._seq, self._hash, self._evidence = row["seq"], row["hash"], bool(row["abandoned"])

    def _wrong(self, row: Row, broken: dict[int, str]) -> Iterator[tuple[Kind, str]]:
        """At most one word about the link and one about its body; what was found unreadable is not missing too."""
        inc, seq = self.inc, row["seq"]
        if seq != self._seq + 1 and not broken:
            purged, hash_ = self._beginning()
            if seq == purged + 1:  # purged while we looked
                self._seq, self._hash = purged, hash_
        parts = (row["prev"], row["bh"], row["hash"])
        if seq != self._seq + 1 and not broken:
            yield "link", f"links {self._seq + 1} to {seq - 1} are missing"
        elif not all(isinstance(part, bytes) and len(part) == 32 for part in parts):
            yield "link", "its hashes are not hashes"
        elif link_hash(inc["node"], inc["inc"], seq, row["prev"], row["bh"]) != row["hash"]:
            yield "link", "its hash does not follow from prev and bh"
        elif row["prev"] != self._hash and not broken and (row["abandoned"] or not self._evidence):
            yield "link", "prev is not the hash of the link before"
        if row["body_bh"] is None:
            yield "body", "the body is missing"
        elif row["body_bh"] != row["bh"]:
            yield "body", "the body is not the one that this link carries"
