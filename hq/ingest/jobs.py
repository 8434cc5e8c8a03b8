"""Scheduled care of the logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.ingest import trust
from hq.ingest.projector import Projector
from kit.jobs import Job

if TYPE_CHECKING:
    from hq.running import Running


def jobs(hq: Running) -> list[Job]:
    """Every five minutes, carry on where a projector that died has stopped, and where a restore has left the books."""
    return [Job("ingest.catch_up", 300, lambda: _catch_up(hq))]


def _catch_up(hq: Running) -> None:
    Projector(hq).drain_in_turn()
    trust.carry_out_all(hq)
