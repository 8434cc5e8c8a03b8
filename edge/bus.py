"""Events to the screens of this node (server-sent events), numbered so that a reconnect misses nothing.

A number carries the mark of this life of the node. Whoever comes back with a number of another life, or was away
for longer than the history lasts, is told to look again (`state`): events only ever say that something changed.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

from kit.crypto import random_bytes

HISTORY = 256
HEARTBEAT_SECONDS = 10.0
LOOK_AGAIN: dict[str, Any] = {"version": -1}  # no page has this version, so every page fetches the state
Frame = tuple[int, str, str]


class Bus:
    """Publishes to one terminal or to all (""); each subscriber reads from its last seen number."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._events: deque[tuple[int, str, str, str]] = deque(maxlen=HISTORY)
        self._life = random_bytes(4).hex()
        self._last = 0
        self._closed = False

    def publish(self, kind: str, data: dict[str, Any], terminal: str = "") -> None:
        """Tell the screens of one terminal, or all of them."""
        text = json.dumps(data, ensure_ascii=False)
        with self._condition:
            self._last += 1
            self._events.append((self._last, terminal, kind, text))
            self._condition.notify_all()

    def id_of(self, number: int) -> str:
        """The id of an event of this life; 0 stands before the first one."""
        return f"{self._life}-{number}"

    def last_id(self) -> str:
        """The id of the newest event."""
        return self.id_of(self._last)

    def stream(self, terminal: str, last_seen: str = "") -> Iterator[str]:
        """SSE frames for one terminal; a comment every ten idle seconds keeps the line and finds dead ones.

        `last_seen` is the Last-Event-ID header; empty for a page that is new and fetches the state anyway.
        """
        yield ": connected\n\n"
        with self._condition:
            seen, fresh = self._resume(last_seen)
        if fresh:
            yield self._render(fresh)
        while True:
            with self._condition:
                fresh = self._after(seen, terminal)
                if not fresh and not self._closed:
                    self._condition.wait(HEARTBEAT_SECONDS)
                    fresh = self._after(seen, terminal)
                if self._closed:
                    return
                seen = self._last
            yield self._render(fresh) or ": idle\n\n"

    def close(self) -> None:
        """End every stream."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _resume(self, last_seen: str) -> tuple[int, list[Frame]]:
        """Where to go on, and a word to look again when something may have been missed."""
        if not last_seen:
            return self._last, []
        life, _, number = last_seen.partition("-")
        seen = int(number) if life == self._life and number.isdigit() else None
        oldest = self._events[0][0] if self._events else self._last + 1
        if seen is None or not oldest - 1 <= seen <= self._last:
            return self._last, [(self._last, "state", json.dumps(LOOK_AGAIN))]
        return seen, []

    def _after(self, seen: int, terminal: str) -> list[Frame]:
        return [
            (n, kind, data) for n, target, kind, data in self._events if n > seen and target in ("", terminal)
        ]

    def _render(self, frames: list[Frame]) -> str:
        return "".join(f"id: {self.id_of(n)}\nevent: {kind}\ndata: {data}\n\n" for n, kind, data in frames)
