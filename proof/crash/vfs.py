"""A listener around SQLite's own unix VFS, in the very library that `kit.db` uses.

The files are the real ones, opened and locked by the real VFS. Only what a power cut can take back passes through
Python first: open, write, truncate, sync and delete of files, and syncs of a folder. A listener may also refuse an
operation with an error code of SQLite (full disk, failing disk).
"""

from __future__ import annotations

import ctypes
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import pysqlite3._sqlite3 as _module

OK, IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE, FULL = 0, 778, 1034, 1546, 13
NAME = b"lianpu-crash"

_library = ctypes.CDLL(_module.__file__)
_P, _I, _L, _S = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_char_p

OpenCall = ctypes.CFUNCTYPE(_I, _P, _P, _P, _I, ctypes.POINTER(_I))
DeleteCall = ctypes.CFUNCTYPE(_I, _P, _S, _I)
RandomCall = ctypes.CFUNCTYPE(_I, _P, _I, _P)
CloseCall = ctypes.CFUNCTYPE(_I, _P)
WriteCall = ctypes.CFUNCTYPE(_I, _P, _P, _I, _L)
TruncateCall = ctypes.CFUNCTYPE(_I, _P, _L)
SyncCall = ctypes.CFUNCTYPE(_I, _P, _I)
FolderCall = ctypes.CFUNCTYPE(_I, _S, ctypes.POINTER(_I))
SetCall = ctypes.CFUNCTYPE(_I, _P, _S, _P)
GetCall = ctypes.CFUNCTYPE(_P, _P, _S)


class Vfs(ctypes.Structure):
    """`sqlite3_vfs`, version 3."""

    _fields_ = [
        ("iVersion", _I), ("szOsFile", _I), ("mxPathname", _I), ("pNext", _P), ("zName", _S), ("pAppData", _P),
        ("xOpen", _P), ("xDelete", _P), ("xAccess", _P), ("xFullPathname", _P), ("xDlOpen", _P), ("xDlError", _P),
        ("xDlSym", _P), ("xDlClose", _P), ("xRandomness", _P), ("xSleep", _P), ("xCurrentTime", _P),
        ("xGetLastError", _P), ("xCurrentTimeInt64", _P), ("xSetSystemCall", _P), ("xGetSystemCall", _P),
        ("xNextSystemCall", _P),
    ]  # fmt: skip


class Methods(ctypes.Structure):
    """`sqlite3_io_methods`, version 3."""

    _fields_ = [
        ("iVersion", _I), ("xClose", _P), ("xRead", _P), ("xWrite", _P), ("xTruncate", _P), ("xSync", _P),
        ("xFileSize", _P), ("xLock", _P), ("xUnlock", _P), ("xCheckReservedLock", _P), ("xFileControl", _P),
        ("xSectorSize", _P), ("xDeviceCharacteristics", _P), ("xShmMap", _P), ("xShmLock", _P), ("xShmBarrier", _P),
        ("xShmUnmap", _P), ("xFetch", _P), ("xUnfetch", _P),
    ]  # fmt: skip


_library.sqlite3_vfs_find.restype = ctypes.POINTER(Vfs)
_library.sqlite3_vfs_find.argtypes = [_S]
_library.sqlite3_vfs_register.argtypes = [_P, _I]
_library.sqlite3_vfs_unregister.argtypes = [_P]
_library.sqlite3_randomness.argtypes = [_I, _P]


class Listener(Protocol):
    """What hears of each operation before it happens; an answer other than `OK` is its error instead."""

    def watches(self, path: str) -> bool:
        """Is this file to be listened to?"""

    def opened(self, path: str) -> None:
        """The file is open; it may be new."""

    def write(self, path: str, offset: int, data: bytes) -> int:
        """Bytes are about to be written at an offset."""

    def truncate(self, path: str, size: int) -> int:
        """The file is about to get this size."""

    def sync(self, path: str) -> int:
        """The file is about to be forced to the disk."""

    def delete(self, path: str) -> int:
        """The name is about to go."""

    def folder(self, path: str) -> None:
        """The folder's names are about to be forced to the disk."""


@dataclass
class _Open:
    """One open file: its path and the real methods."""

    path: str
    real: Methods


_kept: list[Shim] = []  # a connection may remember the VFS under which it was opened for as long as it lives


