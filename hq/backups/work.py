"""Where a backup is made: one at a time, in a folder that only this user can read and that leaves nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.db import release_file_lock, take_file_lock
from retail.errors import Misconfigured, NotNow

FOLDER = "backup-work"


@contextmanager
def workplace(home: Path) -> Iterator[Path]:
    """An empty folder on the home's disk; raises `NotNow` while another backup is being made.

    `Misconfigured` names the reason when there is no place for one.
    """
    try:
        handle = take_file_lock(str(home / "backup.lock"))
    except Misconfigured as error:
        if error.__cause__ is not None:  # nobody holds the file: it cannot even be opened
            raise
        raise NotNow("backups.running") from error
    folder = home / FOLDER
    try:
        shutil.rmtree(folder, ignore_errors=True)  # what a killed process left: never a backup, only scraps
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        release_file_lock(handle)
