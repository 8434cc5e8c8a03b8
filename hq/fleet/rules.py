"""How a store's state is judged. Pure: thresholds in, findings out, worst first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LATE_MS = 5 * 60_000
DOWN_MS = 60 * 60_000
UNTOLD_MS = 10 * 60_000
BACKLOG_WARN = 50
CLOCK_WARN_MS = 60_000
CLOCK_CRITICAL_MS = 600_000
DISK_WARN_BYTES = 2 * 1024**3
DISK_CRITICAL_BYTES = 300 * 1024**2
DEVICE_FINE = frozenset({"", "ready", "none", "ok", "idle"})
GRAVE = frozenset({"records.fail", "sync.refused", "wal.fail", "witness.behind"})
"""What a store may say of itself that cannot wait; every other code, also one of a newer store, is a warning."""
DAYS_NAMED = 5
CRITICAL, WARNING, UNKNOWN, HEALTHY = "crit", "warn", "unknown", "ok"
ORDER = {CRITICAL: 0, WARNING: 1, UNKNOWN: 2, HEALTHY: 3}


@dataclass(frozen=True)
class Finding:
    """One reason for a state; `code` names its words."""

    state: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Node:
    """What HQ knows of a store's node."""

    store: str
    name: str
    time_zone: str
    enrolled: bool
    heard_at: int | None = None
    told_at: int | None = None
    first_seen_at: int | None = None
    stored: int = 0
    stored_at: int | None = None
    unsent: int | None = None
    oldest_at: int | None = None
    parked: int = 0
    forks: int = 0
    holes: int = 0
    gaps: tuple[str, ...] = ()
    app_version: str = ""
    offset_ms: int | None = None
    disk_free_bytes: int | None = None
    devices: dict[str, str] = field(default_factory=dict)
    alarms: int = 0
    incarnations: int = 0
    no_protocol: bool = False
    troubles: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()


def findings(node: Node, now_ms: int, newest_version: str) -> list[Finding]:
    """Everything that is not as it should be, worst first."""
    if not node.enrolled:
        return [Finding(UNKNOWN, "not_enrolled")]
    found = [*_contact(node, now_ms), *_log(node), *_troubles(node), *_machine(node)]
    if node.app_version and numbers_of(node.app_version) < numbers_of(newest_version):
        found.append(Finding(WARNING, "version", {"version": node.app_version}))
    return sorted(found, key=lambda finding: ORDER[finding.state])


def numbers_of(version: str) -> tuple[int, ...]:
    """A version as its numbers, so that 0.10 is newer than 0.9; one that cannot be read is older than any."""
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(p.isascii() and p.isdigit() for p in parts) else ()


def _contact(node: Node, now_ms: int) -> list[Finding]:
    if node.heard_at is None:
        return [Finding(UNKNOWN, "never_heard")]
    silent = now_ms - node.heard_at
    if silent > DOWN_MS:
        return [Finding(CRITICAL, "down", {"ms": silent})]
    if silent > LATE_MS:
        return [Finding(WARNING, "late", {"ms": silent})]
    return _telling(node, now_ms)


def _telling(node: Node, now_ms: int) -> list[Finding]:
    """It is heard, and what the board shows of it is old or was never told."""
    since = node.first_seen_at if node.told_at is None else node.told_at
    untold = 0 if since is None else now_ms - since
    return [Finding(WARNING, "untold", {"ms": untold})] if untold > UNTOLD_MS else []


def _log(node: Node) -> list[Finding]:
    found = []
    if node.no_protocol:
        found.append(Finding(CRITICAL, "protocol"))
    if node.forks:
        found.append(Finding(CRITICAL, "fork", {"n": node.forks}))
    if node.holes or node.gaps:
        found.append(Finding(CRITICAL, "gap", {"n": node.holes + len(node.gaps)}))
    if node.differing:
        more = ["…"] if len(node.differing) > DAYS_NAMED else []
        found.append(Finding(CRITICAL, "differs", {"days": ", ".join([*node.differing[:DAYS_NAMED], *more])}))
    if node.parked:
        found.append(Finding(WARNING, "parked", {"n": node.parked}))
    if (node.unsent or 0) > BACKLOG_WARN:
        found.append(Finding(WARNING, "backlog", {"n": node.unsent}))
    if node.alarms:
        found.append(Finding(WARNING, "alarms", {"n": node.alarms}))
    return found


def _troubles(node: Node) -> list[Finding]:
    """The alarms and checks that the store itself has told of."""
    return [
        Finding(CRITICAL if code in GRAVE else WARNING, "trouble", {"trouble": code})
        for code in node.troubles
    ]


def _machine(node: Node) -> list[Finding]:
    found = []
    offset = abs(node.offset_ms or 0)
    if offset > CLOCK_WARN_MS:
        state = CRITICAL if offset > CLOCK_CRITICAL_MS else WARNING
        found.append(Finding(state, "clock", {"ms": offset}))
    if node.disk_free_bytes is not None and node.disk_free_bytes < DISK_WARN_BYTES:
        state = CRITICAL if node.disk_free_bytes < DISK_CRITICAL_BYTES else WARNING
        found.append(Finding(state, "disk", {"mib": node.disk_free_bytes // 1024**2}))
    for device, device_state in sorted(node.devices.items()):
        if device_state.lower() not in DEVICE_FINE:
            found.append(Finding(WARNING, "device", {"device": device, "state": device_state}))
    return found


def worst(found: list[Finding]) -> str:
    """The state of a store: its worst finding's."""
    return found[0].state if found else HEALTHY
