"""Apply published rows to reference.sqlite: whole versions, in one transaction, with the digest checked.

Rows of a scope that is not in force yet (gained while another is still to be given up) are kept with a mark before
their kind, so that no reader sees them before the switch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from edge.syncing import projection
from edge.syncing.projection import Changed
from kit.db import Connection, Database
from kit.logs import logger
from schemas.wire.down import Buckets, Changes, Current, Reset, RowChange
from schemas.wire.up import Cursor
from sync.buckets import bucket_of, sums_of
from sync.digest import EMPTY, UNKNOWN, moved, of_rows, row_hash
from sync.snapshot import Row

log = logger("lianpu.sync")
ROWS_AT_ONCE = 1_000
MARK = "~"


class _Spoilt(Exception):
    """The digest does not agree: undo the transaction."""


class Inbox:
    """reference.sqlite as sync writes it; nobody else does."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def cursors(self) -> list[Cursor]:
        """Where each scope stands here."""
        rows = self.db.rows("SELECT scope, epoch, version, digest FROM scope ORDER BY scope")
        return [
            Cursor(scope=row["scope"], epoch=row["epoch"], version=row["version"], digest=row["digest"])
            for row in rows
        ]

    def cursor(self, scope: str) -> Cursor:
        """Where one scope stands; version 0 before it was ever asked for."""
        found = next((cursor for cursor in self.cursors() if cursor.scope == scope), None)
        return found or Cursor(scope=scope, epoch="", version=0, digest=EMPTY)

    # -- applying --------------------------------------------------------------------------------------

    def apply(self, answer: Changes, *, now_ms: int, in_force: bool) -> bool:
        """Bring a scope from `since` to the whole version `to`; False and unchanged when the digest disagrees."""
        rows = [_changed(row) for row in answer.rows]
        try:
            with self.db.write() as tx:
                mark = self._mark(tx, answer.scope, in_force)
                digest = _move_rows(tx, answer.scope, mark, self.cursor(answer.scope).digest, rows)
                if self.cursor(answer.scope).version != answer.since or digest != answer.digest:
                    raise _Spoilt
                _set(tx, answer.scope, answer.epoch, answer.to, digest, mark, now_ms)
                if not mark:
                    projection.project(tx, answer.scope, rows)
        except _Spoilt:
            log.error("sync.digest_differs", scope=answer.scope, to=answer.to)
            return False
        return True

    def confirm(self, answer: Current, *, now_ms: int, in_force: bool) -> bool:
        """HQ says that our rows are its newest: a new epoch or an empty scope moves the cursor only."""
        if self.cursor(answer.scope).digest != answer.digest:
            return False
        with self.db.write() as tx:
            mark = self._mark(tx, answer.scope, in_force)
            _set(tx, answer.scope, answer.epoch, answer.version, answer.digest, mark, now_ms)
        return True

    def load(self, manifest: Reset, rows: Iterable[Row], *, now_ms: int, in_force: bool) -> bool:
        """Put a snapshot in place of a scope, a thousand rows in memory; readers see the old rows until the commit.

        False and unchanged when the digest of what came disagrees.
        """
        try:
            with self.db.write() as tx:
                mark = self._mark(tx, manifest.scope, in_force)
                tx.execute("DELETE FROM row WHERE scope = ?", (manifest.scope,))
                if not mark:
                    projection.clear(tx, manifest.scope)
                digest = EMPTY
                for part in _parts(rows):
                    digest = moved(digest, (), (row_hash(*row) for row in part))
                    tx.executemany(
                        "INSERT INTO row (scope, kind, key, bytes) VALUES (?, ?, ?, ?)"
                        " ON CONFLICT (scope, kind, key) DO NOTHING",
                        [(manifest.scope, mark + kind, key, data) for kind, key, data in part],
                    )
                    if not mark:
                        projection.project(tx, manifest.scope, part, whole=True)
                if digest != manifest.digest:
                    raise _Spoilt
                _set(tx, manifest.scope, manifest.epoch, manifest.version, digest, mark, now_ms)
        except _Spoilt:
            log.error("sync.digest_differs", scope=manifest.scope, to=manifest.version)
            return False
        return True

    def sums(self, scope: str) -> bytes:
        """The sums of the buckets of what is stored."""
        with self.db.read() as tx:
            return sums_of((key, row_hash(kind, key, data)) for kind, key, data in _stored(tx, scope))

    def mend(self, answer: Buckets, *, now_ms: int, in_force: bool) -> bool:
        """Put these buckets in place of our own, and make the tables anew from all rows of the scope.

        False and unchanged when what is here then does not have the digest that HQ signed.
        """
        scope, named = answer.scope, frozenset(answer.buckets)
        rows = [(kind, key, text.encode()) for kind, key, text in answer.rows]
        if any(bucket_of(key) not in named for _, key, _ in rows):
            log.error("sync.bucket_of_another", scope=scope)
            return False
        try:
            with self.db.write() as tx:
                mark = self._mark(tx, scope, in_force)
                gone = [place for place in _places(tx, scope) if bucket_of(_text(place[1])) in named]
                tx.executemany(
                    "DELETE FROM row WHERE scope = ? AND kind = CAST(? AS TEXT) AND key = CAST(? AS TEXT)",
                    [(scope, kind, key) for kind, key, _ in gone],
                )
                _move_rows(tx, scope, mark, EMPTY, rows)
                digest = of_rows(_stored(tx, scope))
                if digest != answer.digest:
                    raise _Spoilt
                _set(tx, scope, answer.epoch, answer.version, digest, mark, now_ms)
                if not mark:
                    projection.clear(tx, scope)
                    for part in _parts(_stored(tx, scope)):
                        projection.project(tx, scope, part, whole=True)
        except _Spoilt:
            log.error("sync.digest_differs", scope=scope, to=answer.version)
            return False
        return True

    def switch(self, keep: Iterable[str]) -> list[str]:
        """One transaction: scopes that are not in `keep` go, those that waited are in force. Returns what went."""
        kept = set(keep)
        with self.db.write() as tx:
            stored = [(row["scope"], row["state"]) for row in tx.execute("SELECT scope, state FROM scope")]
            gone = [scope for scope, _ in stored if scope not in kept]
            for scope in gone:
                projection.clear(tx, scope)
                tx.execute("DELETE FROM row WHERE scope = ?", (scope,))
                tx.execute("DELETE FROM scope WHERE scope = ?", (scope,))
            for scope, state in stored:
                if scope in kept and state == "loading":
                    _put_in_force(tx, scope)
        return gone

    def verify(self) -> list[str]:
        """Scopes whose stored rows do not have the digest of their cursor; they are asked for anew."""
        wrong = []
        with self.db.read() as tx:
            for cursor in self.cursors():
                found = of_rows(_stored(tx, cursor.scope))
                if found != cursor.digest:
                    wrong.append(cursor.scope)
        return wrong

    def forget(self, scopes: Iterable[str]) -> None:
        """From now on the rows of these scopes mean nothing, until they are mended or came as a snapshot."""
        with self.db.write() as tx:
            for scope in scopes:
                tx.execute("UPDATE scope SET version = 0, digest = ? WHERE scope = ?", (UNKNOWN, scope))

    def _mark(self, tx: Connection, scope: str, in_force: bool) -> str:
        row = tx.execute("SELECT state FROM scope WHERE scope = ?", (scope,)).fetchone()
        if row is not None:
            return MARK if row["state"] == "loading" else ""
        return "" if in_force else MARK


