"""What a store that tells a great deal may still tell (SC-15): shared by all processes, and kept over a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    text = sa.Text(collation=None if op.get_bind().dialect.name == "sqlite" else "C")
    op.create_table(
        "quota",
        sa.Column("node", text, nullable=False),
        sa.Column("bytes_left", INT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.PrimaryKeyConstraint("node", name="quota_pk"),
        sqlite_strict=True,
    )
