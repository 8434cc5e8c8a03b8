"""History by month on PostgreSQL: partitions come by themselves, rows find their month, a mad clock's are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hq import months
from hq.doctor import examine
from hq.headquarters import Headquarters
from hq.months import Month, extend, month_of, rest
from kit.clock import ManualClock
from kit.sql import SqlDatabase, run
from retail.errors import DatabaseBusy
from retail.ids import uuid7
from tests.builders.hq import a_house
from tests.builders.postgres import in_the_middle

JULY = Month(2026, 7).start_ms


@pytest.fixture
def hq(postgres_database: str, tmp_path: Path) -> Iterator[Headquarters]:
    made = Headquarters.open(tmp_path / "hq", clock=ManualClock(JULY + 86_400_000), url=postgres_database)
    yield made
    made.close()


def post(database: SqlDatabase, ms: int, n: int = 0) -> None:
    """A posting of an event of this moment."""
    with database.write() as connection:
        run(
            connection,
            "INSERT INTO posting (store, id, n, account, commodity, quantity) VALUES ('001', :id, :n, 'a', 'HKD', 1)",
            {"id": uuid7(ms, bytes(10)), "n": n},
        )


def where(database: SqlDatabase) -> dict[str, int]:
    """Partition → rows of postings in it."""
    rows = database.rows("SELECT tableoid::regclass::text, COUNT(*) FROM posting GROUP BY 1")
    return {row[0]: int(row[1]) for row in rows}


@pytest.mark.postgres
def test_the_months_around_now_are_there_at_the_start_and_rows_go_into_theirs(hq: Headquarters) -> None:
    for ms in (JULY - 1, JULY, Month(2026, 8).start_ms - 1, Month(2026, 10).start_ms):
        post(hq.db, ms)

    assert where(hq.db) == {"posting_2026_06": 1, "posting_2026_07": 2, "posting_2026_10": 1}
    assert extend(hq.db, hq.clock.now_ms()) == 0


@pytest.mark.postgres
def test_the_next_month_is_made_before_it_comes(hq: Headquarters) -> None:
    assert extend(hq.db, Month(2026, 8).start_ms) == len(months.BY_MONTH)
    post(hq.db, Month(2026, 11).start_ms)

    assert where(hq.db) == {"posting_2026_11": 1}


@pytest.mark.postgres
def test_a_store_that_was_long_without_a_line_finds_its_month_and_a_mad_clock_is_named(
    hq: Headquarters,
) -> None:
    post(hq.db, Month(2025, 2).start_ms)
    post(hq.db, Month(2031, 1).start_ms)
    assert rest(hq.db) == {"posting": 2}

    assert extend(hq.db, hq.clock.now_ms()) == 1

    assert where(hq.db) == {"posting_2025_02": 1, "posting_rest": 1}
    check = next(check for check in examine(hq) if check.id == "database.months")
    assert (check.state, check.seen) == ("warn", "posting 1")


@pytest.mark.postgres
def test_who_reads_while_rows_move_into_their_months_misses_none(hq: Headquarters) -> None:
    """PostgreSQL lists the partitions of a statement before it waits for the lock of one, and sees what is there after."""
    for month in (2, 3):
        post(hq.db, Month(2025, month).start_ms)
    reader = SqlDatabase(hq.db.address)

    made, seen = in_the_middle(
        hq.db, "CREATE TABLE posting_2025_03", lambda: extend(hq.db, hq.clock.now_ms()), lambda: where(reader)
    )

    assert (made, sum(seen.values())) == (2, 2)
    reader.close()


@pytest.mark.postgres
def test_a_backup_that_reads_for_hours_is_not_waited_for(
    hq: Headquarters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody else would wait behind who waits for it: the months come later, rows find a place meanwhile."""
    monkeypatch.setattr(months, "LOCK_MS_MAX", 20)
    post(hq.db, Month(2025, 2).start_ms)
    url = sa.make_url(hq.db.address).update_query_dict({"options": "-c statement_timeout=5s"})
    impatient = SqlDatabase(url.render_as_string(hide_password=False))

    with hq.db.snapshot() as backup:
        run(backup, "SELECT count(*) FROM posting")
        with pytest.raises(DatabaseBusy):
            extend(impatient, hq.clock.now_ms())
        Headquarters.open(hq.home, clock=hq.clock, url=impatient.address).close()
    assert extend(impatient, hq.clock.now_ms()) == 1
    impatient.close()


@pytest.mark.postgres
def test_texts_sort_by_their_bytes_in_every_table(hq: Headquarters) -> None:
    other = hq.db.rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'alembic_version'"
    )
    assert other == []


def test_months_go_over_the_year_and_bound_the_ids_of_their_moments() -> None:
    assert Month(2026, 11).after(2) == Month(2027, 1)
    assert Month(2026, 1).after(-1) == Month(2025, 12)
    assert month_of(Month(2026, 2).start_ms - 1) == Month(2026, 1)
    first, last = uuid7(JULY, bytes(10)), uuid7(JULY - 1, b"\xff" * 10)
    assert last < Month(2026, 7).bound("id").strip("'") <= first


def test_sqlite_has_none_of_it(tmp_path: Path) -> None:
    house = a_house(tmp_path / "house")

    assert extend(house.hq.db, JULY) == 0
    assert rest(house.hq.db) == {}
    house.hq.close()
