"""Which incarnations carry receipts of a series: two of them may have printed the same number."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    text = sa.Text(collation=None if op.get_bind().dialect.name == "sqlite" else "C")
    op.create_table(
        "series_carried",
        sa.Column("store", text, nullable=False),
        sa.Column("series", text, nullable=False),
        sa.Column("inc", text, nullable=False),
        sa.PrimaryKeyConstraint("store", "series", "inc", name="series_carried_pk"),
        sqlite_strict=True,
    )
    op.execute(  # a longer one is no till's, and no index of PostgreSQL holds it
        "INSERT INTO series_carried (store, series, inc) SELECT DISTINCT store, series, inc FROM sale"
        " WHERE length(series) <= 200"
    )
