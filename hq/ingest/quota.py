"""How much one store may tell in a time: a computer gone mad, or stolen, does not fill HQ's disk (FAULTS SC-15).

A store has two gibibytes at once, which is more than ninety days without a line, and a mebibyte a second beyond. Bytes
count as they will be stored. In memory of this process: a restart gives everybody all of it again, and of
several processes each counts what it takes.
"""

from __future__ import annotations

import threading

from flask import Flask

from retail.clock import Clock
from retail.errors import Unavailable
from sync import guard

AT_ONCE_BYTES = 2 << 30
BYTES_PER_SECOND = 1 << 20
EXTENSION = "lianpu_quota"


class Quota:
    """What each store has left; `take` is safe from any thread."""

    def __init__(self, at_once: int = AT_ONCE_BYTES, per_second: int = BYTES_PER_SECOND) -> None:
        self._at_once, self._per_second = at_once, per_second
        self._left: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def take(self, clock: Clock, node: str, packed: bytes) -> None:
        """Count a packed frame; raises `Unavailable("ingest.quota")` with the wait when there is no room."""
        now, size = clock.monotonic_ms(), stored_bytes(packed)
        with self._lock:
            left, since = self._left.get(node, (self._at_once, now))
            left = min(self._at_once, left + max(0, now - since) * self._per_second // 1000)
            if left < size:
                self._left[node] = (left, now)
                seconds = -(-(size - left) // self._per_second)
                raise Unavailable("ingest.quota", retry_after_seconds=seconds, node=node)
            self._left[node] = (left - size, now)


def stored_bytes(packed: bytes) -> int:
    """The size that gzip's last four bytes tell (RFC 1952); who lies there is refused when it is unpacked."""
    return max(len(packed), min(int.from_bytes(packed[-4:], "little"), guard.INFLATED_BYTES_MAX))


def quota_of(app: Flask) -> Quota:
    """The quota of this application."""
    found: Quota = app.extensions.setdefault(EXTENSION, Quota())
    return found
