"""History by month on PostgreSQL: partitions of the months around now, made ahead; the rest is emptied into its months.

An event belongs to the month of its id (a UUIDv7 begins with its time), a body to the month in which it came. What
no sane clock can have made stays in the partition for the rest, and the doctor says so. Nothing of this is on SQLite.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from kit.sql import Connection, SqlDatabase, run
from kit.turns import turn

BY_MONTH = {
    "body": "recv_at", "posting": "id", "sale": "id", "sale_line": "id", "sale_tender": "id", "cash_move": "id",
    "stock_document": "id", "till_note": "id",
}  # fmt: skip
AHEAD = 3
LOCK_MS_MAX = 2_000  # everybody else waits behind who waits for a table: a backup reads it for hours
_HAVE = (
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = to_regclass(:table)"
)


@dataclass(frozen=True, order=True)
class Month:
    """A month of UTC."""

    year: int
    number: int

    def after(self, months: int) -> Month:
        """So many months later."""
        year, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, number + 1)

    @property
    def start_ms(self) -> int:
        """Its first moment."""
        return int(datetime(self.year, self.number, 1, tzinfo=UTC).timestamp()) * 1000

    def bound(self, by: str) -> str:
        """The first key of the month as SQL: a time, or how an id of its first millisecond begins."""
        if by == "recv_at":
            return str(self.start_ms)
        digits = f"{self.start_ms:012x}"
        return f"'{digits[:8]}-{digits[8:]}'"


OLDEST = Month(2020, 1)


def month_of(ms: int) -> Month:
    """The month of a moment."""
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return Month(moment.year, moment.month)


def extend(database: SqlDatabase, now_ms: int, since_ms: int | None = None) -> int:
    """Make what is missing from last month (or from `since_ms`) to three months ahead, and sane months of the rest.

    Returns how many partitions were made. Raises `DatabaseBusy` when somebody reads a table for long; what comes
    meanwhile is kept in the rest, so that the next time does.
    """
    if database.is_sqlite:
        return 0
    made = 0
    with turn(database, "months"):
        for table, by in BY_MONTH.items():
            with database.write() as connection:
                made += _extend(connection, table, by, month_of(now_ms), month_of(since_ms or now_ms))
    return made


def _extend(connection: Connection, table: str, by: str, now: Month, since: Month) -> int:
    have = {row[0] for row in run(connection, _HAVE, {"table": table})}
    month, made = max(OLDEST, min(since, now.after(-1))), 0
    while month <= now.after(AHEAD):
        if _name(table, month) not in have:
            _make(connection, table, by, month)
            made += 1
        month = month.after(1)
    while (found := _oldest_of_rest(connection, table, by, now.after(AHEAD + 1))) is not None:
        _make(connection, table, by, found)
        made += 1
    return made


def _oldest_of_rest(connection: Connection, table: str, by: str, end: Month) -> Month | None:
    """The month of the oldest row of the rest that lies between 2020 and what is made ahead."""
    key = run(
        connection,
        f"SELECT MIN({by}) FROM {table}_rest WHERE {by} >= {OLDEST.bound(by)} AND {by} < {end.bound(by)}"
        + ("" if by == "recv_at" else f" AND {by} ~ '^[0-9a-f]{{8}}-[0-9a-f]{{4}}-'"),
    ).scalar()
    if key is None:
        return None
    return month_of(int(key) if by == "recv_at" else int(key[:8] + key[9:13], 16))


def _name(table: str, month: Month) -> str:
    return f"{table}_{month.year:04d}_{month.number:02d}"


def _make(connection: Connection, table: str, by: str, month: Month) -> None:
    """A table beside, the rows of the rest that belong there, then a partition.

    The whole table is locked first: PostgreSQL lists the partitions of a statement before it waits for the lock of one
    of them, so that a statement that came in between would find the rows neither in the rest nor in their month.
    """
    name, low, high = _name(table, month), month.bound(by), month.after(1).bound(by)
    for sql in (
        f"SET LOCAL lock_timeout = {LOCK_MS_MAX}",
        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
        f"WITH moved AS (DELETE FROM {table}_rest WHERE {by} >= {low} AND {by} < {high} RETURNING *)"
        f" INSERT INTO {name} SELECT * FROM moved",
        f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({low}) TO ({high})",
    ):
        connection.exec_driver_sql(sql)


def rest(database: SqlDatabase) -> dict[str, int]:
    """Tables with rows of no month that the program makes, and how many."""
    if database.is_sqlite:
        return {}
    counts = {table: int(database.value(f"SELECT COUNT(*) FROM {table}_rest")) for table in BY_MONTH}
    return {table: count for table, count in counts.items() if count}
