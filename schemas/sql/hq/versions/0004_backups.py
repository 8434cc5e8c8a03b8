"""What was backed up, where the copies lie, and what each backup was seen to contain when it was read back."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def table(name: str, key: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"{name}_pk"), sqlite_strict=True)


def text(name: str, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def number(name: str) -> sa.Column[Any]:
    return sa.Column(name, INT, nullable=False)


def upgrade() -> None:
    # `base` is the full backup that an incremental one needs; `state` is verified, failed or gone.
    table(
        "backup", ("id",), text("id"), text("kind"), text("base", default=""), text("file"), text("state"),
        text("why", default=""), text("epoch"), number("taken_at"), number("finished_at"), number("file_bytes"),
        number("database_bytes"), text("sha256"), text("made_by"),
    )  # fmt: skip
    op.create_index("backup_taken", "backup", ["taken_at"])
    table(
        "backup_copy", ("backup", "target"), text("backup"), text("target"), text("state"), text("why", default=""),
        number("at"),
    )  # fmt: skip
    # Heads of the logs, read out of the backup itself during its drill: what `durable` is made of.
    table(
        "backup_head", ("backup", "node", "inc"), text("backup"), text("node"), text("inc"), number("seq"),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )  # fmt: skip
