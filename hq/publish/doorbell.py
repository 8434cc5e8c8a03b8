"""The doorbell: a node holds a request until one of its scopes moves, at most 25 seconds.

In the all-in-one server held requests may fill half of the threads; whoever comes then gets an immediate answer
and polls. A held request looks every half second: the versions are a handful of rows in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import Flask

from hq.publish import freeze, queries

if TYPE_CHECKING:
    from hq.running import Running

HOLD_MS = 25_000
LOOK_SECONDS = 0.5


class Doorbell:
    """`places` requests may be held; `pause(seconds)` returns True when the server is stopping."""

    def __init__(self, places: int, pause: Callable[[float], bool] | None = None) -> None:
        self._places = threading.Semaphore(places) if places > 0 else None
        self._stopping = threading.Event()
        self._pause = pause or self._stopping.wait

    def stop(self) -> None:
        """Let every held request go."""
        self._stopping.set()

    def wait(self, hq: Running, node: str, known: Mapping[str, int]) -> tuple[dict[str, queries.Head], bool]:
        """(heads of the node's scopes, was the line held?)."""
        heads = _heads(hq, node)
        if _moved(heads, known):
            return heads, True
        if self._places is None or not self._places.acquire(blocking=False):
            return heads, False
        try:
            until = hq.clock.monotonic_ms() + HOLD_MS
            while hq.clock.monotonic_ms() < until and not self._pause(LOOK_SECONDS):
                heads = _heads(hq, node)
                if _moved(heads, known):
                    break
        finally:
            self._places.release()
        return heads, True


def doorbell_of(app: Flask) -> Doorbell:
    """The application's doorbell, made when first rung."""
    found = app.extensions.get("lianpu_doorbell")
    if found is None:
        threads = app.extensions["lianpu_hq"].config.threads
        found = app.extensions.setdefault("lianpu_doorbell", Doorbell(threads // 2))
    bell: Doorbell = found
    return bell


def _heads(hq: Running, node: str) -> dict[str, queries.Head]:
    """None while the scopes are frozen: nothing rings."""
    with hq.db.read() as connection:
        return {} if freeze.frozen(connection) else queries.heads(connection, node)


def _moved(heads: Mapping[str, queries.Head], known: Mapping[str, int]) -> bool:
    return any(head.version != known.get(scope, 0) for scope, head in heads.items())
