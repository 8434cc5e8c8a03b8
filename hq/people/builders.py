"""The reference row of a member of staff in each store where they work."""

from __future__ import annotations

from hq.people import repository
from kit.sql import Connection
from schemas.rows.registry import encode
from schemas.rows.stores import StaffRow


def staff_row(connection: Connection, scope: str, key: str) -> bytes | None:
    """Gone from a store's scope when the person works there no longer; dismissed people stay as inactive."""
    found = repository.staff(connection, key)
    if found is None or not repository.works_in(connection, key, scope.removeprefix("store:")):
        return None
    return encode(
        StaffRow(
            number=found.number, name=found.name, role=found.role, language=found.language,
            active=bool(found.active), generation=found.generation, initial=found.initial,
        )
    )  # fmt: skip


BUILDERS = {"staff": staff_row}
