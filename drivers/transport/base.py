"""The promise of a transport. Deadlines are moments of one monotonic clock, injected so that tests own the
time.
"""

import time
from collections.abc import Callable
from typing import Protocol

Monotonic = Callable[[], float]
monotonic: Monotonic = time.monotonic


class Transport(Protocol):
    """A byte pipe. Every failure is a DeviceError with a `link.` code; a lost link must be reopened.

    `bytes_per_second` is what the wire itself carries, None when it is faster than any printer.
    """

    address: str
    duplex: bool
    bytes_per_second: float | None

    def reopen(self) -> None:
        """Close what is open and connect anew."""

    def close(self) -> None:
        """Close; idempotent, never raises."""

    def is_open(self) -> bool:
        """Whether a link was made and not found lost."""

    def write(self, data: bytes, deadline: float) -> int:
        """Hand over as much as fits before the deadline and return how many bytes; 0 when the peer does not
        read.
        """

    def read(self, size: int, deadline: float) -> bytes:
        """At least one byte, or b"" when the deadline passes first."""
