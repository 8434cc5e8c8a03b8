"""The documents that an open event holds up are found by its place, too: who settles it reads no others."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index("parked_key_place", "parked_key", ["node", "inc", "seq"])
