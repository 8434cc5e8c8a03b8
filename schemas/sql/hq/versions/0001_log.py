"""The replicated logs at HQ: who may speak, what they said, what was booked, what is published.

The store (or the node, which is named like its store) leads every key, so that rows can be split by store.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text
INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # what a strict table calls its 64 bits
BYTES = sa.LargeBinary
EXACT = 2**53 - 1  # beyond it a page that reads JSON would show another number


def text(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=null, server_default=default)


def number(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, INT, nullable=null, server_default=default)


def blob(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, BYTES, nullable=null)


def table(name: str, key: tuple[str, ...], *columns: sa.schema.SchemaItem, slim: bool = False) -> None:
    """`slim` keeps the rows in the key's tree on SQLite: right for small rows that arrive in key order."""
    constraint = sa.PrimaryKeyConstraint(*key, name=f"{name}_pk")
    op.create_table(name, *columns, constraint, sqlite_with_rowid=not slim, sqlite_strict=True)


def upgrade() -> None:
    nodes()
    log()
    applied()
    trouble()
    sales()
    money_and_stock()
    scopes()
    fleet()


def nodes() -> None:
    table("node", ("node",), text("node"), text("store"), text("state"), number("enrolled_at"))
    table(
        "node_key", ("node", "public_key"), text("node"), blob("public_key"), text("fingerprint"),
        number("enrolled_at"), number("revoked_at", null=True),
    )  # fmt: skip
    table(
        "enrolment_code", ("code_digest",), text("code_digest"), text("store"), number("made_at"),
        text("made_by"),
        number("expires_at"), text("expected_fingerprint", null=True), blob("public_key", null=True),
        text("fingerprint", null=True), text("state"), number("asked_at", null=True),
        number("confirmed_at", null=True), text("confirmed_by", null=True), text("hint", default=""),
    )  # fmt: skip
    op.create_index("enrolment_code_store", "enrolment_code", ["store", "made_at"])
    table("device_nonce", ("nonce",), blob("nonce"), text("node"), number("expires_at"))
    table(
        "device_session", ("token_digest",), text("token_digest"), text("node"), text("store"),
        blob("public_key"),
        number("expires_at"),
    )  # fmt: skip


def log() -> None:
    table(
        "inc", ("node", "inc"), text("node"), text("inc"), number("ordinal"), text("parent_inc", null=True),
        number("parent_seq", null=True), blob("parent_hash", null=True), blob("public_key"), blob("record"),
        blob("signature"), number("first_seen_at"), number("closed", default="0"),
    )  # fmt: skip
    # The row that a push locks: HQ's head of one incarnation.
    table("origin", ("node", "inc"), text("node"), text("inc"), number("seq"), blob("hash"), number("at"))
    table(
        "link", ("node", "inc", "seq"), text("node"), text("inc"), number("seq"), blob("prev"), blob("bh"),
        blob("hash"), slim=True,
    )  # fmt: skip
    table(
        "body", ("node", "inc", "seq"), text("node"), text("inc"), number("seq"), number("recv_at"),
        blob("body"),
    )  # fmt: skip
    table(
        "head_signature", ("node", "inc", "seq"), text("node"), text("inc"), number("seq"), blob("hash"),
        blob("signature"), number("at"),
    )  # fmt: skip
    table(
        "receipt", ("node", "inc"), text("node"), text("inc"), number("seq"), text("epoch"), number("at"),
        blob("receipt"), blob("signature"),
    )  # fmt: skip
    table(
        "durable", ("node", "inc"), text("node"), text("inc"), number("seq"), blob("hash"), text("epoch"),
        number("read_at"),
    )  # fmt: skip


def applied() -> None:
    table("applied", ("node", "inc"), text("node"), text("inc"), number("seq"), number("at"))
    table("event_seen", ("id",), text("id"), blob("bh"), text("node"), text("inc"), number("seq"), slim=True)
    table(
        "posting", ("store", "id", "n"), text("store"), text("id"), number("n"), text("account"),
        text("commodity"), number("quantity"), slim=True,
    )  # fmt: skip
    # The ledger of a product in a store; money has no ledger page, so its postings cost no place in it.
    goods = sa.text("commodity >= 'sku:' AND commodity < 'sku;'")
    op.create_index(
        "posting_goods", "posting", ["store", "account", "commodity", "id", "quantity"], sqlite_where=goods,
        postgresql_where=goods,
    )  # fmt: skip
    table(
        "balance", ("store", "account", "commodity"), text("store"), text("account"), text("commodity"),
        number("quantity"), sa.CheckConstraint(f"quantity BETWEEN -{EXACT} AND {EXACT}", name="balance_exact"),
        slim=True,
    )  # fmt: skip


