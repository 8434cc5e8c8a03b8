"""Which branches of a revoked device's log count, and up to where (SYNC §10)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    # A device that is in other hands: no log of it that turns up later counts.
    op.add_column("node_key", sa.Column("lost_at", INT, nullable=True))
    text = sa.Text(collation=None if op.get_bind().dialect.name == "sqlite" else "C")
    # `seq`: trusted up to here. `counted`: what the books follow, equal once they have been brought there.
    # `booked`: up to here events were booked when they were first seen, and later reversed where they do not count.
    op.create_table(
        "trusted_branch",
        sa.Column("node", text, nullable=False),
        sa.Column("inc", text, nullable=False),
        sa.Column("seq", INT, nullable=False),
        sa.Column("counted", INT, nullable=False),
        sa.Column("booked", INT, nullable=False),
        sa.Column("named_at", INT, nullable=False),
        sa.Column("named_by", text, nullable=False),
        sa.PrimaryKeyConstraint("node", "inc", name="trusted_branch_pk"),
        sqlite_strict=True,
    )
