"""The far end of a serial cable: a pseudo terminal behind a symlink, for emulators.

The emulator keeps the near end open too, or its own side would read errors whenever no host has the port
open. Unplugging closes both ends and removes the symlink; plugging in again makes a new terminal at the same
path.
"""

import os
import select
import tty
from pathlib import Path


class PtyPort:
    """One pluggable port at `path`; the host opens that path."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._far = self._near = -1

    @property
    def plugged(self) -> bool:
        """Whether the port exists."""
        return self._far >= 0

    def plug_in(self) -> None:
        """Make the port appear; idempotent."""
        if self.plugged:
            return
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        os.set_blocking(self._far, False)
        fresh = self.path.with_name(self.path.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._near))
        fresh.replace(self.path)

    def unplug(self) -> None:
        """Make the port vanish; whoever has it open reads an error."""
        if not self.plugged:
            return
        self.path.unlink(missing_ok=True)
        os.close(self._far)
        os.close(self._near)
        self._far = self._near = -1

    def fileno(self) -> int:
        """The emulator's end, for select."""
        return self._far

    def read(self, size: int) -> bytes:
        """What the host wrote; b"" when nothing is there or the port is gone."""
        try:
            return os.read(self._far, size) if self.plugged else b""
        except (BlockingIOError, OSError):
            return b""

    def write(self, data: bytes) -> None:
        """Send to the host; what nobody takes is lost, as on a wire."""
        while data and self.plugged:
            try:
                if not select.select([], [self._far], [], 0.2)[1]:
                    return
                data = data[os.write(self._far, data) :]
            except OSError:
                return
