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
    """The newest facts of (node, inc) replace the older ones."""
    node, now = who.node, hq.clock.now_ms()
    facts = {"node": node, "inc": said.inc[:40], "at": now, "facts": wire.encode(said).decode()}
    with hq.db.write() as connection:
        run(
            connection,
            "INSERT INTO telemetry (node, inc, at, facts) VALUES (:node, :inc, :at, :facts)"
            " ON CONFLICT (node, inc) DO UPDATE SET at = excluded.at, facts = excluded.facts",
            facts,
        )
        mirrors.note(connection, node, who.store, said, now)
