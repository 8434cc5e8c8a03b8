"""Room on the disk: a ballast file that can be given up, and an early refusal of new baskets.

A full disk makes even DELETE fail (FAULTS §1.10); a pre-allocated file that is removed lets the sale in hand
commit. New baskets are refused while less than `min_bytes` is free, so that nobody starts what cannot end.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from kit.logs import logger
from retail.errors import NotNow

log = logger("lianpu.disk")


@dataclass
class DiskGuard:
    """Watches the file system that holds the databases."""

    home: Path
    ballast_bytes: int = 8 * 1024 * 1024
    min_bytes: int = 64 * 1024 * 1024

    @property
    def ballast(self) -> Path:
        """The file that is given up when the disk is full."""
        return self.home / "ballast"

    def prepare(self) -> None:
        """Make the ballast, whole, where there is room for it and more; without room the node runs without."""
        if self._whole() or self.free_bytes() < self.ballast_bytes + self.min_bytes:
            return
        handle = os.open(self.ballast, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(handle, 0, self.ballast_bytes)
            os.fsync(handle)
        except OSError as error:
            self.release()
            log.warning("disk.no_ballast", why=str(error))
        finally:
            os.close(handle)

    def _whole(self) -> bool:
        return self.ballast.exists() and self.ballast.stat().st_size >= self.ballast_bytes

    def release(self) -> bool:
        """Give the ballast up; True when that freed anything."""
        try:
            self.ballast.unlink()
        except FileNotFoundError:
            return False
        return True

    def free_bytes(self) -> int:
        """Bytes that this process may still write."""
        return shutil.disk_usage(self.home).free

    def nearly_full(self) -> bool:
        """Is a new basket too much to promise?"""
        return self.free_bytes() < self.min_bytes

    def refuse_when_nearly_full(self) -> None:
        """Raise `NotNow("disk.nearly_full")` before a new basket begins."""
        if self.nearly_full():
            raise NotNow("disk.nearly_full", free_mb=self.free_bytes() // (1024 * 1024))
