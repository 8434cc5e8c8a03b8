"""A database whose pages cannot be read any more: what can be read goes into a new file, the old one stays beside it.

Only while no server runs. The new file has the newest schema and every row that the engine still gives out, table by
table; what is missing then is a finding like any other and comes from this disk's own proofs or from HQ.

    node.sqlite.salvaging      being written: worth nothing, and thrown away
    node.sqlite.salvaged-<at>  complete; from here on every start finishes what is left to do, before it opens anything
    node.sqlite.damaged-<at>   the old database, and beside it its log
    node.sqlite                the new one

Each line is durable before the next begins, so after a power cut the old or the new one is opened, never an empty
one, and never the new one with the log of the old.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.scrub.mirror import SQL
from edge.scrub.model import UNREADABLE
from kit.db import (
    GARBLED,
    Connection,
    Database,
    OperationalError,
    Row,
    engine_last_state,
    migrate,
    release_file_lock,
    take_file_lock,
)
from kit.files import sync_folder
from kit.logs import logger
from retail.errors import Misconfigured

log = logger("lianpu.scrub")
SCHEMA = "edge"
NO_ROOM = ("disk is full", "disk I/O error")  # the engine's words
FILE = "node.sqlite"
SALVAGING, SALVAGED, DAMAGED = f"{FILE}.salvaging", f"{FILE}.salvaged-", f"{FILE}.damaged-"


def salvage(home: Path, at_ms: int) -> dict[str, int]:
    """Put a new database in place of the damaged one; returns the rows kept per table.

    The damaged file is `node.sqlite.damaged-<time>` afterwards, with its log: evidence, and never deleted here.
    Raises `Misconfigured` when another process has it, when nothing in it can be read, or when the disk has no room.
    """
    with _alone(home), _in_words(home):
        _put_in_place(home)
        kept = _make(home, at_ms)
        _put_in_place(home)
    log.warning("scrub.salvaged", rows=sum(kept.values()))
    return kept


def finish(home: Path) -> None:
    """Put in place what a power cut kept `salvage` from putting there; for each start, before it opens a database.

    Raises `Misconfigured` when another process has the database.
    """
    if _salvaged(home):
        with _alone(home):
            _put_in_place(home)


def has_database(home: Path) -> bool:
    """Does a node live here, perhaps one whose salvage was cut short?"""
    return (home / FILE).exists() or bool(_salvaged(home))


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    lock = take_file_lock(f"{home / FILE}.lock")
    try:
        yield
    finally:
        release_file_lock(lock)


@contextmanager
def _in_words(home: Path) -> Iterator[None]:
    """Either way the damaged file is still where it was, or aside and complete."""
    try:
        yield
    except (OSError, OperationalError) as error:
        raise Misconfigured([f"{home}: {error}; what was there is kept"]) from error
    except GARBLED as error:
        why = f"{home}: {error}; nothing can be kept of it, `lianpu-edge rebuild` brings the store back"
        raise Misconfigured([why]) from error


def _salvaged(home: Path) -> list[Path]:
    """Complete files only: a log of one, which an engine that was killed leaves beside it, is none."""
    found = home.glob(f"{SALVAGED}*")
    return sorted(path for path in found if path.name.removeprefix(SALVAGED).isdigit())


def _make(home: Path, at_ms: int) -> dict[str, int]:
    """The complete new file, under the name that says so."""
    made = home / SALVAGING
    for end in ("", "-wal", "-shm", "-journal"):  # a log of an earlier try would be played into the new file
        made.with_name(made.name + end).unlink(missing_ok=True)
    with engine_last_state(home / FILE) as source:
        kept = _copy(source, made)
    made.rename(home / f"{SALVAGED}{at_ms}")
    sync_folder(home)
    return kept


def _put_in_place(home: Path) -> None:
    """The old files go aside, under the time of the new one; may be broken off anywhere and begun again."""
    for salvaged in _salvaged(home):
        at = salvaged.name.removeprefix(SALVAGED)
        for end in ("", "-wal"):
            old = home / f"{FILE}{end}"
            if old.exists():
                old.rename(home / f"{DAMAGED}{at}{end}")
        (home / f"{FILE}-shm").unlink(missing_ok=True)
        sync_folder(home)  # were the old log still here after a cut, the new file would take its pages
        salvaged.rename(home / FILE)
        sync_folder(home)
        log.warning("scrub.put_in_place", damaged=f"{DAMAGED}{at}")


def _copy(source: Connection, made: Path) -> dict[str, int]:
    target = Database(made, lock=False)
    try:
        migrate(target, SQL / SCHEMA, SCHEMA)
        target.writer.execute("PRAGMA foreign_keys = 0")
        kept = {}
        with target.write() as tx:
            for table in _tables(tx):
                kept[table] = sum(_keep(tx, table, row) for row in _rows(source, table))
        target.checkpoint()
    finally:
        target.close()
    return kept


def _tables(tx: Connection) -> list[str]:
    rows = tx.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        " AND name <> '_sqlite_migrations' ORDER BY name"
    )
    return [row["name"] for row in rows]


def _keep(tx: Connection, table: str, row: Row) -> int:
    """A row that breaks a rule of its table is damaged itself: it is left out."""
    values = tuple(row)
    marks, place = ",".join("?" * len(values)), ""
    if row.keys()[0] == "place":  # its place among the rows is kept too
        names = ", ".join(row.keys()[1:])
        place = f" (rowid, {names})"
    try:
        return tx.execute(f"INSERT OR IGNORE INTO {table}{place} VALUES ({marks})", values).rowcount
    except UNREADABLE as error:
        if isinstance(error, OperationalError) and any(words in str(error) for words in NO_ROOM):
            raise  # nothing is wrong with the row
        return 0


def _rows(source: Connection, table: str) -> Iterator[Row]:
    """Forwards up to the damage, backwards down to it; of tables with places everything between, one by one."""
    place = _has_places(source, table)
    columns = "rowid AS place, *" if place else "*"
    seen = 0
    try:
        for row in source.execute(
            f"SELECT {columns} FROM {table} NOT INDEXED{' ORDER BY rowid' if place else ''}"
        ):
            seen = row["place"] if place else seen + 1
            yield row
        return
    except UNREADABLE as error:
        log.error("scrub.salvaging", table=table, behind=seen, why=str(error))
    if place:
        yield from _places(source, table, seen)
    else:
        yield from _backwards(source, table)


def _places(source: Connection, table: str, after: int) -> Iterator[Row]:
    try:
        last = int(source.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] or 0)
    except UNREADABLE:
        last = 0
    for at in range(after + 1, max(last, after + 10_000) + 1):
        try:
            row = source.execute(f"SELECT rowid AS place, * FROM {table} WHERE rowid = ?", (at,)).fetchone()
        except UNREADABLE:
            continue
        if row is not None:
            yield row


def _backwards(source: Connection, table: str) -> Iterator[Row]:
    keys = [row["name"] for row in source.execute(f"PRAGMA table_info({table})") if row["pk"]]
    order = ", ".join(f"{key} DESC" for key in keys)
    try:
        yield from source.execute(f"SELECT * FROM {table} ORDER BY {order}")
    except UNREADABLE as error:
        log.error("scrub.salvaging", table=table, why=str(error))


def _has_places(source: Connection, table: str) -> bool:
    try:
        source.execute(f"SELECT rowid FROM {table} LIMIT 0")
    except UNREADABLE:
        return False
    return True
