"""What HQ is told of this node's own alarms and checks: codes alone, for its fleet page.

Only what HQ cannot see for itself, and only what costs little: it is asked with every telemetry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edge.office import checks, device_checks, doctor, record_checks
from edge.office.model import WORST
from schemas.wire.up import TROUBLES_MAX

TOLD: tuple[doctor.Source, ...] = (
    checks.store,
    checks.disk,
    checks.witness,
    checks.wal,
    checks.clock,
    record_checks.records,
    device_checks.profiles,
    device_checks.scanners,
)
SEEN_AT_HQ = frozenset(
    {"clock.fail", "clock.warn", "disk.fail", "disk.warn"}  # telemetry has the figures
    | {"sync.fork", "sync.hole", "sync.protocol", "sync.rollback"}  # HQ has an alarm of its own
)


def troubles(node: Any, alarms: Sequence[str]) -> list[str]:
    """The codes of these alarms and of every check that does not pass, worst first, never too many."""
    found = doctor.ask(node, TOLD)
    codes = [*alarms, *(one.key for state in WORST[:-1] for one in found if one.state == state)]
    return [code for code in dict.fromkeys(codes) if code not in SEEN_AT_HQ][:TROUBLES_MAX]
