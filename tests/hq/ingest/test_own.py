"""HQ's own log on PostgreSQL: two workers may say the first words of an epoch at once."""

from __future__ import annotations

import pytest

from hq.ingest import epoch, own
from proof.sim.parties import Centre
from schemas.events.node import Amended
from tests.builders.postgres import in_the_middle


@pytest.mark.postgres
def test_the_first_words_of_an_epoch_come_from_two_workers_at_once(centre_on_postgres: Centre) -> None:
    hq = centre_on_postgres.hq

    def say() -> str:
        with hq.db.write() as connection:
            return own.record(hq, connection, Amended(event="x", reason="known"), staff="admin")

    say()
    with hq.db.write() as connection:
        epoch.raised(hq, connection, why="receipts", subject="001")

    said = in_the_middle(hq.db, "INSERT INTO inc ", say, say)

    rows = hq.db.rows("SELECT seq FROM link WHERE node = 'hq' AND inc = :inc", {"inc": hq.epoch})
    assert (len(set(said)), sorted(row[0] for row in rows)) == (2, [1, 2])
