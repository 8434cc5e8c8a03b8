"""A store's mirror that was not ready for a day: its newest sales lie on one disk only, and nobody there has noticed.

Each telemetry says how the mirror is. From the first one that does not say `ready`, HQ's own time counts; one that
does, or a store that has no mirror any more, ends both the counting and the alarm. One that a person has closed
meanwhile comes again after another day.
"""

from __future__ import annotations

from hq.ingest import alarms
from kit.sql import Connection, run
from schemas.wire.up import Telemetry

CODE = "node.mirror"
FINE = frozenset({"", "ready", "none"})
DAY_MS = 86_400_000
SINCE = "mirror_since:"


def note(connection: Connection, node: str, store: str, said: Telemetry, now_ms: int) -> None:
    """Count, alarm after a day, and end it."""
    name, state = SINCE + node, said.devices.get("mirror", "")
    if state in FINE:
        if run(connection, "DELETE FROM hq_meta WHERE name = :name", {"name": name}).rowcount:
            alarms.close(connection, f"{CODE}|{node}", by="", note="", now_ms=now_ms)
        return
    run(
        connection,
        "INSERT INTO hq_meta (name, value) VALUES (:name, :now) ON CONFLICT (name) DO NOTHING",
        {"name": name, "now": str(now_ms)},
    )
    since = int(run(connection, "SELECT value FROM hq_meta WHERE name = :name", {"name": name}).scalar_one())
    if now_ms - since > DAY_MS:
        facts = {"state": state[:40], "since": since}
        alarms.alarm(connection, store=store, code=CODE, subject=node, now_ms=now_ms, facts=facts)
        run(
            connection,
            "UPDATE hq_meta SET value = :now WHERE name = :name",
            {"name": name, "now": str(now_ms)},
        )
