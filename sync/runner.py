"""The loop around one direction: wait until something is due, send a request, hand the answer back.

All decisions are the link's (a machine with its shell); all waiting is here. A request is under way at most once
per runner, and up and down have a runner each, so that a long download never slows an upload (P5).
"""

from __future__ import annotations

import threading
from typing import Protocol

from kit.logs import logger
from retail.clock import Clock
from retail.errors import LianpuError, NetworkError
from sync.calls import Answer, Request
from sync.transport import Transport

log = logger("lianpu.sync")
WAIT_MS_MAX = 60_000
WAIT_MS_MIN = 20


class Link(Protocol):
    """One direction of a node: each call returns the next request, or None while there is nothing to ask."""

    def wake(self) -> Request | None:
        """The time of `due_ms` has come, or somebody nudged."""

    def answered(self, answer: Answer) -> Request | None:
        """The answer to the request that was returned last."""

    def failed(self, error: LianpuError) -> Request | None:
        """There was no answer."""

    @property
    def due_ms(self) -> int:
        """The monotonic time at which `wake` is wanted without a nudge."""


class Runner:
    """One thread for one link."""

    def __init__(self, name: str, link: Link, transport: Transport, clock: Clock) -> None:
        self._name = name
        self._link = link
        self._transport = transport
        self._clock = clock
        self._nudged = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._down_since: int | None = None

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name=f"sync-{self._name}", daemon=True)
        self._thread.start()

    def stop(self, timeout_seconds: float = 1.0) -> None:
        """End soon: an answer that comes later (the doorbell's, perhaps) is not looked at any more."""
        self._stopping.set()
        self._nudged.set()
        self._transport.close()
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def nudge(self) -> None:
        """Something has happened: look now. Safe from any thread, never waits."""
        self._nudged.set()

    def run(self) -> None:
        """The loop, until `stop`; a mistake inside is logged once and the loop goes on a little later."""
        while not self._stopping.is_set():
            try:
                self.turn()
            except Exception as error:  # noqa: BLE001 — the outermost loop of the thread
                log.error("sync.failed", link=self._name, exc_info=error)
                self._stopping.wait(5.0)
                continue
            wait_ms = min(WAIT_MS_MAX, self._link.due_ms - self._clock.monotonic_ms())
            self._nudged.wait(max(WAIT_MS_MIN, wait_ms) / 1000)

    def turn(self) -> None:
        """Everything that is due now, request after request."""
        self._nudged.clear()
        request = self._link.wake()
        while request is not None and not self._stopping.is_set():
            try:
                answer = self._transport.send(request)
            except NetworkError as error:
                if self._stopping.is_set():
                    return
                self._note_down(error)
                request = self._link.failed(error)
                continue
            if self._stopping.is_set():
                return
            self._note_up()
            request = self._link.answered(answer)

    def _note_down(self, error: NetworkError) -> None:
        if self._down_since is None:
            self._down_since = self._clock.monotonic_ms()
            log.warning("sync.line_down", link=self._name, why=str(error))

    def _note_up(self) -> None:
        if self._down_since is not None:
            seconds = (self._clock.monotonic_ms() - self._down_since) // 1000
            self._down_since = None
            log.info("sync.line_up", link=self._name, down_seconds=seconds)
