"""A session belongs to a key that nobody has revoked, whenever that was said."""

from __future__ import annotations

import threading

import pytest

from hq.enrolment import actions as enrolment
from hq.ingest import sessions
from kit.sql import run
from proof.sim.origin import an_origin


def sessions_of(origin):
    return origin.centre.hq.db.value(
        "SELECT count(*) FROM device_session WHERE public_key = :key", {"key": origin.key.public}
    )


@pytest.mark.postgres
def test_a_device_that_is_revoked_while_its_session_opens_has_none(centre_on_postgres, monkeypatch):
    """The log-in has looked whether the key is revoked, and the person says so before it is done."""
    centre, real = centre_on_postgres, sessions._store_of_key
    stolen = an_origin(centre)
    revoke = threading.Thread(
        target=lambda: enrolment.revoke(centre.context, node="001", public_key=stolen.key.public, lost=True)
    )

    def looked(*said):
        found = real(*said)
        revoke.start()
        revoke.join(1)  # it waits for the log-in, or is done before it
        return found

    monkeypatch.setattr(sessions, "_store_of_key", looked)
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
