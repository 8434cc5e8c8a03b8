"""Sales of impossible days that need no alarm any more: a corrected clock explains them, or a person was told."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    text = sa.Text(collation=None if op.get_bind().dialect.name == "sqlite" else "C")
    op.create_table(
        "sale_looked_at",
        sa.Column("store", text, nullable=False),
        sa.Column("id", text, nullable=False),
        sa.PrimaryKeyConstraint("store", "id", name="sale_looked_at_pk"),
        sqlite_strict=True,
    )
