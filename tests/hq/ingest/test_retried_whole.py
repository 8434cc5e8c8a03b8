"""PostgreSQL ends a transaction in its middle (HS-04): nothing of it is kept, and it is done again whole (S6)."""

from __future__ import annotations

import pytest

from kit.sql import SqlDatabase
from proof.sim.origin import Origin, an_event, an_origin
from proof.sim.parties import Centre
from retail.errors import DatabaseBusy

pytestmark = pytest.mark.postgres
ENDS = ("deadlock_detected", "serialization_failure", "lock_not_available")


@pytest.fixture
def centre(centre_on_postgres: Centre) -> Centre:
    return centre_on_postgres


@pytest.fixture
def origin(centre: Centre) -> Origin:
    """Store 001 with three events to send, each moving goods."""
    made = an_origin(centre)
    made.add(
        *(
            an_event(n, post=[("stock:001:on_hand", "sku:A", -1), ("stock:001:transit", "sku:A", 1)])
            for n in range(3)
        )
    )
    return made


def ends_once(database: SqlDatabase, table: str, how: str) -> None:
    """The server ends the first transaction that writes a second row of this table; only the first one."""
    with database.write() as connection:
        for sql in (
            "CREATE SEQUENCE written",
            "CREATE FUNCTION ends_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('written') = 2 THEN"
            f" RAISE EXCEPTION USING ERRCODE = '{how}'; END IF; RETURN NEW; END $$",
            f"CREATE TRIGGER ends_once BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION ends_once()",
        ):
            connection.exec_driver_sql(sql)


def count(centre: Centre, table: str) -> int:
    return int(centre.hq.db.value(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize("how", ENDS)
def test_a_push_that_the_server_ended_is_refused_for_now_and_taken_whole_the_next_time(
    centre: Centre, origin: Origin, how: str
) -> None:
    ends_once(centre.hq.db, "body", how)

    refused = origin.push_raw(origin.batch(1, 3))
    kept = {table: count(centre, table) for table in ("link", "body", "head_signature")}

    assert refused.status == 503
    assert kept == {"link": 0, "body": 0, "head_signature": 0}
    assert origin.push(1, 3).seq == 3  # type: ignore[union-attr]
    assert (count(centre, "link"), count(centre, "body")) == (3, 3)


@pytest.mark.parametrize("how", ENDS)
def test_a_batch_of_stage_2_is_booked_once_and_nothing_is_parked_for_it(
    centre: Centre, origin: Origin, how: str
) -> None:
    origin.push(1, 3)
    ends_once(centre.hq.db, "posting", how)

    with pytest.raises(DatabaseBusy):
        centre.projector.run_once()
    assert (count(centre, "posting"), count(centre, "event_seen")) == (0, 0)

    assert centre.projector.drain() == 3
    assert (count(centre, "posting"), count(centre, "alarm"), count(centre, "parked")) == (6, 0, 0)


def test_a_server_that_went_away_is_a_busy_one(centre: Centre, origin: Origin) -> None:
    """Its restart ends every session: the request under way is refused for now, the next one finds the new server."""
    centre.hq.db.value("SELECT 1")
    with pytest.raises(DatabaseBusy), centre.hq.db.write() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    assert origin.push(1, 3).seq == 3  # type: ignore[union-attr]


def test_nobody_answers_at_the_address_at_all() -> None:
    nowhere = SqlDatabase("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseBusy):
        nowhere.value("SELECT 1")
    nowhere.close()
