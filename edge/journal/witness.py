"""The witness: the newest head in a small file outside the database's directory (SYNC §2).

Two alternating 512-byte slots with a CRC: a torn write leaves the other slot readable. It catches a database file
that was put back or lost commits; a witness that is older or unreadable gives no verdict.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

SLOT_BYTES = 512
_HEADER = struct.Struct(">QHI")  # counter, length, crc of the payload


class Witnessed(msgspec.Struct, frozen=True):
    """What the slot says; `numbers` maps terminal → last receipt number."""

    node: str
    inc: str
    seq: int
    hash: str
    numbers: dict[str, str]


@dataclass
class Witness:
    """One witness file. `write` never raises: a failed write is reported by `problem` and alarms."""

    path: Path
    problem: str | None = None

    def __post_init__(self) -> None:
        self._handle: int | None = None
        self._counter = 0

    def read(self) -> Witnessed | None:
        """The newest readable slot, or None."""
        try:
            raw = self.path.read_bytes()
        except OSError:
            return None
        found: list[tuple[int, Witnessed]] = []
        for start in (0, SLOT_BYTES):
            slot = _parse(raw[start : start + SLOT_BYTES])
            if slot is not None:
                found.append(slot)
        if not found:
            return None
        self._counter = max(counter for counter, _ in found)
        return max(found, key=lambda pair: pair[0])[1]

    def write(self, witnessed: Witnessed) -> None:
        """Into the older slot; the operating system's cache is enough here, `flush` is called at idle."""
        try:
            handle = self._open()
            self._counter += 1
            slot = _pack(self._counter, witnessed)
            written = os.pwrite(handle, slot, (self._counter % 2) * SLOT_BYTES)
            self.problem = (
                None if written == SLOT_BYTES else f"{self.path}: only {written} bytes were written"
            )
        except OSError as error:
            self.problem = f"{self.path}: {error}"
            self.close()

    def _open(self) -> int:
        """The open file, or a new one when it was deleted or replaced meanwhile."""
        if self._handle is not None and not _same_file(self._handle, self.path):
            self.close()
        if self._handle is None:
            if not self._counter:
                self.read()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._handle

    def flush(self) -> None:
        """Force the newest slot to the disk."""
        if self._handle is None:
            return
        try:
            os.fsync(self._handle)
        except OSError as error:
            self.problem = f"{self.path}: {error}"

    def close(self) -> None:
        """Give the file handle back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def _pack(counter: int, witnessed: Witnessed) -> bytes:
    payload = msgspec.json.encode(witnessed)
    while len(payload) > SLOT_BYTES - _HEADER.size and witnessed.numbers:
        witnessed = msgspec.structs.replace(
            witnessed, numbers={}
        )  # too many terminals: the head matters more
        payload = msgspec.json.encode(witnessed)
    return (_HEADER.pack(counter, len(payload), zlib.crc32(payload)) + payload).ljust(SLOT_BYTES, b"\0")


def _parse(slot: bytes) -> tuple[int, Witnessed] | None:
    if len(slot) < _HEADER.size:
        return None
    counter, length, crc = _HEADER.unpack_from(slot)
    payload = slot[_HEADER.size : _HEADER.size + length]
    if counter == 0 or len(payload) != length or zlib.crc32(payload) != crc:
        return None
    try:
        return counter, msgspec.json.decode(payload, type=Witnessed)
    except msgspec.DecodeError:
        return None
