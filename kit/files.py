"""Folders and small files that a power cut cannot take away again or leave half (FAULTS PW-07).

A sync of a file makes its bytes durable and nothing else: its name, and the name of a new folder, are made durable
by a sync of the folder that they stand in.
"""

from __future__ import annotations

import os
from pathlib import Path


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder, and those above it that are missing; each new name is durable. `mode` is the last one's."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True, mode=mode if folder == path else 0o777)
        sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, data: bytes, mode: int) -> None:
    """After a power cut the old or the new content is there, never half; a full disk leaves the old one."""
    make_folder(path.parent)
    temporary = path.with_name(path.name + ".new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        left = memoryview(data)
        while left:  # a nearly full disk takes a part and says so
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    os.replace(temporary, path)
    sync_folder(path.parent)
