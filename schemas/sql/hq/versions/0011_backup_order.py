"""The order in which backups were taken: a clock that is wrong for a day does not make the newest the oldest."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("backup", sa.Column("ordinal", INT, nullable=False, server_default="0"))
    op.execute(
        "UPDATE backup SET ordinal = (SELECT count(*) FROM backup b WHERE b.taken_at < backup.taken_at"
        " OR (b.taken_at = backup.taken_at AND b.id <= backup.id))"
    )
    op.drop_index("backup_taken", "backup")
    op.create_index("backup_ordinal", "backup", ["ordinal"])
