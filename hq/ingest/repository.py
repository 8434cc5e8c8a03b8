"""Small statements of ingest that belong to no larger idea."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.ingest import mirrors
from hq.ingest.sessions import Speaker
from kit.sql import run
from schemas import wire
from schemas.wire.up import Telemetry

if TYPE_CHECKING:
    from hq.running import Running


def keep_telemetry(hq: Running, who: Speaker, said: Telemetry) -> None:
    """One row a device: its newest facts replace the older ones, also those of another incarnation of it.

    What it tells of an incarnation that no greeting has proven is not kept: anybody can think of one (SC-15).
    """
    node, now = who.node, hq.clock.now_ms()
    facts = {"node": node, "inc": said.inc, "at": now, "facts": wire.encode(said).decode()}
    with hq.db.write() as connection:
        device = "SELECT public_key FROM inc WHERE node = :node AND inc = :inc"
        key = run(connection, device, facts).scalar()
        if key is None:
            return
        run(
            connection,
            "DELETE FROM telemetry WHERE node = :node AND inc <> :inc AND inc NOT IN"
            " (SELECT inc FROM inc WHERE node = :node AND public_key <> :key)",
            facts | {"key": bytes(key)},
        )
        run(
            connection,
            "INSERT INTO telemetry (node, inc, at, facts) VALUES (:node, :inc, :at, :facts)"
            " ON CONFLICT (node, inc) DO UPDATE SET at = excluded.at, facts = excluded.facts",
            facts,
        )
        mirrors.note(connection, node, who.store, said, now)
