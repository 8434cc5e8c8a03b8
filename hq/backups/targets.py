"""Where backups go: a folder, a server with SFTP, a bucket of an S3-compatible store.

A target promises four things, and `put` either puts the whole file under its name or leaves nothing there.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from kit.files import make_folder, sync_folder
from retail.errors import Unavailable

PART = ".part"


class Target(Protocol):
    """One place. Every method raises `Unavailable("backups.target")` when the place cannot be used."""

    name: str

    def put(self, file: Path, name: str) -> None:
        """Store the file; a half one never appears under its name."""

    def get(self, name: str, file: Path) -> None:
        """Fetch a stored file."""

    def has(self, name: str) -> bool:
        """Is it there?"""

    def drop(self, name: str) -> None:
        """Delete a stored file; nothing happens when it is gone already."""


class Folder:
    """A folder of this machine, or a mounted one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    def put(self, file: Path, name: str) -> None:
        """Copy, flush, rename, flush the folder."""
        part = self.path / (name + PART)
        try:
            make_folder(self.path, 0o700)
            for scrap in self.path.glob("*" + PART):  # of a process that was killed
                scrap.unlink()
            with file.open("rb") as source, part.open("wb") as target:
                shutil.copyfileobj(source, target, 1024 * 1024)
                target.flush()
                os.fsync(target.fileno())
            part.replace(self.path / name)
            sync_folder(self.path)
        except OSError as error:
            with suppress(OSError):  # the folder itself may be what failed
                part.unlink()
            raise unusable(self, error) from error

    def get(self, name: str, file: Path) -> None:
        """Copy it here."""
        try:
            shutil.copyfile(self.path / name, file)
        except OSError as error:
            raise unusable(self, error) from error

    def has(self, name: str) -> bool:
        """Is it there? Of a folder that is not there itself nothing is known."""
        if not self.path.is_dir():
            raise Unavailable("backups.target", target=self.name, why="there is no such folder")
        return (self.path / name).is_file()

    def drop(self, name: str) -> None:
        """Delete it."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise unusable(self, error) from error


def unusable(target: Target, error: Exception) -> Unavailable:
    """The one error of a target; the text of the system may name paths, never secrets."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Unavailable("backups.target", target=target.name, why=(why or type(error).__name__)[:200])
