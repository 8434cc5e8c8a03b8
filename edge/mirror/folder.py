"""A mirror in a folder: `lianpu-mirror/<device>/<incarnation>-<first seq>.log`, append-only, synced with each append.

The folder itself is never made here: a stick that is not there is missing, and is not replaced by a folder of the
same name on the PC's own disk. What a torn write left at an end is cut off before the next append and not earlier.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.mirror.model import Life, MirrorTrouble, Owner, Record, Standing
from edge.mirror.pieces import SegmentHead, pack, pack_head, read_segment
from kit.files import make_folder, sync_folder, write_whole
from sync.chain import extend, genesis

NAME = "lianpu-mirror"
OWNER = "owner.json"
END = ".log"
SEGMENT_BYTES = 4 << 20
INC = re.compile(r"[0-9a-f]{32}")
STATES = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
    errno.ENOENT: "missing",
    errno.ENODEV: "missing",
    errno.ENOTCONN: "missing",
}


@dataclass
class _Tail:
    """The last segment of a life."""

    path: Path
    valid: int
    torn: bool
    standing: Standing


class Folder:
    """One folder for one owner. `away_from` is the home of the node, which must be on another file system."""

    def __init__(self, path: Path, owner: Owner, away_from: Path | None = None) -> None:
        self.path = path
        self.owner = owner
        self._away_from = away_from
        self._root = path / NAME
        self._tails: dict[tuple[str, str], _Tail] = {}
        self.looked = False

    # -- Place -----------------------------------------------------------------------------------------

    def standings(self) -> list[Standing]:
        """Of each life the last segment is read, of the first its head."""
        self._tails = {}
        with _in_words():
            devices = sorted(self._root.iterdir()) if self._is_ours() else []
            for device in (entry for entry in devices if entry.is_dir()):
                for inc, files in _by_life(device).items():
                    tail = _tail_of(files)
                    if tail is not None:
                        self._tails[device.name, inc] = tail
        self.looked = True
        found = (tail.standing for tail in self._tails.values())
        return sorted(found, key=lambda standing: (standing.life.ordinal, standing.life.inc))

    def append(self, life: Life, prev: bytes, records: Sequence[Record]) -> None:
        """Write, sync; a new segment when there is none or the last one is long."""
        place = (device_name(life.device), life.inc)
        tail = self._tails.get(place)
        _check_joins(self.owner, life, prev, records, tail)
        with _in_words():
            self._claim()
            if tail is None or tail.valid >= SEGMENT_BYTES:
                tail = self._new_segment(life, prev, records[0].seq, tail)
            self._write(tail, b"".join(pack(record) for record in records))
        last = records[-1]
        before = tail.standing
        tail.standing = Standing(life, before.first_seq, before.prev, last.seq, last.hash)
        self._tails[place] = tail

    def piece(self, life: Life, after_seq: int) -> list[Record]:
        """The rest of the segment that has the next seq, up to damage in it or behind that."""
        with _in_words():
            files = _by_life(self._root / device_name(life.device)).get(life.inc, [])
            before = [file for file in files if _first_of(file) <= after_seq + 1]
            for file in ([before[-1]] if before else []) + files[len(before) :]:
                segment = read_segment(file.read_bytes())
                if segment is None:
                    continue
                found = [record for record in segment.records if record.seq > after_seq]
                if found:
                    return _proven(segment.head, segment.records, found)
                later = _run([record for record in segment.later if record.seq > after_seq])
                if later:
                    return _proven(_head_behind(segment.head, later[0]), later[1:], later)
        return []

    def forget(self, life: Life, up_to: int) -> None:
        """Whole segments only: one goes when the next begins at or below what may go."""
        with _in_words():
            files = _by_life(self._root / device_name(life.device)).get(life.inc, [])
            tail = self._tails.get((device_name(life.device), life.inc))
            ends = [_first_of(file) - 1 for file in files[1:]] + ([tail.standing.seq] if tail else [])
            gone = [file for file, end in zip(files, ends, strict=False) if end <= up_to]
            for file in gone:
                file.unlink()
            if gone:
                sync_folder(gone[0].parent)
            if tail is not None and tail.path in gone:
                del self._tails[device_name(life.device), life.inc]

    # -- files -----------------------------------------------------------------------------------------

    def _is_ours(self) -> bool:
        """The folder is there, on another disk, and ours; False when it is nobody's yet."""
        if not self.path.is_dir():
            raise MirrorTrouble("missing", str(self.path))
        if self._away_from is not None and os.stat(self.path).st_dev == os.stat(self._away_from).st_dev:
            raise MirrorTrouble("same_disk", str(self.path))
        file = self._root / OWNER
        if not file.exists():
            return False
        try:
            owner = msgspec.json.decode(file.read_bytes(), type=Owner)
        except msgspec.DecodeError as error:
            raise MirrorTrouble("damaged", str(file)) from error
        if owner != self.owner:
            raise MirrorTrouble("foreign", f"{file}: of store {owner.node}")
        return True

    def _claim(self) -> None:
        if not self._is_ours():
            make_folder(self._root, mode=0o700)
            write_whole(self._root / OWNER, msgspec.json.encode(self.owner), 0o600)

    def _new_segment(self, life: Life, prev: bytes, first_seq: int, last: _Tail | None) -> _Tail:
        path = self._root / device_name(life.device) / f"{life.inc}-{first_seq:012d}{END}"
        make_folder(path.parent, mode=0o700)
        head = pack_head(SegmentHead(life, first_seq, prev))
        write_whole(path, head, 0o600)
        start = last.standing if last else Standing(life, first_seq, prev, first_seq - 1, prev)
        return _Tail(path, len(head), False, start)

    def _write(self, tail: _Tail, data: bytes) -> None:
        handle = os.open(tail.path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(handle).st_size
            if size < tail.valid or (size > tail.valid and not tail.torn):
                raise MirrorTrouble("damaged", f"{tail.path} has changed by another hand")
            os.ftruncate(handle, tail.valid)
            tail.torn = True  # until the sync has said otherwise
            at, left = tail.valid, memoryview(data)
            while left:
                written = os.pwrite(handle, left, at)
                at, left = at + written, left[written:]
            os.fsync(handle)
        finally:
            os.close(handle)
        tail.valid, tail.torn = at, False


def device_name(device: bytes) -> str:
    """The folder of a device."""
    return hashlib.sha256(device).hexdigest()[:16]


def _by_life(device: Path) -> dict[str, list[Path]]:
    """Incarnation → its segments, oldest first."""
    found: dict[str, list[Path]] = {}
    for file in sorted(device.glob(f"*-*{END}")) if device.is_dir() else ():
        found.setdefault(file.name.split("-")[0], []).append(file)
    return found


def _first_of(file: Path) -> int:
    return int(file.name.removesuffix(END).split("-")[1])


def _tail_of(files: Sequence[Path]) -> _Tail | None:
    """The newest segment that has anything; one whose head was torn never had."""
    first = next((found for file in files if (found := read_segment(file.read_bytes()))), None)
    for file in reversed(files):
        segment = read_segment(file.read_bytes())
        if segment is None or first is None:
            continue
        head, last = segment.head, segment.records[-1] if segment.records else None
        seq, hash_ = (last.seq, last.hash) if last else (head.first_seq - 1, head.prev)
        if last is None and file is not files[0]:
            file.unlink()
            continue
        start = first.head
        standing = Standing(head.life, start.first_seq, start.prev, seq, hash_, segment.torn)
        return _Tail(file, segment.valid, segment.torn, standing)
    return None


def _check_joins(
    owner: Owner, life: Life, prev: bytes, records: Sequence[Record], tail: _Tail | None
) -> None:
    """Only what carries the chain on is taken; the receiving process can tell without reading a body."""
    if life.node != owner.node:
        raise MirrorTrouble("foreign", f"records of store {life.node}")
    if INC.fullmatch(life.inc) is None:  # it becomes the name of a file
        raise MirrorTrouble("refused", "an incarnation of that name")
    first = records[0].seq
    links = extend(life.node, life.inc, first, prev, [record.bh for record in records])
    if links != [record.hash for record in records]:
        raise MirrorTrouble("diverged", f"the records from {first} on are no chain")
    start = (tail.standing.seq, tail.standing.hash) if tail else None
    if start is None and first == 1:
        start = (0, genesis(life.record))
    if start is not None and start != (first - 1, prev):
        raise MirrorTrouble("diverged", f"{life.inc}: has {start[0]}, was offered {first}")


def _run(records: Sequence[Record]) -> list[Record]:
    """Up to the next gap."""
    return [record for i, record in enumerate(records) if record.seq == records[0].seq + i]


def _head_behind(head: SegmentHead, first: Record) -> SegmentHead:
    """As if a segment began behind a record; that one itself is proven by its seal."""
    return SegmentHead(head.life, first.seq + 1, first.hash)


def _proven(head: SegmentHead, whole: Sequence[Record], found: list[Record]) -> list[Record]:
    links = extend(head.life.node, head.life.inc, head.first_seq, head.prev, [one.bh for one in whole])
    if links != [record.hash for record in whole]:
        raise MirrorTrouble("damaged", f"{head.life.inc}: the segment from {head.first_seq} on is no chain")
    return found


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MirrorTrouble(STATES.get(error.errno or 0, "failed"), str(error)) from error
