"""A scanner on a serial port or USB-CDC. `turn` is the owner thread's work: read, frame, report.

The same code again within 400 ms from the same scanner is a bounce of the trigger: dropped, but counted.
"""

import threading
from collections.abc import Callable
from typing import Literal

from drivers.device import Check, Health, Kind, State
from drivers.scanner.framing import IDLE_SECONDS, Frame, Framer
from drivers.scanner.protocol import Scan, Unsubscribe
from drivers.transport.base import Monotonic, Transport, monotonic
from retail.errors import DeviceError

READ_SIZE = 4096


class SerialScanner:
    """The device; a supervisor calls `open` and `turn` from one thread."""

    kind: Kind = "scanner"

    def __init__(
        self,
        device_id: str,
        transport: Transport,
        *,
        duplicate_seconds: float = 0.4,
        idle_seconds: float = IDLE_SECONDS,
        clock: Monotonic = monotonic,
    ) -> None:
        self.id = device_id
        self._transport = transport
        self._duplicate_seconds = duplicate_seconds
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._framer = Framer()
        self._subscribers: list[Callable[[Scan], None]] = []
        self._lock = threading.Lock()
        self._last: tuple[bytes, float] | None = None
        self._heard = 0.0
        self._seq = 0
        self._state: State = "CONFIGURED"
        self._since = clock()
        self._last_error: str | None = None
        self._counters = {"scans": 0, "duplicates": 0, "overlong": 0, "guessed_encoding": 0, "losses": 0}

    def subscribe(self, call: Callable[[Scan], None]) -> Unsubscribe:
        """Call for every scan from now on."""
        with self._lock:
            self._subscribers.append(call)

        def unsubscribe() -> None:
            with self._lock:
                if call in self._subscribers:
                    self._subscribers.remove(call)

        return unsubscribe

    def open(self) -> None:
        """Open the port; half a code from before a loss is forgotten."""
        if not self._transport.is_open():
            try:
                self._transport.reopen()
            except DeviceError as problem:
                self._now("LOST", problem.code)
                raise
            self._framer = Framer()
            self._now("READY")

    def close(self) -> None:
        """Close the port. A lost one stays lost, with its reason, until it is open again."""
        self._transport.close()
        if self._state != "LOST":
            self._now("CONFIGURED")

    def health(self) -> Health:
        """State and counters."""
        counters = {**self._counters, "overlong": self._framer.overlong}
        facts = {"address": self._transport.address}
        return Health(self._state, self._since, None, self._last_error, counters, facts)

    def self_test(self, level: Literal["passive", "active"]) -> list[Check]:
        """Whether the port is open; only a person can scan."""
        return [
            Check("link", self._transport.is_open(), None if self._transport.is_open() else "link.not_found")
        ]

    def turn(self, seconds: float) -> None:
        """Listen for at most so long; DeviceError when the port is lost."""
        wait = min(seconds, self._idle_seconds) if self._framer.pending else seconds
        try:
            data = self._transport.read(READ_SIZE, self._clock() + wait)
        except DeviceError as problem:
            self._counters["losses"] += 1
            self._now("LOST", problem.code)
            raise
        now = self._clock()
        frames: list[Frame] = []
        if data:
            self._heard = now
            frames = self._framer.feed(data)
        elif self._framer.pending and now - self._heard >= self._idle_seconds:
            frames = self._framer.end()
        for frame in frames:
            self._report(frame, now)

    def rest(self) -> float:
        """A turn is the waiting itself."""
        return 0.0

    def _report(self, frame: Frame, now: float) -> None:
        """Number the scan and tell it, unless it is a bounce of the last one."""
        last, self._last = self._last, (frame.raw, now)
        if last is not None and last[0] == frame.raw and now - last[1] < self._duplicate_seconds:
            self._counters["duplicates"] += 1
            return
        self._seq += 1
        self._counters["scans"] += 1
        self._counters["guessed_encoding"] += frame.encoding == "latin-1"
        scan = Scan(self.id, self._seq, frame.raw, frame.text, frame.encoding, now)
        with self._lock:
            subscribers = list(self._subscribers)
        for call in subscribers:
            call(scan)

    def _now(self, state: State, error: str | None = None) -> None:
        if state != self._state:
            self._state, self._since = state, self._clock()
        self._last_error = error
