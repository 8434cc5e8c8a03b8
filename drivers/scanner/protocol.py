"""The promise of a scanner: every scan once, numbered, with what the device said about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.device import Device
from drivers.scanner.framing import Encoding


@dataclass(frozen=True)
class Scan:
    """One code: `text` without terminator (AIM prefix kept), numbered without gaps per device and start."""

    device_id: str
    seq: int
    raw: bytes
    text: str
    encoding: Encoding
    at: float


Unsubscribe = Callable[[], None]


class Scanner(Device, Protocol):
    """A source of scans; subscribers are called in the scanner's own thread and must be quick."""

    def subscribe(self, call: Callable[[Scan], None]) -> Unsubscribe:
        """Call for every scan until the returned function is called."""
