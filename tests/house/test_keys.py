"""The store, or the node that is named like it, leads every key of what grows with the stores: rows can be split by it."""

from __future__ import annotations

import sqlalchemy as sa

from kit.sql import SqlDatabase, migrate

LEADS = {"store", "node"}
# What the chain decides; it grows with the catalogue and the people, and every shard may hold a copy.
CHAIN_WIDE = {
    "backup", "backup_copy", "backup_head", "barcode", "brand", "category", "chain_setting", "hq_api_token", "hq_factor",
    "hq_meta", "hq_recovery_code", "hq_session", "hq_user", "hq_user_role", "hq_user_store", "import_run", "price",
    "product", "reason", "staff", "staff_store", "tax_code", "till_role", "tries", "zone", "api_answer",
}  # fmt: skip
# Published rows are split by their scope, which is a store's, a zone's or the chain's.
BY_SCOPE = {"quick_key", "scope", "scope_change", "scope_row", "scope_version", "snapshot"}
# Small, or found by a secret or an id alone; SYNC §5 wants one place for the ids that were ever seen.
BY_ID = {
    "alarm", "audit_entry", "device_nonce", "device_session", "enrolment_code", "event_seen", "parked_key",
}  # fmt: skip


def wrong(keys: dict[str, list[str]]) -> list[str]:
    """Tables whose key begins with no store and that are on no list."""
    listed = CHAIN_WIDE | BY_SCOPE | BY_ID
    loose = {
        table
        for table, key in keys.items()
        if table not in listed and table != "store" and key[0] not in LEADS
    }
    loose |= {table for table in BY_SCOPE & keys.keys() if keys[table][0] != "scope"}
    return sorted(loose)


def test_the_store_leads_every_key_but_those_of_the_lists() -> None:
    database = SqlDatabase("sqlite://")
    migrate(database)
    inspector = sa.inspect(database.engine)
    keys = {table: inspector.get_pk_constraint(table)["constrained_columns"] for table in database.tables()}
    database.close()

    assert wrong(keys) == []
    assert (CHAIN_WIDE | BY_SCOPE | BY_ID) - keys.keys() == set()


def test_a_table_of_history_with_another_key_is_named() -> None:
    assert wrong({"sale": ["store", "id"], "visit": ["id"], "scope": ["version"]}) == ["scope", "visit"]