def trouble() -> None:
    table(
        "parked", ("node", "inc", "seq"), text("node"), text("inc"), number("seq"), text("id", null=True),
        text("type"), text("state"), text("reason"), text("detail"), number("booked"),
        number("handler_version"),
        number("at"), number("settled_at", null=True), text("settled_by", null=True),
        text("note", default=""),
    )  # fmt: skip
    op.create_index("parked_state", "parked", ["state", "at"])
    table(
        "parked_key", ("agg", "node", "inc", "seq"), text("agg"), text("node"), text("inc"),
        number("seq"),
    )  # fmt: skip
    table(
        "fork", ("node", "inc"), text("node"), text("inc"), number("seq"), number("found_at"),
        number("closed_at", null=True), text("closed_by", null=True), text("note", default=""),
    )  # fmt: skip
    table(
        "fork_evidence", ("node", "inc", "seq", "hash"), text("node"), text("inc"), number("seq"),
        blob("hash"),
        blob("prev"), blob("bh"), blob("body"), number("at"),
    )  # fmt: skip
    table(
        "hole", ("node", "inc", "from_seq"), text("node"), text("inc"), number("from_seq"),
        number("to_seq"),
        number("found_at"), number("closed_at", null=True), text("closed_by", null=True),
        text("note", default=""),
    )  # fmt: skip
    table(
        "alarm", ("id",), text("id"), text("store"), text("code"), text("subject"), text("facts"),
        number("at"),
        number("closed_at", null=True), text("closed_by", null=True), text("note", default=""),
    )  # fmt: skip
    op.create_index("alarm_open", "alarm", ["closed_at", "at"])


def sales() -> None:
    """Projections of events. `kind` is "sale" or "return"; amounts are positive."""
    table(
        "sale", ("store", "id"), text("store"), text("id"), text("node"), text("inc"), number("seq"),
        blob("bh"),
        text("kind"), text("number"), text("terminal"), text("series"), number("n"), number("at"),
        text("day"),
        text("shift", null=True), text("staff"), text("approved_by", null=True), text("currency"),
        number("pieces"), number("gross_minor"), number("discount_minor"), number("total_minor"),
        number("tax_minor"), number("rounding_minor"), number("payable_minor"), number("change_minor"),
        text("taxes"), text("original", null=True), text("original_number", null=True), text("reason"),
        number("recv_at"),
    )  # fmt: skip
    op.create_index("sale_day", "sale", ["store", "day", "at"])
    op.create_index("sale_number", "sale", ["store", "number"])
    table(
        "sale_line", ("store", "id", "line"), text("store"), text("id"), number("line"), text("sku"),
        text("code"),
        text("name"), number("quantity"), text("unit"), number("unit_price_minor"), number("gross_minor"),
        number("discount_minor"), number("total_minor"), text("tax_code"), number("tax_minor"),
        text("price_ref"),
        number("original_line", null=True), slim=True,
    )  # fmt: skip
    table(
        "sale_tender", ("store", "id", "n"), text("store"), text("id"), number("n"), text("kind"),
        number("amount_minor"), number("given_minor"), number("change_minor"), text("approval", null=True),
        slim=True,
    )  # fmt: skip
    # A return and the sale it refers to, wherever that sale is: refunded > sold is derived from here.
    table(
        "sale_return", ("store", "id"), text("store"), text("id"), text("original"),
        text("original_number"),
    )  # fmt: skip
    op.create_index("sale_return_original", "sale_return", ["store", "original"])


def money_and_stock() -> None:
    table(
        "shift", ("store", "id"), text("store"), text("id"), text("terminal"), text("day"), text("state"),
        text("currency"), number("float_minor"), number("opened_at", null=True), text("opened_by"),
        number("closed_at", null=True), text("closed_by"), number("expected_minor", null=True),
        number("counted_minor", null=True), number("difference_minor", null=True),
        number("z_number", null=True),
        text("report"),
    )  # fmt: skip
    op.create_index("shift_day", "shift", ["store", "day"])
    table(
        "cash_move", ("store", "id"), text("store"), text("id"), text("shift", null=True), text("terminal"),
        number("at"), text("day", null=True), text("staff"), text("kind"), number("amount_minor"),
        text("reason"),
        text("note"),
    )  # fmt: skip
    table(
        "stock_document", ("store", "id"), text("store"), text("id"), text("kind"), number("at"),
        text("day", null=True), text("staff"), text("reference"), text("reason"), text("lines"),
        text("note"),
    )  # fmt: skip
    table(
        "till_note", ("store", "id"), text("store"), text("id"), text("kind"), number("at"),
        text("day", null=True), text("staff"), text("terminal"), text("subject"), text("facts"),
    )  # fmt: skip
    op.create_index("till_note_at", "till_note", ["store", "kind", "at"])


def scopes() -> None:
    table("scope", ("scope",), text("scope"), number("version"), blob("digest"), number("changed_at"))
    table(
        "scope_version", ("scope", "version"), text("scope"), number("version"), blob("digest"),
        number("at"),
    )  # fmt: skip
    table(
        "scope_change", ("scope", "version", "kind", "key"), text("scope"), number("version"), text("kind"),
        text("key"), blob("bytes", null=True),
    )  # fmt: skip
    table(
        "scope_row", ("scope", "kind", "key"), text("scope"), text("kind"), text("key"), blob("hash"),
        blob("bytes"),
    )  # fmt: skip
    table(
        "snapshot", ("scope", "version", "digest"), text("scope"), number("version"), blob("digest"),
        text("epoch"),
        number("rows"), blob("sha256"), blob("content"), number("made_at"), number("served_at"),
    )  # fmt: skip
    table("subscription", ("node", "scope"), text("node"), text("scope"), number("since"))
    op.create_index("subscription_scope", "subscription", ["scope"])
    table(
        "scope_cursor", ("node", "scope"), text("node"), text("scope"), text("epoch"), number("version"),
        blob("digest"), number("at"),
    )  # fmt: skip


def fleet() -> None:
    table(
        "contact", ("node",), text("node"), text("inc"), text("app_version"), number("hello_at"),
        number("clock_ms"), number("offset_ms"), number("push_at", null=True),
    )  # fmt: skip
    table("telemetry", ("node", "inc"), text("node"), text("inc"), number("at"), text("facts"))
