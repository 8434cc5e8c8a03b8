"""A second factor for people of the console: a secret shared with their phone, and codes for the day it is lost."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def table(name: str, key: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"{name}_pk"), sqlite_strict=True)


def text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)


def number(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, INT, nullable=null, server_default=default)


def upgrade() -> None:
    # `secret` is wrapped with HQ's own key; `last_step` is the newest 30 seconds whose code was used.
    table(
        "hq_factor", ("user_id",), text("user_id"), sa.Column("secret", sa.LargeBinary, nullable=False),
        number("made_at"), number("confirmed_at", null=True), number("last_step", default="0"),
        number("failures", default="0"), number("failed_at", default="0"),
    )  # fmt: skip
    table(
        "hq_recovery_code",
        ("user_id", "digest"),
        text("user_id"),
        text("digest"),
        number("used_at", null=True),
    )
    # A session whose password was right and whose code is still owed is nobody's.
    op.add_column("hq_session", number("owes_code", default="0"))
