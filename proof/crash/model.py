"""What a power cut may leave: from a log, at each operation, the states of the files (FAULTS ES-02 to ES-05, PW-07).

A sync of a file makes its bytes durable, a sync of a folder its names. Whatever was done since then is pending, and
of the pending any part may have reached the disk, in any order, the last write even in part:

    none, all            nothing, everything
    newest, hole n       only the last operation; all but the n-th
    head n, tail n       the last write up to, or from, its n-th 512-byte sector; the earlier ones kept
    zeros, garbage       the last write's place was reached, its bytes were not: zeros, noise
    names, bytes         only changes of names and folders; only bytes
    no truncates         everything but changes of size
    drawn r              a seeded subset in a seeded order, of whole writes or of single sectors

The named ones are enumerated for every operation; `drawn` ones follow in rounds for as long as more are asked for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from proof.crash.log import (
    DATA,
    FAILED_SYNC,
    FOLDER_SYNC,
    NAMES,
    SYNC,
    TRUNCATE,
    WRITE,
    Log,
    Op,
    apply,
    parent,
    rename,
)

SECTOR = 512
HOLES_MAX = 8


@dataclass(frozen=True)
class Cut:
    """The moment before operation `index`: what is durable, and what is pending in the order it was done."""

    index: int
    nodes: dict[int, bytes]
    names: dict[str, int]
    folders: frozenset[str]
    pending: tuple[Op, ...]


@dataclass(frozen=True)
class State:
    """One way the disk may look: `kept` of a cut's pending operations, in the order in which they took effect."""

    number: int
    label: str
    cut: Cut
    kept: tuple[Op, ...]

    def files(self) -> dict[str, bytes]:
        """Name → content. A file in a folder that did not come into being is not there."""
        changed: dict[int, bytearray] = {}
        names, folders = dict(self.cut.names), set(self.cut.folders)
        for op in self.kept:
            if op.kind in NAMES:
                rename(names, folders, op)
                continue
            if op.node not in changed:
                changed[op.node] = bytearray(self.cut.nodes.get(op.node, b""))
            apply(changed, op)
        nodes = self.cut.nodes
        return {
            name: bytes(changed[node]) if node in changed else nodes.get(node, b"")
            for name, node in names.items()
            if _reachable(name, folders)
        }


def _reachable(name: str, folders: set[str]) -> bool:
    above = parent(name)
    while above:
        if above not in folders:
            return False
        above = parent(above)
    return True


def cuts(log: Log, *, honest: bool = True, forgets: bool = False) -> list[Cut]:
    """One cut before each operation and one at the end.

    A drive that is not honest makes nothing durable, whatever is synced. A kernel that `forgets` drops what was
    pending when a sync failed, and says yes to the next one (ES-10).
    """
    nodes, names, folders = dict(log.nodes), dict(log.names), set(log.folders)
    pending: list[Op] = []
    found = []
    for index, op in enumerate((*log.ops, None)):
        found.append(Cut(index, dict(nodes), dict(names), frozenset(folders), tuple(pending)))
        if op is None:
            break
        if op.kind == SYNC and honest:
            durable = {op.node: bytearray(nodes.get(op.node, b""))}
            for done in pending:
                if done.kind in DATA and done.node == op.node:
                    apply(durable, done)
            nodes[op.node] = bytes(durable[op.node])
            pending = [left for left in pending if left.kind not in DATA or left.node != op.node]
        elif op.kind == FAILED_SYNC and forgets:
            pending = [left for left in pending if left.kind not in DATA or left.node != op.node]
        elif op.kind == FOLDER_SYNC and honest:
            for done in pending:
                if done.kind in NAMES and done.folder == op.path:
                    rename(names, folders, done)
            pending = [left for left in pending if left.kind not in NAMES or left.folder != op.path]
        elif op.kind in DATA or op.kind in NAMES:
            pending.append(op)
    return found


def states(all_cuts: Sequence[Cut], seed: str) -> Iterator[State]:
    """All named states of all cuts, then drawn ones without end (or none, where at most one operation is pending)."""
    number = 0
    for cut in all_cuts:
        for label, kept in named(cut, random.Random(f"{seed}/{cut.index}")):
            yield State(number, f"{label} at {cut.index}", cut, kept)
            number += 1
    rich = [cut for cut in all_cuts if len(cut.pending) > 1]
    turn = 0
    while rich:
        for cut in rich:
            kept = drawn(cut.pending, random.Random(f"{seed}/{cut.index}/{turn}"))
            yield State(number, f"drawn {turn} at {cut.index}", cut, kept)
            number += 1
        turn += 1


def named_simply(all_cuts: Sequence[Cut]) -> Iterator[State]:
    """Of all cuts only what had been synced, and everything."""
    for number, cut in enumerate(all_cuts):
        yield State(2 * number, f"none at {cut.index}", cut, ())
        if cut.pending:
            yield State(2 * number + 1, f"all at {cut.index}", cut, cut.pending)


def named(cut: Cut, rng: random.Random) -> Iterator[tuple[str, tuple[Op, ...]]]:
    """The states that have names."""
    pending = cut.pending
    yield "none", ()
    if not pending:
        return
    yield "all", pending
    *earlier, last = pending
    if earlier:
        yield "newest", (last,)
        for n in sorted(rng.sample(range(len(pending)), min(HOLES_MAX, len(pending)))):
            yield f"hole {n}", pending[:n] + pending[n + 1 :]
    if last.kind == WRITE:
        parts = sectors(last)
        for n in range(1, len(parts)):
            yield f"head {n}", (*earlier, *parts[:n])
            yield f"tail {n}", (*earlier, *parts[n:])
        yield "zeros", (*earlier, replace(last, data=bytes(len(last.data))))
        yield "garbage", (*earlier, replace(last, data=rng.randbytes(len(last.data))))
    names = tuple(op for op in pending if op.kind in NAMES)
    if names and len(names) < len(pending):
        yield "names", names
        yield "bytes", tuple(op for op in pending if op.kind in DATA)
    if any(op.kind == TRUNCATE for op in pending):
        yield "no truncates", tuple(op for op in pending if op.kind != TRUNCATE)


def drawn(pending: Sequence[Op], rng: random.Random) -> tuple[Op, ...]:
    """A subset in some order; changes of names keep theirs, as a file system's own journal does within a folder."""
    ways: tuple[Callable[[Op], list[Op]], ...] = (lambda op: [op], sectors)
    split, likely, shuffled = rng.choice(ways), rng.choice((0.2, 0.5, 0.8, 0.95, 1.0)), rng.random() < 0.7
    data = [part for op in pending if op.kind in DATA for part in split(op) if rng.random() < likely]
    names = [op for op in pending if op.kind in NAMES and rng.random() < likely]
    if shuffled:
        rng.shuffle(data)
    return (*names, *data)


def sectors(op: Op) -> list[Op]:
    """A write as its sectors, by their places in the file; other operations as they are."""
    if op.kind != WRITE:
        return [op]
    found, at, end = [], op.offset, op.offset + len(op.data)
    while at < end:
        until = min(end, (at // SECTOR + 1) * SECTOR)
        found.append(replace(op, offset=at, data=op.data[at - op.offset : until - op.offset]))
        at = until
    return found
