"""What a device tells of itself is kept once, and only of an incarnation that a greeting has proven (SC-15)."""

from __future__ import annotations

import dataclasses

from proof.sim.origin import an_origin
from schemas.wire.up import Telemetry
from sync import calls


def tell(origin, unsent=0):
    said = Telemetry(
        inc=origin.inc, app_version="1", engine_version="3", clock_ms=1, clock_offset_ms=0, unsent=unsent,
        unsent_oldest_at=None, disk_free_bytes=1, devices={"mirror": "full"}, facts={},
    )  # fmt: skip
    assert origin.centre.transport().send(calls.telemetry(origin.token, said)).status == 204


def kept(centre):
    return [tuple(row) for row in centre.hq.db.rows("SELECT node, inc FROM telemetry ORDER BY node, inc")]


def test_the_newest_of_each_device_is_kept(centre, origin):
    other, successor = an_origin(centre, "002", "b" * 32), an_origin(centre, "001", "c" * 32)
    again = dataclasses.replace(origin, inc="d" * 32)
    again.hello()

    for device in (origin, other, successor, again):
        tell(device)
        tell(device)

    assert kept(centre) == [("001", "c" * 32), ("001", "d" * 32), ("002", "b" * 32)]


def test_an_incarnation_that_nobody_has_met_is_told_of_in_vain(centre, origin):
    """SC-15. A device gone mad invents one after the other."""
    for n in range(5):
        tell(dataclasses.replace(origin, inc=f"{n:032x}"))

    assert kept(centre) == []
    assert centre.hq.db.rows("SELECT 1 FROM hq_meta WHERE name LIKE 'mirror_since:%'") == []
