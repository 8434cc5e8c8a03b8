"""The files of a restore: a complete copy takes the place of the database, and the old one is set aside as it is.

All of it happens on the disk of the database, wherever `database` in hq.toml puts that, so that every step is one
rename. A mark in the home keeps the server from starting in between. It is written before the first rename and says
what was found: a run that follows a broken one never reads what that one has moved in part, and moves it to the same
folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from hq.backups.model import Head, Range
from kit import beside
from kit.crypto import random_bytes
from kit.files import make_folder, sync_folder
from retail.errors import Misconfigured

MARK = "restoring.json"
ASIDE = "replaced"
ENDS = ("", "-wal", "-shm")


class Before(msgspec.Struct, frozen=True):
    """What the database says that is to be replaced, as far as it can still be read, and what was accepted as lost.

    `heads` are those of HQ's own logs.
    """

    epoch: str = ""
    heads: list[Head] = []
    accepted: list[Range] = []


class Old(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the mark: where the database lies, its files, the folder that they go to, and what it said."""

    database: str
    aside: str
    files: list[str]
    before: Before


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


def begun(home: Path, database: Path) -> Old | None:
    """What a run that was broken off has found; `Misconfigured` when it was about another database."""
    facts = beside.read(home / MARK, {})
    if "aside" not in facts:  # an older program told nothing there: what it left is looked at anew
        return None
    old = msgspec.convert(facts, Old)
    if old.database != str(database):
        raise Misconfigured(
            [
                f"a restore into {old.database} was broken off: run that one again first. To give it up, put the files"
                f" in {old.aside} back to where they were and delete {home / MARK}"
            ]
        )
    return old


def found(database: Path, before: Before, now: int) -> Old:
    """What is there before anything is moved, and where it will go."""
    return Old(
        database=str(database), aside=str(_folder(database, now)), files=_there(database), before=before
    )


def swap(home: Path, unpacked: Path, old: Old, now: int) -> None:
    """The old files go aside as they are; the new one comes by one rename. `end` lets the server start.

    Run again it goes on: a file is moved once and never over another. What lies there when all are moved, a run
    before this one has put there, or a person: it goes into a folder of its own.
    """
    with unpacked.open("rb+") as file:
        os.fsync(file.fileno())
    beside.write(home / MARK, msgspec.to_builtins(old))
    database, aside = Path(old.database), Path(old.aside)
    _set_aside(database.parent, [name for name in old.files if not (aside / name).exists()], aside)
    _set_aside(database.parent, _there(database), _folder(database, now))
    unpacked.rename(database)
    sync_folder(database.parent)


def _folder(database: Path, now: int) -> Path:
    return database.parent / ASIDE / f"{now}-{random_bytes(2).hex()}"


def _there(database: Path) -> list[str]:
    """The database itself is the last to go."""
    return [path.name for end in reversed(ENDS) if (path := Path(f"{database}{end}")).exists()]


def _set_aside(place: Path, names: list[str], aside: Path) -> None:
    if names:
        make_folder(aside, 0o700)
    for name in names:
        # A log that was empty is gone once somebody has looked into the database.
        with suppress(FileNotFoundError):
            (place / name).rename(aside / name)
    if names:
        sync_folder(aside)
        sync_folder(place)  # the old log is gone from here before another database comes


def end(home: Path) -> None:
    """The server may start."""
    (home / MARK).unlink()
    sync_folder(home)
