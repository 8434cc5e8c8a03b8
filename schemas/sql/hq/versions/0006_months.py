"""PostgreSQL only: texts compare by their bytes, as on SQLite, and history is partitioned by month.

By month of the event's id, which is a UUIDv7 and begins with its time; bodies by the time they came. So every key
stays as it is, with the store in front, but for `body`, whose key takes the time in; `link` keeps it unique.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BY_MONTH = {
    "body": "recv_at", "posting": "id", "sale": "id", "sale_line": "id", "sale_tender": "id", "cash_move": "id",
    "stock_document": "id", "till_note": "id",
}  # fmt: skip
TEXTS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    " AND data_type = 'text' AND table_name <> 'alembic_version'"
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        compare_by_bytes()
        for table, by in BY_MONTH.items():
            partition(table, by)


def compare_by_bytes() -> None:
    columns: dict[str, list[str]] = {}
    for table, column in op.get_bind().execute(sa.text(TEXTS)):
        columns.setdefault(table, []).append(column)
    for table, names in columns.items():
        op.execute(
            f"ALTER TABLE {table} " + ", ".join(f'ALTER "{name}" TYPE text COLLATE "C"' for name in names)
        )


def partition(table: str, by: str) -> None:
    """The rows begin in the partition for the rest; the program moves them into their months when it starts."""
    inspector = sa.inspect(op.get_bind())
    key = inspector.get_pk_constraint(table)["constrained_columns"]
    found = op.get_bind().execute(
        sa.text(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = :table"
            " AND indexname <> :key"
        ),
        {"table": table, "key": f"{table}_pk"},
    )
    indexes = [row[0] for row in found]
    op.rename_table(table, f"{table}_before")
    op.execute(
        f"CREATE TABLE {table} (LIKE {table}_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        f" PARTITION BY RANGE ({by})"
    )
    op.execute(f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT")
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")
    op.drop_table(f"{table}_before")
    columns = ", ".join(key if by in key else [*key, by])
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_pk PRIMARY KEY ({columns})")
    for index in indexes:
        op.execute(index)
