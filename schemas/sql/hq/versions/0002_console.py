"""The back office: people and sessions, audit, chain settings, stores, staff, catalogue, prices, imports."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text
INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # what a strict table calls its 64 bits


def text(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=null, server_default=default)


def number(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, INT, nullable=null, server_default=default)


def table(name: str, key: tuple[str, ...], *columns: sa.schema.SchemaItem) -> None:
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"{name}_pk"), sqlite_strict=True)


def upgrade() -> None:
    table("hq_meta", ("name",), text("name"), text("value"))
    access()
    audit()
    chain()
    stores()
    people()
    catalogue()
    prices()
    imports()


def access() -> None:
    table(
        "hq_user", ("id",), text("id"), text("login"), text("name"), text("language"), text("password"),
        number("active"), number("all_stores"), number("created_at"), number("signed_in_at", null=True),
        sa.UniqueConstraint("login", name="hq_user_login"),
    )  # fmt: skip
    table("hq_user_role", ("user_id", "role"), text("user_id"), text("role"))
    table("hq_user_store", ("user_id", "store"), text("user_id"), text("store"))
    table(
        "hq_session", ("token_digest",), text("token_digest"), text("user_id"), number("created_at"),
        number("seen_at"), text("address"),
    )  # fmt: skip
    op.create_index("hq_session_user", "hq_session", ["user_id"])
    table(
        "hq_api_token", ("token_digest",), text("token_digest"), text("user_id"), text("label"),
        number("created_at"), number("revoked_at", null=True), number("used_at", null=True),
    )  # fmt: skip


def audit() -> None:
    table(
        "audit_entry", ("id",), text("id"), number("at"), text("actor"), text("actor_name"), text("verb"),
        text("subject"), text("facts"), text("trace"), text("address"),
    )  # fmt: skip
    op.create_index("audit_entry_at", "audit_entry", ["at", "id"])
    op.create_index("audit_entry_subject", "audit_entry", ["subject", "at"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{verb.lower()} BEFORE {verb} ON audit_entry"
                " BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry"
            " FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()"
        )


def chain() -> None:
    table("chain_setting", ("name",), text("name"), text("value"))
    table(
        "tax_code", ("code",), text("code"), text("name"), number("rate_ppm"), number("included"),
        number("position"),
    )  # fmt: skip
    table(
        "reason", ("list", "code"), text("list"), text("code"), text("name"), number("position"),
        number("active"),
    )  # fmt: skip
    table(
        "till_role", ("role",), text("role"), number("discount_limit_ppm"), text("allowed"), text("approval")
    )
    table(
        "quick_key", ("scope", "page", "position"), text("scope"), number("page"), number("position"),
        text("page_name"), text("sku"),
    )  # fmt: skip


def stores() -> None:
    table("zone", ("code",), text("code"), text("name"))
    table(
        "store", ("code",), text("code"), text("name"), text("address"), text("zone"), text("time_zone"),
        text("receipt_head"), text("receipt_foot"), number("open"), number("created_at"),
    )  # fmt: skip
    table(
        "terminal", ("store", "code"), text("store"), text("code"), text("name"), text("devices"),
        number("active"),
    )  # fmt: skip


def people() -> None:
    table(
        "staff", ("number",), text("number"), text("name"), text("role"), text("language"), number("active"),
        number("generation"), text("initial"), number("created_at"),
    )  # fmt: skip
    table("staff_store", ("number", "store"), text("number"), text("store"))


def catalogue() -> None:
    table("category", ("code",), text("code"), text("parent", null=True), text("name"), number("position"))
    table("brand", ("code",), text("code"), text("name"))
    table(
        "product", ("sku",), text("sku"), text("name_en"), text("name_zh_hans"), text("name_zh_hant"),
        text("brand"), text("spec"), text("unit"), number("weighed"), text("tax_code"), text("category"),
        number("active"), text("pinyin"), text("search"), number("created_at"), number("changed_at"),
        number("version"),
    )  # fmt: skip
    op.create_index("product_category", "product", ["category"])
    table("barcode", ("code", "sku"), text("code"), text("sku"), number("quantity"))
    op.create_index("barcode_sku", "barcode", ["sku"])
    table(
        "stock_opening", ("store", "sku"), text("store"), text("sku"), number("quantity"), text("event_id"),
        number("at"),
    )  # fmt: skip


def prices() -> None:
    table(
        "price", ("id",), text("id"), text("sku"), text("scope"), number("price_minor"), text("from_civil"),
        text("until_civil", null=True), number("made_at"), text("made_by"), text("made_by_name"),
        text("note"), number("cancelled_at", null=True), text("cancelled_by_name", null=True),
    )  # fmt: skip
    op.create_index("price_sku", "price", ["sku", "scope", "from_civil"])
    op.create_index("price_from", "price", ["from_civil"])


def imports() -> None:
    table(
        "import_run", ("id",), text("id"), text("kind"), text("file_name"), text("sha256"), text("encoding"),
        sa.Column("content", sa.LargeBinary, nullable=False), text("state"), number("rows_total"),
        number("rows_new"), number("rows_changed"), number("rows_same"), number("rows_bad"),
        text("problems"), number("made_at"), text("made_by"), text("made_by_name"),
        number("applied_at", null=True),
    )  # fmt: skip
    op.create_index("import_run_at", "import_run", ["made_at"])
