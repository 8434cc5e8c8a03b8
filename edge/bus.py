"""Events to the screens of this node (server-sent events), numbered per terminal so that a reconnect misses nothing."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

HISTORY = 256
HEARTBEAT_SECONDS = 10.0


class Bus:
    """Publishes to one terminal or to all (""); each subscriber reads from its last seen number."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._events: deque[tuple[int, str, str, str]] = deque(maxlen=HISTORY)
        self._last = 0
        self._closed = False

    def publish(self, kind: str, data: dict[str, Any], terminal: str = "") -> None:
        """Tell the screens of one terminal, or all of them."""
        text = json.dumps(data, ensure_ascii=False)
        with self._condition:
            self._last += 1
            self._events.append((self._last, terminal, kind, text))
            self._condition.notify_all()

    def stream(self, terminal: str, last_seen: int | None) -> Iterator[str]:
        """SSE frames for one terminal; a comment every ten idle seconds keeps the line and finds dead ones."""
        seen = self._last if last_seen is None else last_seen
        yield ": connected\n\n"
        while True:
            with self._condition:
                fresh = self._after(seen, terminal)
                if not fresh and not self._closed:
                    self._condition.wait(HEARTBEAT_SECONDS)
                    fresh = self._after(seen, terminal)
                if self._closed:
                    return
                seen = self._last
            yield (
                "".join(f"id: {n}\nevent: {kind}\ndata: {data}\n\n" for n, kind, data in fresh)
                or ": idle\n\n"
            )

    def close(self) -> None:
        """End every stream."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _after(self, seen: int, terminal: str) -> list[tuple[int, str, str]]:
        return [
            (n, kind, data) for n, target, kind, data in self._events if n > seen and target in ("", terminal)
        ]
