"""Records one act of the node: every operation on its files, and every content that was acknowledged.

Acknowledged means that `Database.write` has returned: the till answers a person only after that. The recorder keeps
its own picture of the files from the operations alone and compares it with the real folder at the end, so an
operation that it does not hear of is an error and not a gap in the proof.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol
from unittest import mock

from kit.db import Connection, Database
from proof.crash import files, vfs
from proof.crash.content import digest_of
from proof.crash.log import (
    FAILED_SYNC,
    FOLDER,
    FOLDER_SYNC,
    MOVE,
    NAME,
    SYNC,
    TRUNCATE,
    UNNAME,
    WRITE,
    Log,
    Moment,
    Op,
    apply,
    rename,
)

IGNORED = ("-shm", ".lock", "/ballast")
# half-way names, and the file that is not synced by design (SYNC §2)
UNPROMISED = (".new", ".salvaging", ".salvaging-wal", ".salvaging-journal", ".witness")
ABSENT = "absent"
ENGINE = (".sqlite", ".sqlite-wal", ".sqlite-journal")


class Faults(Protocol):
    """What goes wrong with the disk while an act is recorded."""

    def strikes(self, kind: str) -> int:
        """The engine's error code for this WRITE, TRUNCATE or SYNC; `vfs.OK` when it works."""