def _stored(tx: Connection, scope: str) -> Iterator[Row]:
    """The rows of a scope as HQ names them, in the order of their kinds and keys."""
    for kind, key, data in _places(tx, scope):
        yield _text(kind).removeprefix(MARK), _text(key), data


def _places(tx: Connection, scope: str) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(kind, key, bytes) as they lie there: rot makes bytes of a text that are none."""
    sql = "SELECT CAST(kind AS BLOB), CAST(key AS BLOB), bytes FROM row WHERE scope = ? ORDER BY kind, key"
    for row in tx.execute(sql, (scope,)):
        yield row[0], row[1], row[2]


def _text(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace")


def _move_rows(tx: Connection, scope: str, mark: str, digest: bytes, rows: Sequence[Changed]) -> bytes:
    """Write the rows and return the digest that they lead to."""
    gone, come = [], []
    for kind, key, data in rows:
        old = tx.execute(
            "SELECT bytes FROM row WHERE scope = ? AND kind = ? AND key = ?", (scope, mark + kind, key)
        ).fetchone()
        if old is not None:
            gone.append(row_hash(kind, key, old["bytes"]))
        if data is not None:
            come.append(row_hash(kind, key, data))
    tx.executemany(
        "INSERT INTO row (scope, kind, key, bytes) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (scope, kind, key) DO UPDATE SET bytes = excluded.bytes",
        [(scope, mark + kind, key, data) for kind, key, data in rows if data is not None],
    )
    tx.executemany(
        "DELETE FROM row WHERE scope = ? AND kind = ? AND key = ?",
        [(scope, mark + kind, key) for kind, key, data in rows if data is None],
    )
    return moved(digest, gone, come)


def _set(tx: Connection, scope: str, epoch: str, version: int, digest: bytes, mark: str, now_ms: int) -> None:
    tx.execute(
        "INSERT INTO scope (scope, epoch, version, digest, state, applied_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (scope) DO UPDATE SET epoch = excluded.epoch, version = excluded.version,"
        " digest = excluded.digest, state = excluded.state, applied_at = excluded.applied_at",
        (scope, epoch, version, digest, "loading" if mark else "live", now_ms),
    )


def _put_in_force(tx: Connection, scope: str) -> None:
    tx.execute("UPDATE row SET kind = substr(kind, 2) WHERE scope = ? AND kind LIKE '~%'", (scope,))
    tx.execute("UPDATE scope SET state = 'live' WHERE scope = ?", (scope,))
    rows = tx.execute("SELECT kind, key, bytes FROM row WHERE scope = ?", (scope,)).fetchall()
    projection.project(tx, scope, [(row["kind"], row["key"], row["bytes"]) for row in rows])


def _changed(row: RowChange) -> Changed:
    kind, key, text = row
    return kind, key, None if text is None else text.encode()


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while part := list(islice(left, ROWS_AT_ONCE)):
        yield part
