"""A mirror in a folder: `lianpu-mirror/<device>/<incarnation>-<first seq>.log`, append-only, synced with each append.

The folder itself is never made here: a stick that is not there is missing, and is not replaced by a folder of the
same name on the PC's own disk. What a torn write left at an end is cut off by the next append and not earlier;
bytes in which a record can still be read are never cut off, overwritten or deleted, but by purge (`forget`).
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from edge.mirror.model import Life, MirrorTrouble, Owner, Record, Standing
from edge.mirror.pieces import SegmentHead, pack, pack_head
from edge.mirror.segments import END, Tail, aside, by_life, first_of, last_in, piece, tail_of
from kit.files import make_folder, sync_folder, write_whole
from sync.chain import extend, genesis, link_hash

NAME = "lianpu-mirror"
OWNER = "owner.json"
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


class Folder:
    """One folder for one owner. `away_from` is the home of the node, which must be on another file system."""

    def __init__(self, path: Path, owner: Owner, away_from: Path | None = None) -> None:
        self.path = path
        self.owner = owner
        self._away_from = away_from
        self._root = path / NAME
        self._tails: dict[tuple[str, str], Tail] = {}
        self.looked = False

    # -- Place -----------------------------------------------------------------------------------------

    def standings(self, known: Sequence[Life] = ()) -> list[Standing]:
        """Of each life the newest segments are read, of the others their heads. Nothing is changed."""
        self._tails = {}
        with _in_words():
            devices = sorted(self._root.iterdir()) if self._is_ours() else []
            for device in (entry for entry in devices if entry.is_dir()):
                named = {life.inc: life for life in known if device_name(life.device) == device.name}
                for inc, files in by_life(device).items():
                    stub = _nameless(self.owner, inc)
                    self._tails[device.name, inc] = tail_of(files, named.get(inc), stub)
        self.looked = True
        found = (tail.standing for tail in self._tails.values())
        return sorted(found, key=lambda standing: (standing.life.ordinal, standing.life.inc))

    def append(self, life: Life, prev: bytes, records: Sequence[Record]) -> None:
        """Write, sync; a new segment when there is none, the last one is long or has records behind damage."""
        place = (device_name(life.device), life.inc)
        tail, first = self._tails.get(place), records[0].seq
        fills = tail is not None and first <= tail.standing.seq
        jumps = (
            tail is not None and tail.standing.seq + 1 < first <= tail.standing.later + 1
        )  # purged in between
        with _in_words():
            _check_joins(self.owner, life, prev, records, None if fills or jumps else tail)
            if fills:
                self._check_fills(life, records)
            self._claim()
            data = b"".join(pack(record) for record in records)
            if tail is not None and fills:
                self._write(self._new_segment(life, prev, first, tail), data)
                return
            if tail is None or jumps or tail.keeps or tail.valid >= SEGMENT_BYTES:
                tail = self._new_segment(life, prev, first, tail)
            self._write(tail, data)
        last, before = records[-1], tail.standing
        tail.standing = Standing(life, before.first_seq, before.prev, last.seq, last.hash)
        self._tails[place] = tail

    def piece(self, life: Life, after_seq: int) -> list[Record]:
        """Of one segment what follows a seq, up to damage in it; what is behind a gap comes when nothing else does."""
        with _in_words():
            return piece(self._files(life), life, after_seq)

    def forget(self, life: Life, up_to: int) -> None:
        """Whole segments only: one goes when all that can be read in it lies at or below what may go."""
        with _in_words():
            files = self._files(life)
            tail = self._tails.get((device_name(life.device), life.inc))
            ends = [first_of(file) - 1 for file in files[1:]] + ([tail.standing.last[0]] if tail else [])
            gone = [
                file
                for file, end in zip(files, ends, strict=False)
                if end <= up_to and last_in(file) <= up_to
            ]
            for file in gone:
                file.unlink()
            if gone:
                sync_folder(gone[0].parent)
            if tail is not None and tail.path in gone:
                del self._tails[device_name(life.device), life.inc]

    # -- files -----------------------------------------------------------------------------------------

    def _files(self, life: Life) -> list[Path]:
        return by_life(self._root / device_name(life.device)).get(life.inc, [])

    def _check_fills(self, life: Life, records: Sequence[Record]) -> None:
        """Below the end only what is not there is taken, and it must join what follows."""
        first, last = records[0].seq, records[-1]
        behind = piece(self._files(life), life, first - 1)
        if behind and behind[0].seq <= last.seq:
            raise MirrorTrouble("diverged", f"{life.inc}: has {behind[0].seq}, was offered {first}")
        if behind and behind[0].seq == last.seq + 1:
            link = link_hash(life.node, life.inc, behind[0].seq, last.hash, behind[0].bh)
            if link != behind[0].hash:
                raise MirrorTrouble("diverged", f"{life.inc}: {last.seq} does not join what follows")

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

    def _new_segment(self, life: Life, prev: bytes, first_seq: int, last: Tail | None) -> Tail:
        path = self._root / device_name(life.device) / f"{life.inc}-{first_seq:012d}{END}"
        make_folder(path.parent, mode=0o700)
        if path.exists() and last_in(path) >= first_seq:
            path.rename(aside(path))  # damaged: whatever can be read in it stays
        head = pack_head(SegmentHead(life, first_seq, prev))
        write_whole(path, head, 0o600)
        start = last.standing if last else Standing(life, first_seq, prev, first_seq - 1, prev)
        return Tail(path, len(head), False, False, start)

    def _write(self, tail: Tail, data: bytes) -> None:
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


def _nameless(owner: Owner, inc: str) -> Life:
    """What is known of a life when no head of its files can be read."""
    return Life(
        node=owner.node, inc=inc, ordinal=0, series="", record=b"", signature=b"", public_key=b"",
        minted_at=0, reason="", device=b"",
    )  # fmt: skip


def _check_joins(owner: Owner, life: Life, prev: bytes, records: Sequence[Record], tail: Tail | None) -> None:
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
    if start is not None and not start[1]:
        start = (start[0], prev)  # damage has taken the hash; the links of what is offered hold by themselves
    if start is not None and start != (first - 1, prev):
        raise MirrorTrouble("diverged", f"{life.inc}: has {start[0]}, was offered {first}")


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MirrorTrouble(STATES.get(error.errno or 0, "failed"), str(error)) from error