class Recorder:
    """Hears both layers for the folder `root`. Use `recording`."""

    faults: Faults | None = None

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.log = Log()
        self._prefix = f"{self.root}/"
        self._nodes: dict[int, bytearray] = {}
        self._names: dict[str, int] = {}
        self._folders: set[str] = set()
        for name, data in read_tree(self.root).items():
            node = len(self._nodes)
            self._nodes[node], self._names[name] = bytearray(data), node
        self._folders = {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_dir()}
        self.log.nodes = {node: bytes(data) for node, data in self._nodes.items()}
        self.log.names, self.log.folders = dict(self._names), set(self._folders)
        for name in self._names:
            if name.endswith(".sqlite"):
                self.acknowledged(name, self._content_before(name))
        self.step()

    def _content_before(self, name: str) -> str:
        """What a database says before the act, by a copy: opening it would change its files."""
        with tempfile.TemporaryDirectory(dir=self.root.parent) as folder:
            for more in ("", "-wal"):
                if name + more in self._names:
                    place = Path(folder) / ("copy" + more)
                    place.write_bytes(self._nodes[self._names[name + more]])
            return content_of(Path(folder) / "copy")

    # -- operations --------------------------------------------------------------------------------------

    def note(self, op: Op) -> None:
        """Append an operation and do it to the picture."""
        self.log.ops.append(op)
        if op.kind in (WRITE, TRUNCATE):
            apply(self._nodes, op)
        elif op.kind not in (SYNC, FAILED_SYNC, FOLDER_SYNC):
            rename(self._names, self._folders, op)

    def create(self, name: str) -> None:
        """A file that was not there before."""
        node = len(self._nodes)
        self._nodes[node] = bytearray()
        self.note(Op(NAME, name, node))

    def _data(self, kind: str, name: str, offset: int = 0, data: bytes = b"") -> int:
        self.note(Op(kind, name, self._names[name], offset, data))
        return vfs.OK

    def acknowledged(self, path: str, digest: str) -> None:
        """This content of `path` has been promised to somebody."""
        known = self.log.moments[path]
        if not known and path not in self.log.names:
            known.append(Moment(0, ABSENT))
        if not known or known[-1].digest != digest:
            known.append(Moment(len(self.log.ops), digest))

    def step(self) -> None:
        """A step of the act has returned: what its small files say now is promised too."""
        self.sweep()
        names = {name for name in self.log.moments if not name.endswith(".sqlite")} | self._names.keys()
        for name in sorted(names):
            if not name.endswith(ENGINE + UNPROMISED):
                node = self._names.get(name)
                self.acknowledged(name, ABSENT if node is None else plain_digest(bytes(self._nodes[node])))

    # -- the engine (vfs.Listener) -------------------------------------------------------------------------

    def watches(self, path: str) -> bool:
        return path.startswith(self._prefix) and not path.endswith(IGNORED)

    def opened(self, path: str) -> None:
        name = self._name(path)
        if name not in self._names and os.path.exists(path):
            self.create(name)

    def write(self, path: str, offset: int, data: bytes) -> int:
        return self._struck(WRITE) or self._data(WRITE, self._name(path), offset, data)

    def truncate(self, path: str, size: int) -> int:
        return self._struck(TRUNCATE) or self._data(TRUNCATE, self._name(path), size)

    def sync(self, path: str) -> int:
        code = self._struck(SYNC)
        self._data(FAILED_SYNC if code else SYNC, self._name(path))
        return code

    def _struck(self, kind: str) -> int:
        return self.faults.strikes(kind) if self.faults else vfs.OK

    def delete(self, path: str) -> int:
        if self._name(path) in self._names:
            self.note(Op(UNNAME, self._name(path)))
        return vfs.OK

    def folder(self, path: str) -> None:
        self.note(Op(FOLDER_SYNC, "" if path == str(self.root) else self._name(path)))

    def _name(self, path: str) -> str:
        return path.removeprefix(self._prefix)

    # -- plain files (files.PlainListener) ------------------------------------------------------------------

    def plain(self, path: str) -> str | None:
        full = os.path.abspath(path)
        if full == str(self.root):
            return ""
        return self._name(full) if self.watches(full) else None

    def plain_opened(self, name: str, flags: int) -> None:
        if name not in self._names:
            self.create(name)
        elif flags & os.O_TRUNC:
            self._data(TRUNCATE, name, 0)

    def plain_write(self, name: str, offset: int, data: bytes) -> None:
        self.sweep(but=name)
        self._raise(self._struck(WRITE))
        self._data(WRITE, name, offset, data)

    def _raise(self, code: int) -> None:
        if code:
            number = errno.ENOSPC if code == vfs.FULL else errno.EIO
            raise OSError(number, os.strerror(number))

    def plain_size(self, name: str, size: int) -> None:
        self._data(TRUNCATE, name, size)

    def plain_sync(self, name: str, folder: bool) -> None:
        if folder:
            self.note(Op(FOLDER_SYNC, name))
        else:
            code = self._struck(SYNC)
            self._data(FAILED_SYNC if code else SYNC, name)
            self._raise(code)

    def plain_moved(self, name: str, to: str) -> None:
        self.sweep()
        self.note(Op(MOVE, name, self._names[name], to=to))

    def plain_deleted(self, name: str) -> None:
        self.sweep()
        self.note(Op(UNNAME, name))

    def plain_folder(self, name: str) -> None:
        self.note(Op(FOLDER, name))

    def sweep(self, but: str = "") -> None:
        """Plain files that changed by a way nobody heard of: written anew, never synced."""
        for name, data in read_tree(self.root).items():
            if name.endswith(ENGINE) or name == but:
                continue
            if name not in self._names:
                self.create(name)
            if bytes(self._nodes[self._names[name]]) != data:
                self._data(TRUNCATE, name, 0)
                self._data(WRITE, name, 0, data)

    def check(self) -> None:
        """The picture must be the folder, byte for byte."""
        real = read_tree(self.root)
        picture = {name: bytes(self._nodes[node]) for name, node in self._names.items()}
        wrong = sorted(name for name in real.keys() | picture.keys() if real.get(name) != picture.get(name))
        if wrong:
            raise RuntimeError(f"the recorder does not know what happened to {wrong}")


def content_of(path: Path) -> str:
    """What a closed database says."""
    database = Database(path, lock=False)
    try:
        return digest_of(database.writer)
    finally:
        database.close()


def plain_digest(data: bytes) -> str:
    """The name of a small file's content."""
    return hashlib.sha256(data).hexdigest()


def read_tree(root: Path) -> dict[str, bytes]:
    """Name → content of every file that counts."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not str(path).endswith(IGNORED)
    }


@contextmanager
def recording(root: Path) -> Iterator[Recorder]:
    """Everything that happens to files below `root`; all databases there must be closed at the end."""
    recorder = Recorder(root)
    real = Database.write

    @contextmanager
    def write(self: Database) -> Iterator[Connection]:
        with real(self) as connection:
            yield connection
        if recorder.watches(self.path):
            recorder.step()
            recorder.acknowledged(recorder.plain(self.path) or "", digest_of(self.writer))

    with ExitStack() as stack:
        stack.enter_context(vfs.listening(recorder))
        stack.enter_context(files.listening(recorder))
        stack.enter_context(mock.patch.object(Database, "write", write))
        yield recorder
        recorder.step()
    recorder.check()
