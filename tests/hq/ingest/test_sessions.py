"""A session belongs to a key that nobody has revoked, whenever that was said."""

from __future__ import annotations

import pytest

from hq.ingest import sessions
from kit.sql import run
from proof.sim.origin import an_origin
from tests.builders.postgres import revoked_after


def sessions_of(origin):
    return origin.centre.hq.db.value(
        "SELECT count(*) FROM device_session WHERE public_key = :key", {"key": origin.key.public}
    )


@pytest.mark.postgres
def test_a_device_that_is_revoked_while_its_session_opens_has_none(centre_on_postgres, monkeypatch):
    """The log-in has looked whether the key is revoked, and the person says so before it is done."""
    stolen = an_origin(centre_on_postgres)
    revoke = revoked_after(monkeypatch, sessions, "_store_of_key", stolen)

    stolen.connect()
    revoke.join()

    assert sessions_of(stolen) == 0
    assert stolen.hello_raw().status == 401


def test_a_session_that_outlives_its_key_is_nobody_s(centre, origin):
    """However it came to be there."""
    assert origin.hello_raw().status == 200
    with centre.hq.db.write() as connection:
        run(
            connection,
            "UPDATE node_key SET revoked_at = 1 WHERE public_key = :key",
            {"key": origin.key.public},
        )

    assert sessions_of(origin) == 1
    assert origin.hello_raw().status == 401
