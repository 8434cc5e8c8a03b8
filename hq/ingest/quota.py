"""How much one store may tell in a time: a computer gone mad, or stolen, does not fill HQ's disk (FAULTS SC-15).

A store has two gibibytes at once, which is more than ninety days without a line, and a mebibyte a second beyond. Bytes
count as they will be stored. Who is far from the bound is counted in the memory of the process alone, which costs
nothing; below seven eighths the table `quota` counts, for all processes and over a restart. Who is told to wait raises
an alarm, once an hour at most.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from flask import Flask

from hq.ingest.alarms import alarm
from hq.ingest.sessions import Speaker
from kit.sql import Connection, run
from retail.errors import Unavailable
from sync import guard

if TYPE_CHECKING:
    from hq.running import Running

AT_ONCE_BYTES = 2 << 30
BYTES_PER_SECOND = 1 << 20
EXTENSION = "lianpu_quota"
HOUR_MS = 3_600_000


class Quota:
    """What each store has left; `take` is safe from any thread."""

    def __init__(self, at_once: int = AT_ONCE_BYTES, per_second: int = BYTES_PER_SECOND) -> None:
        self._at_once, self._per_second = at_once, per_second
        self._shared_below = at_once // 8 * 7
        self._left: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def take(self, hq: Running, who: Speaker, packed: bytes) -> None:
        """Count a packed frame; raises `Unavailable("ingest.quota")` with the wait when there is no room."""
        size, now = stored_bytes(packed), hq.clock.monotonic_ms()
        known = self._known(who.node, now)
        if known is not None and known - size >= self._shared_below:
            self._keep(who.node, known - size, now)
            return
        left, seconds = self._by_table(hq, who, size, self._at_once if known is None else known)
        self._keep(who.node, left, now)
        if seconds:
            raise Unavailable("ingest.quota", retry_after_seconds=seconds, node=who.node)

    def _known(self, node: str, now: int) -> int | None:
        """What this process thinks is left; None for a store that it has not met."""
        with self._lock:
            found = self._left.get(node)
        return None if found is None else self._grown(found[0], now - found[1])

    def _keep(self, node: str, left: int, now: int) -> None:
        with self._lock:
            self._left[node] = (left, now)

    def _grown(self, left: int, ms: int) -> int:
        return min(self._at_once, left + max(0, ms) * self._per_second // 1000)

    def _by_table(self, hq: Running, who: Speaker, size: int, known: int) -> tuple[int, int]:
        """(bytes left, seconds to wait, 0 when it was taken), as all processes count."""
        now = hq.clock.now_ms()
        with hq.db.write(durable=False) as connection:
            row = run(
                connection, "SELECT bytes_left, at FROM quota WHERE node = :node", {"node": who.node}
            ).first()
            left = known if row is None else min(known, self._grown(row[0], now - row[1]))
            seconds = -(-max(0, size - left) // self._per_second)
            left -= 0 if seconds else size
            if row is not None or left < self._shared_below:
                _put(connection, who.node, left, now)
            if seconds:
                _tell(connection, who, now)
        return left, seconds


def _put(connection: Connection, node: str, left: int, now: int) -> None:
    run(
        connection,
        "INSERT INTO quota (node, bytes_left, at) VALUES (:node, :left, :now)"
        " ON CONFLICT (node) DO UPDATE SET bytes_left = excluded.bytes_left, at = excluded.at",
        {"node": node, "left": left, "now": now},
    )


def _tell(connection: Connection, who: Speaker, now: int) -> None:
    """A flood goes on for hours: who has closed the alarm is not told again within the hour."""
    told = run(connection, "SELECT at FROM alarm WHERE id = :id", {"id": f"ingest.quota|{who.node}"}).scalar()
    if told is None or now - told >= HOUR_MS:
        alarm(connection, store=who.store, code="ingest.quota", subject=who.node, now_ms=now)


def stored_bytes(packed: bytes) -> int:
    """The size that gzip's last four bytes tell (RFC 1952); who lies there is refused when it is unpacked."""
    return max(len(packed), min(int.from_bytes(packed[-4:], "little"), guard.INFLATED_BYTES_MAX))


def quota_of(app: Flask) -> Quota:
    """The quota of this application."""
    found: Quota = app.extensions.setdefault(EXTENSION, Quota())
    return found
