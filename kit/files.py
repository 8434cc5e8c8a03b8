"""Folders and small files that a power cut cannot take away again or leave half (FAULTS PW-07).

A sync of a file makes its bytes durable and nothing else: its name, and the name of a new folder, are made durable
by a sync of the folder that they stand in.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from threading import enumerate as living_threads
from threading import get_native_id


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
    """After a power cut the old or the new content is there, never half; a full disk leaves the old one.

    Of two who write at once the last one wins; neither touches what the other has half written. What a writer that
    is dead left half written, perhaps half a secret, goes with the next write.
    """
    make_folder(path.parent)
    _sweep(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}-{get_native_id()}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        try:
            _write(handle, data)
        finally:
            os.close(handle)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):  # the disk itself may be what failed
            os.unlink(temporary)
        raise
    sync_folder(path.parent)


def _sweep(path: Path) -> None:
    """Take away what nobody will ever finish."""
    half = re.compile(re.escape(path.name) + r"\.(\d{1,9})-(\d{1,9})\.new")
    for name in os.listdir(path.parent):
        found = half.fullmatch(name)
        if found and not _writes(int(found[1]), int(found[2])):
            with suppress(OSError):  # another may be sweeping, too
                os.unlink(path.parent / name)


def _writes(process: int, thread: int) -> bool:
    """Can this writer still be at it?"""
    if process == os.getpid():
        return thread in {one.native_id for one in living_threads()}
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True


def _write(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:  # a nearly full disk takes a part and says so
        left = left[os.write(handle, left) :]
    os.fsync(handle)
