"""Plain files: what Python's `os` does to them while the recorder is on.

The node writes its small files (witness, keys, certificates, tokens) through `os`. A file that changes by another
way, such as `Path.write_text`, is found by `Recorder.sweep` and counts as never synced.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from unittest import mock


class PlainListener(Protocol):
    """What hears of operations on plain files; it may raise `OSError` instead of them."""

    def plain(self, path: str) -> str | None:
        """The watched name of a path, or None."""

    def sweep(self) -> None:
        """Look for changes that nobody reported."""

    def plain_opened(self, name: str, flags: int) -> None:
        """After an open for writing."""

    def plain_write(self, name: str, offset: int, data: bytes) -> None:
        """Before a write."""

    def plain_size(self, name: str, size: int) -> None:
        """Before a change of size."""

    def plain_sync(self, name: str, folder: bool) -> None:
        """Before an fsync of a file or a folder."""

    def plain_moved(self, name: str, to: str) -> None:
        """Before a rename."""

    def plain_deleted(self, name: str) -> None:
        """Before a deletion."""

    def plain_folder(self, name: str) -> None:
        """Before a new folder."""


class Layer:
    """The replaced functions; `handles` maps open files and folders to their watched names."""

    def __init__(self, listener: PlainListener) -> None:
        self.listener = listener
        self.handles: dict[int, tuple[str, bool]] = {}
        self.real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in REPLACED}

    def open(self, path: Any, flags: int, *more: Any, **named: Any) -> int:
        handle: int = self.real["open"](path, flags, *more, **named)
        name = self.listener.plain(os.fspath(path))
        if name is not None:
            folder = os.path.isdir(path)
            self.handles[handle] = (name, folder)
            if not folder and flags & (os.O_WRONLY | os.O_RDWR):
                self.listener.plain_opened(name, flags)
        return handle

    def close(self, handle: int) -> None:
        self.handles.pop(handle, None)
        self.real["close"](handle)

    def write(self, handle: int, data: Any) -> int:
        if handle in self.handles:
            self.listener.plain_write(self.handles[handle][0], os.lseek(handle, 0, os.SEEK_CUR), bytes(data))
        return int(self.real["write"](handle, data))

    def pwrite(self, handle: int, data: Any, offset: int) -> int:
        if handle in self.handles:
            self.listener.plain_write(self.handles[handle][0], offset, bytes(data))
        return int(self.real["pwrite"](handle, data, offset))

    def ftruncate(self, handle: int, size: int) -> None:
        if handle in self.handles:
            self.listener.plain_size(self.handles[handle][0], size)
        self.real["ftruncate"](handle, size)

    def fsync(self, handle: int) -> None:
        if handle in self.handles:
            self.listener.plain_sync(*self.handles[handle])
        self.real["fsync"](handle)

    def replace(self, path: Any, to: Any, **named: Any) -> None:
        name, new = self.listener.plain(os.fspath(path)), self.listener.plain(os.fspath(to))
        if name is not None and new is not None:
            self.listener.plain_moved(name, new)
        self.real["replace"](path, to, **named)

    def unlink(self, path: Any, **named: Any) -> None:
        name = self.listener.plain(os.fspath(path))
        if name is not None and os.path.lexists(path):
            self.listener.plain_deleted(name)
        self.real["unlink"](path, **named)

    def mkdir(self, path: Any, *more: Any, **named: Any) -> None:
        name = self.listener.plain(os.fspath(path))
        if name is not None and not os.path.exists(path):
            self.listener.plain_folder(name)
        self.real["mkdir"](path, *more, **named)


REPLACED = {
    "open": "open", "close": "close", "write": "write", "pwrite": "pwrite", "ftruncate": "ftruncate",
    "fsync": "fsync", "fdatasync": "fsync", "replace": "replace", "rename": "replace", "unlink": "unlink",
    "remove": "unlink", "mkdir": "mkdir",
}  # fmt: skip


@contextmanager
def listening(listener: PlainListener) -> Iterator[None]:
    """Every call of `os` inside is listened to."""
    layer = Layer(listener)
    with mock.patch.multiple(os, **{name: getattr(layer, method) for name, method in REPLACED.items()}):
        yield
    listener.sweep()
