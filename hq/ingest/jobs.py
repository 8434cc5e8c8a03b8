"""Scheduled care of the logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.ingest import figures, trust
from hq.ingest.projector import Projector
from kit.jobs import Job

if TYPE_CHECKING:
    from hq.running import Running


def jobs(hq: Running) -> list[Job]:
    """Every five minutes, carry on where a projector that died has stopped; every hour, look at the dates of sales."""
    return [
        Job("ingest.catch_up", 300, lambda: _catch_up(hq)),
        Job("ingest.figures", 3600, lambda: figures.flag_dates(hq)),
    ]


def _catch_up(hq: Running) -> None:
    """What the books lack: what a person said of a branch before HQ was put back, and stored events."""
    trust.carry_out_all(hq)
    Projector(hq).drain_in_turn()