class Shim:
    """The default VFS while `listening`. Everything that C calls must be kept alive here."""

    def __init__(self, listener: Listener, seed: int) -> None:
        self.listener = listener
        self.seed = seed
        self.unix = _library.sqlite3_vfs_find(b"unix")
        self.vfs = Vfs.from_buffer_copy(self.unix.contents)
        self.vfs.zName = NAME
        self.files: dict[int, _Open] = {}
        self.tables: dict[int, Methods] = {}
        self.calls: list[Any] = [
            OpenCall(self._open), DeleteCall(self._delete), RandomCall(self._randomness), CloseCall(self._close),
            WriteCall(self._write), TruncateCall(self._truncate), SyncCall(self._sync), FolderCall(self._folder),
        ]  # fmt: skip
        self.real_open = OpenCall(self.unix.contents.xOpen)
        self.real_delete = DeleteCall(self.unix.contents.xDelete)
        for name, call in zip(("xOpen", "xDelete", "xRandomness"), self.calls, strict=False):
            setattr(self.vfs, name, ctypes.cast(call, _P).value)

    def install(self) -> None:
        """Be the default; random numbers of the engine start from the seed."""
        self._system_call(ctypes.cast(self.calls[7], _P).value)
        _library.sqlite3_vfs_register(ctypes.byref(self.vfs), 1)
        _library.sqlite3_randomness(0, None)

    def remove(self) -> None:
        """The unix VFS is the default again; no watched file may be open."""
        left = [file.path for file in self.files.values()]
        _library.sqlite3_vfs_unregister(ctypes.byref(self.vfs))
        self._system_call(None)
        _library.sqlite3_randomness(0, None)
        if left:
            raise RuntimeError(f"still open: {left}")

    def _system_call(self, call: int | None) -> None:
        set_call = SetCall(self.unix.contents.xSetSystemCall)
        get_call = GetCall(self.unix.contents.xGetSystemCall)
        if call is not None:
            self.real_folder = FolderCall(get_call(ctypes.addressof(self.unix.contents), b"openDirectory"))
        set_call(ctypes.addressof(self.unix.contents), b"openDirectory", call)

    # -- what C calls ----------------------------------------------------------------------------------

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: Any) -> int:
        code = self.real_open(vfs, name, file, flags, out)
        path = ctypes.string_at(name).decode() if name else ""
        if code == OK and path and self.listener.watches(path):
            place = ctypes.cast(file, ctypes.POINTER(_P))
            known = int(place[0] or 0)
            real = Methods.from_address(known)
            if known not in self.tables:
                self.tables[known] = self._around(real)
            self.files[file] = _Open(path, real)
            place[0] = ctypes.addressof(self.tables[known])
            self.listener.opened(path)
        return int(code)

    def _around(self, real: Methods) -> Methods:
        table = Methods.from_buffer_copy(real)
        for name, call in zip(("xClose", "xWrite", "xTruncate", "xSync"), self.calls[3:7], strict=True):
            setattr(table, name, ctypes.cast(call, _P).value)
        return table

    def _close(self, file: int) -> int:
        return int(CloseCall(self.files.pop(file).real.xClose)(file))

    def _write(self, file: int, data: int, size: int, offset: int) -> int:
        known = self.files[file]
        code = self.listener.write(known.path, offset, ctypes.string_at(data, size))
        return code or int(WriteCall(known.real.xWrite)(file, data, size, offset))

    def _truncate(self, file: int, size: int) -> int:
        known = self.files[file]
        code = self.listener.truncate(known.path, size)
        return code or int(TruncateCall(known.real.xTruncate)(file, size))

    def _sync(self, file: int, flags: int) -> int:
        known = self.files[file]
        code = self.listener.sync(known.path)
        return code or int(SyncCall(known.real.xSync)(file, flags))

    def _delete(self, vfs: int, name: bytes, folder: int) -> int:
        if self.listener.watches(name.decode()):
            code = self.listener.delete(name.decode())
            if code:
                return code
        return int(self.real_delete(vfs, name, folder))

    def _folder(self, name: bytes, out: Any) -> int:
        path = name.decode()
        if self.listener.watches(path):
            self.listener.folder(path.rpartition("/")[0])
        return int(self.real_folder(name, out))

    def _randomness(self, _vfs: int, size: int, out: int) -> int:
        ctypes.memmove(out, self.seed.to_bytes(8, "big").ljust(size, b"\x5a")[:size], size)
        return size


@contextmanager
def listening(listener: Listener, seed: int = 1) -> Iterator[None]:
    """Every connection opened inside is listened to; all must be closed before the end.

    Who wants to end this process waits until then: what is raised in a function that C called, C does not hear.
    """
    shim = Shim(listener, seed)
    _kept.append(shim)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    shim.install()
    try:
        yield
    finally:
        shim.remove()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
