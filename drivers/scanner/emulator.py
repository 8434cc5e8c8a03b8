"""A scanner made of software on a pseudo terminal: scans when told to, with the faults of the field.

Switches: `drop` loses one character of the next scan, `slow` pauses between characters (milliseconds),
`no_terminator` leaves the end to silence, `unplugged` takes the port away; `bounce` sends each code twice.
"""

import threading
from pathlib import Path
from typing import Any

from drivers.pty_port import PtyPort

TERMINATORS = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n"}
SWITCHES = ("drop", "slow", "no_terminator", "unplugged", "bounce")


class ScannerEmulator:
    """One emulated scanner at a symlink path."""

    def __init__(
        self, name: str, path: Path | str, *, terminator: str = "CR", encoding: str = "utf-8"
    ) -> None:
        self.name = name
        self.port = PtyPort(path)
        self.history: list[str] = []
        self._end = TERMINATORS[terminator]
        self._encoding = encoding
        self._switches: dict[str, Any] = {name: False for name in SWITCHES} | {"slow": 0}
        self._lock = threading.RLock()
        self._pause = threading.Event()
        self.port.plug_in()

    def scan(self, code: str) -> None:
        """Read one code aloud; nothing is heard while the scanner is unplugged."""
        with self._lock:
            self.history.append(code)
            self._send(code)
            if self._switches["bounce"]:
                self._send(code)

    def set(self, switch: str, value: Any) -> None:
        """Turn a switch; `slow` takes milliseconds, the others are on or off."""
        if switch not in SWITCHES:
            raise KeyError(switch)
        with self._lock:
            self._switches[switch] = int(value or 0) if switch == "slow" else bool(value)
            if switch == "unplugged":
                (self.port.unplug if value else self.port.plug_in)()

    def switches(self) -> dict[str, Any]:
        """All switches and their positions."""
        with self._lock:
            return dict(self._switches)

    def stop(self) -> None:
        """Take the port away for good."""
        with self._lock:
            self._pause.set()
            self.port.unplug()

    def _send(self, code: str) -> None:
        data = code.encode(self._encoding, errors="replace")
        if self._switches["drop"] and data:
            middle = len(data) // 2
            data, self._switches["drop"] = data[:middle] + data[middle + 1 :], False
        data += b"" if self._switches["no_terminator"] else self._end
        if not self._switches["slow"]:
            self.port.write(data)
            return
        for byte in data:
            self.port.write(bytes([byte]))
            self._pause.wait(self._switches["slow"] / 1000)
