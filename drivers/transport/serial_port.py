"""Serial ports by pyserial: RS-232, USB adapters, USB-CDC, and pseudo terminals in tests.

A pseudo terminal refuses DTR and RTS, which pyserial tolerates; `termios.error` is no OSError and is caught
too. Reading and writing wait in select where the system has it, because pyserial's own write does not say how
much of a late write left.
"""

import select
from collections.abc import Callable, Mapping
from typing import Any

import serial

from drivers.errors import device_error, link_error
from drivers.transport.base import Monotonic, monotonic

try:
    from termios import error as TermiosError
except ImportError:  # Windows has no termios

    class TermiosError(Exception):  # type: ignore[no-redef]
        """Never raised here."""


Problems = (OSError, TermiosError, ValueError, TypeError)
PIECE = 64


class SerialTransport:
    """One port, opened exclusively; `settings` are pyserial's (baudrate, bytesize, parity, rtscts ...)."""

    duplex = True

    def __init__(
        self,
        path: str,
        *,
        clock: Monotonic = monotonic,
        port_factory: Callable[..., Any] = serial.Serial,
        **settings: Any,
    ) -> None:
        self.address = path
        self._clock = clock
        self._factory = port_factory
        self._settings = {"baudrate": 9600, "exclusive": True, **settings}
        self.bytes_per_second: float | None = _speed(self._settings)
        self._port: Any = None

    def reopen(self) -> None:
        """Open the port; DeviceError link.not_found, link.busy, link.permission or link.reset."""
        self.close()
        try:
            self._port = self._factory(self.address, timeout=0, write_timeout=0, **self._settings)
        except Problems as problem:
            self.close()
            raise link_error(problem, self.address) from problem

    def close(self) -> None:
        """Close the port; a port that vanished closes without complaint."""
        port, self._port = self._port, None
        if port is not None:
            try:
                port.close()
            except Problems:
                return

    def is_open(self) -> bool:
        """Whether the port is open, as far as is known."""
        return self._port is not None

    def write(self, data: bytes, deadline: float) -> int:
        """Bytes taken by the driver before the deadline."""
        port = self._open_port()
        try:
            if not self._ready(port, deadline, writing=True):
                return 0
            piece = data if hasattr(port, "fd") else data[:PIECE]
            return int(port.write(piece) or 0)
        except Problems as problem:
            raise self._lost(problem) from problem

    def read(self, size: int, deadline: float) -> bytes:
        """Bytes received before the deadline."""
        port = self._open_port()
        try:
            if not self._ready(port, deadline, writing=False):
                return b""
            return bytes(port.read(size))
        except Problems as problem:
            raise self._lost(problem) from problem

    def _ready(self, port: Any, deadline: float, *, writing: bool) -> bool:
        """Wait until the port can be read or written; without a file number pyserial's time-outs do it."""
        left = max(0.0, deadline - self._clock())
        number = getattr(port, "fd", None)
        if number is None:
            port.timeout = port.write_timeout = left
            return True
        ready = select.select([], [number], [], left) if writing else select.select([number], [], [], left)
        return bool(ready[1] if writing else ready[0])

    def _open_port(self) -> Any:
        if self._port is None:
            raise device_error("link.reset", address=self.address)
        return self._port

    def _lost(self, problem: BaseException) -> Exception:
        self.close()
        return link_error(problem, self.address)


def _speed(settings: Mapping[str, Any]) -> float:
    """Bytes a second: a character takes a start bit, its data bits, perhaps a parity bit, and its stop bits."""
    parity = 0 if settings.get("parity", "N") == "N" else 1
    bits = 1 + float(settings.get("bytesize", 8)) + parity + float(settings.get("stopbits", 1))
    return float(settings["baudrate"]) / bits
