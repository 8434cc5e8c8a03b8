"""Setting columns, replacing a set, and sums."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hq.statements import replace_set, set_columns, sum_of
from kit.sql import SqlDatabase, run, run_many
from schemas.events.base import INTEGER_MAX
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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest) -> Iterator[SqlDatabase]:
    """A database of each engine."""
    sqlite = request.param == "sqlite"
    made = SqlDatabase("sqlite://" if sqlite else request.getfixturevalue("postgres_database"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("values", "total"),
    [
        ([], None),
        ([0], 0),
        ([1999, -250, -1], 1748),
        ([-1, -1, -(2**32), 1 - 2**32], -(2**33) - 1),
        ([INTEGER_MAX - 5, 3], INTEGER_MAX - 2),
        ([INTEGER_MAX, 1], INTEGER_MAX),
        ([-INTEGER_MAX, -1], -INTEGER_MAX),
        ([INTEGER_MAX, -INTEGER_MAX] * 600 + [7], 7),
        ([INTEGER_MAX] * 1200 + [-INTEGER_MAX] * 1199, INTEGER_MAX),
        ([INTEGER_MAX] * 1030, INTEGER_MAX),
        ([-INTEGER_MAX] * 1030, -INTEGER_MAX),
        ([2**63 - 1] * 9, INTEGER_MAX),
        ([-(2**63)] * 9, -INTEGER_MAX),
    ],
)
def test_a_sum_is_exact_or_the_largest_that_is_shown_on_either_engine(
    either: SqlDatabase, values: list[int], total: int | None
) -> None:
    with either.write() as connection:
        run(connection, "CREATE TABLE told (amount BIGINT)")
        run_many(connection, "INSERT INTO told VALUES (:amount)", [{"amount": value} for value in values])

    assert either.value(f"SELECT {sum_of('amount')} FROM told") == total
