"""Small statements of ingest that belong to no larger idea."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.sql import run
from schemas import wire
from schemas.wire.up import Telemetry

if TYPE_CHECKING:
    from hq.running import Running


def keep_telemetry(hq: Running, node: str, said: Telemetry) -> None:
    """The newest facts of (node, inc) replace the older ones."""
    facts = {"node": node, "inc": said.inc[:40], "at": hq.clock.now_ms(), "facts": wire.encode(said).decode()}
    with hq.db.write() as connection:
        run(
            connection,
            "INSERT INTO telemetry (node, inc, at, facts) VALUES (:node, :inc, :at, :facts)"
            " ON CONFLICT (node, inc) DO UPDATE SET at = excluded.at, facts = excluded.facts",
            facts,
        )
