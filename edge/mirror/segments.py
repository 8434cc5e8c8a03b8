"""The segment files of one incarnation, read as far as they can be: nothing here writes, renames or deletes.

`<inc>-<first seq>.log` is where a mirror goes on; `<inc>-<first seq>.<n>.log` was damaged when a segment with the same
first seq had to begin, and is kept for what can still be read in it. Segments may overlap: what could not be read was
written again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from edge.mirror.model import Life, MirrorTrouble, Record, Standing
from edge.mirror.pieces import SegmentHead, read_head, read_segment, salvage
from sync.chain import extend, genesis

END = ".log"
NAME = re.compile(r"[0-9a-f]{32}-\d{12}(\.\d+)?\.log")


@dataclass(frozen=True)
class Contents:
    """A file: `head` is None when it cannot be read; `runs` of consecutive records, the first behind the head."""

    head: SegmentHead | None
    runs: list[list[Record]]
    valid: int
    torn: bool

    @property
    def keeps(self) -> bool:
        """Do records stand where a write at `valid` would cut them off?"""
        return len(self.runs) > 1


@dataclass
class Tail:
    """The segment that goes on, up to `valid`; with `keeps` nothing may be written into it any more."""

    path: Path
    valid: int
    torn: bool
    keeps: bool
    standing: Standing


def by_life(device: Path) -> dict[str, list[Path]]:
    """Incarnation → its segments, oldest first."""
    found: dict[str, list[Path]] = {}
    files = [file for file in device.glob(f"*{END}") if NAME.fullmatch(file.name)] if device.is_dir() else []
    for file in sorted(files, key=lambda file: (first_of(file), not _is_aside(file))):
        found.setdefault(file.name.split("-")[0], []).append(file)
    return found


def first_of(file: Path) -> int:
    """The first seq, as the file's name says."""
    return int(file.name.split("-")[1].split(".")[0])


def aside(file: Path) -> Path:
    """A free name for a segment that is damaged and whose own name is needed."""
    n = 1
    while (free := file.with_name(f"{file.name.removesuffix(END)}.{n}{END}")).exists():
        n += 1
    return free


def contents(file: Path) -> Contents:
    """Everything in a file that can be read; without its head the records are found by place and checksum."""
    raw = file.read_bytes()
    segment = read_segment(raw)
    if segment is None:
        return Contents(None, [[], *_runs(salvage(raw, first_of(file)))], 0, True)
    return Contents(segment.head, [segment.records, *_runs(segment.later)], segment.valid, segment.torn)


def last_in(file: Path) -> int:
    """The greatest seq that can be read in a file; the one before its first when there is none."""
    return max((run[-1].seq for run in contents(file).runs if run), default=first_of(file) - 1)


def piece(files: Sequence[Path], life: Life, after_seq: int) -> list[Record]:
    """What follows a seq, from the newest segment that has the next one; behind a gap what comes first."""
    later: list[list[Record]] = []
    before = [file for file in files if first_of(file) <= after_seq + 1]
    for found in _back(before):
        for run in _proven(life, found):
            rest = [record for record in run if record.seq > after_seq]
            if rest and rest[0].seq == after_seq + 1:
                return rest
            later += [rest] if rest else []
    for file in files[len(before) :]:
        if later and first_of(file) >= min(run[0].seq for run in later):
            break
        later += [run for run in _proven(life, contents(file)) if run]
    return min(later, key=lambda run: run[0].seq, default=[])


def _back(files: Sequence[Path]) -> Iterator[Contents]:
    """The newest files, back to one that is undamaged and joins the next: nothing older overlaps what is newer."""
    next_first = 0
    for file in reversed(files):
        found = contents(file)
        yield found
        end = found.runs[0][-1].seq if found.runs[0] else first_of(file) - 1
        if not found.torn and next_first and end + 1 >= next_first:
            return
        next_first = first_of(file)


def tail_of(files: Sequence[Path], known: Life | None, stub: Life) -> Tail:
    """Where a life goes on, and how far anything of it was found.

    The heads of all files are read, and the newest files whole, back to one that is undamaged and joins the next.
    A life whose heads are all damaged is `known` by the node, or a `stub` that says only its name.
    """
    heads = [read_head(_beginning(file)) for file in files]
    life = next((head.life for head in heads if head), known or stub)
    start = heads[0] or SegmentHead(life, first_of(files[0]), _prev_of(life, first_of(files[0])))
    standing = Standing(life, start.first_seq, start.prev, start.first_seq - 1, start.prev)
    tail: Tail | None = None
    later, damaged = (0, b""), None in heads
    for file, found in zip(reversed(files), _back(files), strict=False):
        later = max([later, *((run[-1].seq, run[-1].hash) for run in found.runs if run)])
        damaged = damaged or found.torn
        if tail is None and found.head is not None:
            seq, hash_ = found.head.first_seq - 1, found.head.prev
            if found.runs[0]:
                seq, hash_ = found.runs[0][-1].seq, found.runs[0][-1].hash
            tail = Tail(file, found.valid, found.torn, found.keeps, replace(standing, seq=seq, hash=hash_))
    tail = tail or Tail(files[-1], 0, True, True, standing)
    more = later if later[0] > tail.standing.seq else (0, b"")
    tail.standing = replace(tail.standing, torn=damaged, later=more[0], later_hash=more[1])
    return tail


def _is_aside(file: Path) -> bool:
    return file.name.count(".") > 1


def _beginning(file: Path) -> bytes:
    with file.open("rb") as handle:
        return handle.read(1 << 16)


def _prev_of(life: Life, first: int) -> bytes:
    """The hash before a segment whose head is damaged; empty when only the node knows."""
    return genesis(life.record) if first == 1 and life.record else b""


def _runs(records: Sequence[Record]) -> list[list[Record]]:
    runs: list[list[Record]] = []
    for record in records:
        if runs and runs[-1][-1].seq + 1 == record.seq:
            runs[-1].append(record)
        else:
            runs.append([record])
    return runs


def _proven(life: Life, found: Contents) -> Iterator[list[Record]]:
    """The runs of a file as chains; the first record behind damage is proven by its seal alone."""
    for i, run in enumerate(found.runs):
        if not run:
            continue
        if i == 0 and found.head is not None:
            first, prev, rest = found.head.first_seq, found.head.prev, run
        else:
            first, prev, rest = run[0].seq + 1, run[0].hash, run[1:]
        links = extend(life.node, life.inc, first, prev, [one.bh for one in rest])
        if links != [record.hash for record in rest]:
            raise MirrorTrouble("damaged", f"{life.inc}: the segment from {first} on is no chain")
        yield run
