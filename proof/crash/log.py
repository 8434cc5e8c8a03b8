"""What was done to the files of a folder, in order: the operations that a power cut may take back.

Paths are relative to the watched folder, with `/`. A file is a node with a number; names lead to nodes, so that a
rename or a deletion is an operation on names alone and the bytes of a node have operations of their own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

WRITE, TRUNCATE, SYNC, FAILED_SYNC = "write", "truncate", "sync", "failed sync"
NAME, UNNAME, MOVE, FOLDER, FOLDER_SYNC = "name", "unname", "move", "folder", "folder-sync"
DATA = frozenset({WRITE, TRUNCATE})
NAMES = frozenset({NAME, UNNAME, MOVE, FOLDER})


@dataclass(frozen=True)
class Op:
    """One operation. `offset` is the size for TRUNCATE, `to` the new name for MOVE, `node` the file it concerns."""

    kind: str
    path: str
    node: int = -1
    offset: int = 0
    data: bytes = b""
    to: str = ""

    @property
    def folder(self) -> str:
        """The folder whose sync makes a change of names durable."""
        return parent(self.to or self.path)

    def __str__(self) -> str:
        more = {
            WRITE: f" {self.offset}+{len(self.data)}",
            TRUNCATE: f" to {self.offset}",
            MOVE: f" to {self.to}",
        }
        return f"{self.kind} {self.path}{more.get(self.kind, '')}"


@dataclass(frozen=True)
class Moment:
    """A content that was complete, and from which operation on it had been acknowledged."""

    at: int
    digest: str


@dataclass
class Log:
    """One act. `nodes` and `names` are the files before it; `moments` maps a path to its acknowledged contents."""

    ops: list[Op] = field(default_factory=list)
    nodes: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    moments: dict[str, list[Moment]] = field(default_factory=lambda: defaultdict(list))

    def required(self, path: str, index: int) -> int:
        """Which moment of a path had been acknowledged before operation `index`; older ones are lost then."""
        known = [n for n, moment in enumerate(self.moments.get(path, ())) if moment.at <= index]
        return known[-1] if known else 0


def parent(path: str) -> str:
    """The folder of a path; "" is the watched folder itself."""
    return path.rpartition("/")[0]


def apply(nodes: dict[int, bytearray], op: Op) -> None:
    """Do a data operation to the bytes of its node."""
    content = nodes.setdefault(op.node, bytearray())
    if op.kind == TRUNCATE:
        if op.offset < len(content):
            del content[op.offset :]
        else:
            content.extend(bytes(op.offset - len(content)))
        return
    end = op.offset + len(op.data)
    if len(content) < op.offset:
        content.extend(bytes(op.offset - len(content)))
    content[op.offset : end] = op.data


def rename(names: dict[str, int], folders: set[str], op: Op) -> None:
    """Do an operation on names."""
    if op.kind == FOLDER:
        folders.add(op.path)
    elif op.kind == NAME:
        names[op.path] = op.node
    elif op.kind == UNNAME:
        names.pop(op.path, None)
    else:
        names.pop(op.path, None)
        names[op.to] = op.node
