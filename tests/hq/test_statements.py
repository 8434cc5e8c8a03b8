"""Setting columns and replacing a set."""

from __future__ import annotations

from hq.statements import replace_set, set_columns
from tests.builders.hq import House


def test_one_row_is_changed_and_no_other(house: House) -> None:
    with house.db.write() as connection:
        changed = set_columns(connection, "store", ("code", "001"), {"time_zone": "UTC", "open": 0})
        nobody = set_columns(connection, "store", ("code", "' OR 1=1 --"), {"open": 0})

    rows = house.db.rows("SELECT code, time_zone, open FROM store ORDER BY code")
    assert (changed, nobody) == (1, 0)
    assert [tuple(row) for row in rows] == [("001", "UTC", 0), ("002", "Asia/Hong_Kong", 1)]


def test_a_set_is_replaced_for_its_owner_only(house: House) -> None:
    with house.db.write() as connection:
        replace_set(connection, "staff_store", ("number", "1"), "store", ["001", "002", "001"])
        replace_set(connection, "staff_store", ("number", "2"), "store", ["002"])
        replace_set(connection, "staff_store", ("number", "1"), "store", ["002"])
        replace_set(connection, "staff_store", ("number", "2"), "store", [])

    assert [tuple(row) for row in house.db.rows("SELECT number, store FROM staff_store")] == [("1", "002")]
