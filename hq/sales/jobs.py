"""Scheduled care of what was sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.sales import agreement
from kit.jobs import Job

if TYPE_CHECKING:
    from hq.running import Running


def jobs(hq: Running) -> list[Job]:
    """Every hour, compare the stores' own counts of their past days with HQ's."""
    return [Job("sales.compare", 3600, lambda: agreement.compare(hq))]
