"""The reference rows of a store and its terminals."""

from __future__ import annotations

import msgspec

from hq.stores import repository
from kit.sql import Connection
from schemas.rows.registry import encode
from schemas.rows.stores import StoreRow, TerminalRow


def store_row(connection: Connection, _scope: str, key: str) -> bytes | None:
    """The store itself."""
    found = repository.store(connection, key)
    if found is None:
        return None
    return encode(
        StoreRow(
            code=found.code, name=msgspec.json.decode(found.name),
            address=msgspec.json.decode(found.address), zone=found.zone, time_zone=found.time_zone,
            receipt_head=msgspec.json.decode(found.receipt_head),
            receipt_foot=msgspec.json.decode(found.receipt_foot), open=bool(found.open),
        )
    )  # fmt: skip


def terminal_row(connection: Connection, scope: str, key: str) -> bytes | None:
    """One terminal of the scope's store."""
    found = repository.terminal(connection, scope.removeprefix("store:"), key)
    if found is None:
        return None
    return encode(
        TerminalRow(
            code=found.code,
            name=found.name,
            devices=msgspec.json.decode(found.devices),
            active=bool(found.active),
        )
    )


BUILDERS = {"store": store_row, "terminal": terminal_row}
