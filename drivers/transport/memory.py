"""A pipe inside the process: bytes written go to a receiver, its answers are read back. For tests and
previews.
"""

import threading
from collections.abc import Callable
from typing import Protocol

from drivers.errors import device_error
from drivers.transport.base import Monotonic, monotonic


class Peer(Protocol):
    """The device at the other end, such as a PrinterEmulator."""

    def attach(self, send: Callable[[bytes], None] | None) -> None:
        """Say where answers go."""

    def receive(self, data: bytes) -> None:
        """Take bytes."""


class MemoryTransport:
    """A transport straight into a peer; `unplug` cuts it."""

    duplex = True
    bytes_per_second: float | None = None

    def __init__(self, peer: Peer, *, clock: Monotonic = monotonic) -> None:
        self.address = "memory"
        self._peer = peer
        self._clock = clock
        self._answers = bytearray()
        self._arrived = threading.Condition()
        self._open = False
        self.plugged = True

    def reopen(self) -> None:
        """Attach to the peer."""
        if not self.plugged:
            raise device_error("link.not_found", address=self.address)
        self._answers.clear()
        self._peer.attach(self._take)
        self._open = True

    def close(self) -> None:
        """Detach."""
        self._peer.attach(None)
        self._open = False

    def is_open(self) -> bool:
        """Whether the pipe stands."""
        return self._open

    def unplug(self) -> None:
        """Cut the pipe: the next read or write loses the link."""
        self.plugged = False

    def write(self, data: bytes, deadline: float) -> int:
        """All bytes arrive at once."""
        self._check()
        self._peer.receive(data)
        return len(data)

    def read(self, size: int, deadline: float) -> bytes:
        """Answers, waiting until the deadline for the first."""
        self._check()
        with self._arrived:
            self._arrived.wait_for(lambda: bool(self._answers), max(0.0, deadline - self._clock()))
            data = bytes(self._answers[:size])
            del self._answers[:size]
            return data

    def _take(self, data: bytes) -> None:
        with self._arrived:
            self._answers += data
            self._arrived.notify_all()

    def _check(self) -> None:
        if not self._open or not self.plugged:
            self._open = False
            raise device_error("link.reset", address=self.address)
