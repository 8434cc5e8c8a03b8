"""What is read: out of an unpacked backup, and about backups in the live database."""

from __future__ import annotations

from collections.abc import Iterator

from hq.backups.model import Head, Image
from hq.statements import sum_of
from kit.db import Connection as ImageConnection
from kit.db import Row as ImageRow
from kit.sql import Connection, Row, SqlDatabase, run

# -- an unpacked image -------------------------------------------------------------------------------------


def contents(image: ImageConnection) -> Image:
    """Epoch, schema, rows of every table, and the head of every log."""
    names = [
        row[0] for row in image.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    ]
    tables = {name: int(image.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}
    epoch = image.execute("SELECT value FROM hq_meta WHERE name = 'epoch'").fetchone()
    schema = image.execute("SELECT version_num FROM alembic_version").fetchone()
    return Image(epoch[0] if epoch else "", schema[0] if schema else "", tables, heads(image))


def heads(image: ImageConnection) -> list[Head]:
    """(node, inc, seq, hash) of every log."""
    rows = image.execute("SELECT node, inc, seq, hash FROM origin ORDER BY node, inc")
    return [(row[0], row[1], int(row[2]), row[3].hex()) for row in rows]


def integrity(image: ImageConnection) -> str:
    """`ok`, or what the engine finds."""
    return "; ".join(str(row[0]) for row in image.execute("PRAGMA integrity_check(5)"))


def incs(image: ImageConnection) -> list[tuple[str, str, bytes]]:
    """(node, inc, signed record)."""
    return [
        (row[0], row[1], row[2])
        for row in image.execute("SELECT node, inc, record FROM inc ORDER BY node, inc")
    ]


def links(image: ImageConnection, node: str, inc: str) -> Iterator[ImageRow]:
    """The links of one log in order, each with its body."""
    return iter(
        image.execute(
            "SELECT l.seq, l.prev, l.bh, l.hash, b.body FROM link l LEFT JOIN body b"
            " ON b.node = l.node AND b.inc = l.inc AND b.seq = l.seq"
            " WHERE l.node = ? AND l.inc = ? ORDER BY l.seq",
            (node, inc),
        )
    )


def wrong_balances(image: ImageConnection) -> int:
    """Balances that are not the sum of their postings, either way."""
    whole = sum_of("quantity")
    sums = f"SELECT store, account, commodity, {whole} AS quantity FROM posting GROUP BY 1, 2, 3"
    live = "SELECT store, account, commodity, quantity FROM balance"
    return int(
        image.execute(
            f"SELECT count(*) FROM (SELECT * FROM (SELECT * FROM ({sums}) EXCEPT {live}) WHERE quantity <> 0"
            f" UNION ALL SELECT * FROM (SELECT * FROM ({live}) EXCEPT SELECT * FROM ({sums})) WHERE quantity <> 0)"
        ).fetchone()[0]
    )


def revoked(image: ImageConnection) -> list[tuple[str, bytes, int, int | None]]:
    """(node, key, when, None) of every revoked device; which of them were lost, the file beside the database knows."""
    rows = image.execute("SELECT node, public_key, revoked_at FROM node_key WHERE revoked_at IS NOT NULL")
    return [(row[0], row[1], row[2], None) for row in rows]


def promised(image: ImageConnection) -> list[Head]:
    """What a database had promised to its stores."""
    rows = image.execute("SELECT node, inc, seq, hash FROM durable ORDER BY node, inc")
    return [(row[0], row[1], int(row[2]), row[3].hex()) for row in rows]


# -- the live database -------------------------------------------------------------------------------------


def listed(db: SqlDatabase, limit: int = 100) -> list[Row]:
    """The newest backups, newest first."""
    return db.rows("SELECT * FROM backup ORDER BY ordinal DESC LIMIT :limit", {"limit": limit})


def copies(db: SqlDatabase) -> dict[str, list[Row]]:
    """Backup → its copies."""
    found: dict[str, list[Row]] = {}
    for row in db.rows("SELECT backup, target, state, why, at FROM backup_copy ORDER BY backup, target"):
        found.setdefault(row.backup, []).append(row)
    return found


def copies_at(db: SqlDatabase, target: str, once: str, limit: int = 20) -> list[str]:
    """The files of the newest backups whose copy at this target, by either name, was read back whole, newest first."""
    sql = (
        "SELECT b.file FROM backup_copy c JOIN backup b ON b.id = c.backup"
        " WHERE c.target IN (:target, :once) AND c.state = 'verified' ORDER BY b.ordinal DESC LIMIT :limit"
    )
    return [row[0] for row in db.rows(sql, {"target": target, "once": once, "limit": limit})]


def good_copies(db: SqlDatabase) -> list[Row]:
    """(backup, target) of every copy that was read back whole."""
    return db.rows("SELECT backup, target FROM backup_copy WHERE state = 'verified'")


def key_id(db: SqlDatabase) -> str:
    """Of the key that backups are made with; nothing before there was one, or before it was remembered."""
    return str(db.value("SELECT value FROM hq_meta WHERE name = 'backup_key'") or "")


def on_paper(db: SqlDatabase) -> bool:
    """Were the words of that key printed?"""
    printed = db.value("SELECT value FROM hq_meta WHERE name = 'backup_key_printed'")
    return bool(printed) and printed == key_id(db)


def count(db: SqlDatabase) -> int:
    """How many were tried so far."""
    return int(db.value("SELECT COALESCE(MAX(ordinal), 0) FROM backup"))


def in_state(connection: Connection, state: str) -> list[Row]:
    """Backups in this state, newest first, whatever the clock said when they were taken."""
    sql = "SELECT * FROM backup WHERE state = :state ORDER BY ordinal DESC"
    return list(run(connection, sql, {"state": state}))


def proven(db: SqlDatabase) -> bool:
    """Is there a backup that was proven, at a target or not found just now?"""
    return bool(db.value("SELECT count(*) FROM backup WHERE state IN ('verified', 'missing')"))


def last_try(connection: Connection, now_ms: int) -> int | None:
    """When the newest backup was taken, good or not; what a clock that was wrong dated later than now is left out."""
    sql = "SELECT taken_at FROM backup WHERE taken_at <= :now ORDER BY ordinal DESC LIMIT 1"
    return run(connection, sql, {"now": now_ms}).scalar()


def heads_of(connection: Connection, backup: str) -> dict[tuple[str, str], tuple[int, bytes]]:
    """(node, inc) → (seq, hash), read out of the backup when it was drilled."""
    rows = run(
        connection, "SELECT node, inc, seq, hash FROM backup_head WHERE backup = :backup", {"backup": backup}
    )
    return {(row[0], row[1]): (int(row[2]), bytes(row[3])) for row in rows}


def durable(db: SqlDatabase) -> list[Row]:
    """The promise in force."""
    sql = (
        "SELECT d.node, d.inc, d.seq, d.hash, d.read_at FROM durable d JOIN hq_meta m ON m.name = 'epoch'"
        " AND m.value = d.epoch WHERE d.node <> 'hq' ORDER BY d.node, d.inc"
    )
    return db.rows(sql)


def wanted(connection: Connection) -> str:
    """The kind of backup that a person has asked for in the console, or nothing."""
    return str(run(connection, "SELECT value FROM hq_meta WHERE name = 'backup_wanted'").scalar() or "")


def began_at(connection: Connection) -> int:
    """When this headquarters was set up: its first person, or 0 before there is one."""
    return int(run(connection, "SELECT MIN(created_at) FROM hq_user").scalar() or 0)
