"""Tries at the doors of HQ (sign-in, codes), counted for all processes; the key is a digest of name or address."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    text = sa.Text(collation=None if op.get_bind().dialect.name == "sqlite" else "C")
    op.create_table(
        "tries",
        sa.Column("key", text, nullable=False),
        sa.Column("n", INT, nullable=False),
        sa.Column("until", INT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="tries_pk"),
        sqlite_strict=True,
    )
