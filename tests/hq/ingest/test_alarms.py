"""An alarm is raised once until a person closes it; what happens again afterwards alarms again."""

from __future__ import annotations

from hq.ingest.alarms import alarm, close
from tests.builders.hq import House


def raise_it(house: House, at: int) -> None:
    """The same finding at some moment."""
    with house.db.write() as connection:
        alarm(connection, store="001", code="fork.found", subject="001/x", now_ms=at)


def test_a_closed_alarm_that_comes_again_is_open_again(house: House) -> None:
    raise_it(house, 1)
    raise_it(house, 2)
    assert house.db.rows("SELECT at, closed_at FROM alarm") == [(1, None)]

    with house.db.write() as connection:
        assert close(connection, "fork.found|001/x", by="u", note="disk retired", now_ms=3)
    raise_it(house, 4)

    assert house.db.rows("SELECT at, closed_at FROM alarm") == [(4, None)]
