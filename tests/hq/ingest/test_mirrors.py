"""A store's mirror that is not ready for a day rings at headquarters."""

from __future__ import annotations

import json

import pytest

from hq.fleet.queries import alarms
from hq.ingest import alarms as ringing
from hq.ingest import mirrors
from schemas.wire.up import Telemetry
from sync import calls

HOUR_MS = 3_600_000


def telemetry(**devices):
    return Telemetry(
        inc="a" * 32, app_version="1", engine_version="3", clock_ms=1, clock_offset_ms=0, unsent=0,
        unsent_oldest_at=None, disk_free_bytes=1, devices=devices, facts={},
    )  # fmt: skip


@pytest.fixture
def tell(centre):
    """What the store tells of its devices, after so many hours; answers the open alarms."""

    def told(hours, **devices):
        centre.hq.clock.advance(hours * HOUR_MS)
        with centre.hq.db.write() as connection:
            mirrors.note(connection, "001", "001", telemetry(**devices), centre.hq.clock.now_ms())
        return [(row.code, row.store, json.loads(row.facts)["state"]) for row in alarms(centre.hq.db)]

    return told


def test_a_telemetry_is_noted(centre, origin):
    said = calls.telemetry(origin.token, telemetry(mirror="full"))

    assert centre.transport().send(said).status == 204

    since = centre.hq.db.value("SELECT value FROM hq_meta WHERE name = 'mirror_since:001'")
    assert since == str(centre.hq.clock.now_ms())


def test_after_a_day_it_rings_and_ends_when_the_mirror_is_ready(tell):
    assert tell(0, mirror="ready") == []
    assert tell(48, mirror="missing") == []
    assert tell(24, mirror="full") == []
    assert tell(1, mirror="missing") == [("node.mirror", "001", "missing")]
    assert tell(1, mirror="ready") == []


def test_a_ready_moment_begins_the_day_anew_and_a_store_without_a_mirror_is_left_in_peace(tell):
    tell(0, mirror="missing")
    tell(23, mirror="ready")
    assert tell(1, mirror="missing") == []
    assert tell(24, mirror="missing") == []
    assert tell(1, mirror="missing") != []
    assert tell(1, printer="ready") == []
    assert tell(72, printer="no_paper") == []


def test_one_that_a_person_closed_comes_again_after_another_day(centre, tell):
    tell(0, mirror="missing")
    tell(25, mirror="missing")
    with centre.hq.db.write() as connection:
        assert ringing.close(connection, "node.mirror|001", by="u", note="a stick is on its way", now_ms=1)
    assert tell(1, mirror="missing") == []
    assert tell(24, mirror="missing") != []
