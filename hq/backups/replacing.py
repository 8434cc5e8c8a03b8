"""The files of a restore: a complete copy takes the place of the database, and the old one is set aside as it is.

All of it happens on the disk of the database, wherever `database` in hq.toml puts that, so that every step is one
rename. A mark in the home keeps the server from starting in between.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit import beside
from kit.crypto import random_bytes
from kit.files import make_folder, sync_folder

MARK = "restoring.json"
ASIDE = "replaced"
ENDS = ("", "-wal", "-shm")


@contextmanager
def workshop(database: Path) -> Iterator[Path]:
    """An empty folder on the disk of the database, for the copy; only this user can read it."""
    folder = database.with_name(f"{database.name}.restoring")
    shutil.rmtree(folder, ignore_errors=True)  # what a killed run left: scraps of a copy
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def swap(home: Path, database: Path, unpacked: Path, now: int) -> str:
    """The old files go aside as they are; the new one comes by one rename."""
    with unpacked.open("rb+") as file:
        os.fsync(file.fileno())
    beside.write(home / MARK, {"at": now})
    aside = database.parent / ASIDE / f"{now}-{random_bytes(2).hex()}"
    there = [path for end in reversed(ENDS) if (path := Path(f"{database}{end}")).exists()]
    if there:
        make_folder(aside, 0o700)
        for old in there:
            old.rename(aside / old.name)
        sync_folder(aside)
    unpacked.rename(database)
    sync_folder(database.parent)
    return str(aside) if there else ""


def end(home: Path) -> None:
    """The server may start."""
    (home / MARK).unlink()
    sync_folder(home)
