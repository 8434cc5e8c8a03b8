"""Where backups go: a folder, a server with SFTP, a bucket of an S3-compatible store.

A target promises four things, and `put` either puts the whole file under its name or leaves nothing there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from kit.files import make_folder, sync_folder
from retail.errors import LianpuError, Unavailable

PART = ".part"
KEY_TROUBLE = {"backups.key_lost": "why.key_gone", "backups.key_changed": "why.key_other"}
OWN = "lianpu-"
"""So begins the name of everything that HQ stores."""


class Target(Protocol):
    """One place. Every method raises `Unavailable("backups.target")` when the place cannot be used.

    `marked`: another place may stand under this name unnoticed, as where a mount is missing (`hq.backups.belonging`).
    `once`: its name in an older program, under which it may have taken copies; else the same name, or none.
    """

    name: str
    once: str
    marked: bool

    def put(self, file: Path, name: str) -> None:
        """Store the file; a half one never appears under its name."""

    def get(self, name: str, file: Path) -> None:
        """Fetch a stored file."""

    def has(self, name: str) -> bool:
        """Is it there?"""

    def drop(self, name: str) -> None:
        """Delete a stored file; nothing happens when it is gone already."""


class Folder:
    """A folder of this machine, or a mounted one. Its name may be another one than its path."""

    def __init__(self, path: Path, *, name: str = "", marked: bool = True) -> None:
        self.path = path
        self.marked = marked
        self.name, self.once = name or str(path), str(path)

    def put(self, file: Path, name: str) -> None:
        """Copy, flush, rename, flush the folder."""
        part = self.path / (name + PART)
        with reaching(self):
            make_folder(self.path, 0o700)
            for scrap in self.path.glob(OWN + "*" + PART):  # of a process that was killed
                scrap.unlink()
            try:
                with file.open("rb") as source, part.open("wb") as target:
                    shutil.copyfileobj(source, target, 1024 * 1024)
                    target.flush()
                    os.fsync(target.fileno())
                part.replace(self.path / name)
                sync_folder(self.path)
            except OSError:
                with suppress(OSError):  # the folder itself may be what failed
                    part.unlink()
                raise

    def get(self, name: str, file: Path) -> None:
        """Copy it here."""
        with reaching(self):
            shutil.copyfile(self.path / name, file)

    def has(self, name: str) -> bool:
        """Is it there? Of a folder that is not there itself nothing is known."""
        with reaching(self):
            if not self.path.is_dir():
                raise FileNotFoundError("why.no_folder")
            return (self.path / name).is_file()

    def drop(self, name: str) -> None:
        """Delete it."""
        with reaching(self):
            (self.path / name).unlink(missing_ok=True)


def reason(error: Exception) -> str:
    """Why a target could not be used, or no backup came about: keys of the catalogue (`why.…`), which the page says in
    the reader's language, names, and the words of a system or a driver.
    """
    if not isinstance(error, LianpuError):
        return str(error) or type(error).__name__
    if key := KEY_TROUBLE.get(error.code):
        return f"{key} {error.facts['path']}"
    return str(error.facts.get("why", error))


@contextmanager
def reaching(target: Target) -> Iterator[None]:
    """Whatever goes wrong with a place is `Unavailable`: what a driver raises is no closed list (BK-04).

    The text of the system may name paths, never secrets.
    """
    try:
        yield
    except Exception as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        why = (why or type(error).__name__)[:200]
        raise Unavailable("backups.target", target=target.name, why=why) from error
