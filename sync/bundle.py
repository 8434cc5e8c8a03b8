"""The file of a bundle: written whole or not at all, proven whole before anything of it is used.

    "lianpu-bundle/1\\n" ‖ len·head ‖ len·signature ‖ parts

The head is signed by who wrote it and names size and SHA-256 of each part. Parts are read one at a time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kit.crypto import SigningKey, verify
from kit.files import make_folder, sync_folder
from retail.errors import Invalid, NotFound, ProtocolError
from schemas import wire
from schemas.wire.bundle import BundleHead
from schemas.wire.down import Chunk
from sync.snapshot import chunk_of

MAGIC = b"lianpu-bundle/1\n"
HEAD_BYTES_MAX = 8 * 1024 * 1024
PART_BYTES_MAX = 8 * 1024 * 1024
LABEL = b"lianpu-bundle/1"
ENDING = ".bundle"


class Bundle:
    """A bundle that was read and is whole: its head is signed by the sender that it names, every part is as named.

    Whether that sender may be believed is for the caller to say.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            with file.open("rb") as source:
                self.head = _head(source)
                self._begin = source.tell()
                _prove(source, self.head.parts)
        except (OSError, _Torn, ProtocolError) as error:
            raise Invalid("bundle.torn", file=file.name) from error

    def part(self, number: int) -> bytes:
        """One part, proven again: a stick may be pulled at any moment."""
        for data in self.parts(number, number + 1):
            return data
        raise Invalid("bundle.torn", file=self.file.name)  # whole and signed, and yet without this part

    def parts(self, first: int, end: int) -> Iterator[bytes]:
        """Parts first..end-1, one in memory."""
        place = self._begin + sum(part.size for part in self.head.parts[:first])
        try:
            with self.file.open("rb") as source:
                source.seek(place)
                for part in self.head.parts[first:end]:
                    data = source.read(part.size)
                    if hashlib.sha256(data).digest() != part.sha256:
                        raise Invalid("bundle.torn", file=self.file.name)
                    yield data
        except OSError as error:
            raise Invalid("bundle.torn", file=self.file.name) from error


class _Torn(Exception):
    """The file is cut, changed, or no bundle."""


def _head(source: BinaryIO) -> BundleHead:
    if source.read(len(MAGIC)) != MAGIC:
        raise _Torn
    raw, signature = _framed(source), _framed(source)
    head = wire.decode(raw, BundleHead)
    if not verify(head.sender, signature, "bundle", raw):
        raise _Torn
    if any(part.size > PART_BYTES_MAX for part in head.parts):
        raise _Torn
    return head


def _framed(source: BinaryIO) -> bytes:
    size = int.from_bytes(source.read(4), "big")
    if size > HEAD_BYTES_MAX:
        raise _Torn
    found = source.read(size)
    if len(found) != size:
        raise _Torn
    return found


def _prove(source: BinaryIO, parts: Sequence[Chunk]) -> None:
    for part in parts:
        if hashlib.sha256(source.read(part.size)).digest() != part.sha256:
            raise _Torn
    if source.read(1):
        raise _Torn


def write(folder: Path, key: SigningKey, head: BundleHead, parts: Iterable[bytes]) -> Path:
    """Write a bundle under the name that its head gives it; `head.parts` is filled in here. Raises `Invalid`.

    The parts go to a file beside it first, for the head in front of them names them all.
    """
    file = folder / name_of(head)
    loose, new = file.with_suffix(".parts"), file.with_suffix(".new")
    try:
        make_folder(folder)
        try:
            named = _write_parts(loose, parts)
            raw = wire.encode(msgspec.structs.replace(head, parts=named))
            _put_together(new, raw, key.sign("bundle", raw), loose)
            os.replace(new, file)
            sync_folder(folder)
        finally:
            for draft in (loose, new):  # a stick that is full must not stay so by them
                draft.unlink(missing_ok=True)
    except OSError as error:
        raise Invalid("bundle.not_written", folder=str(folder), why=error.strerror or "") from error
    return file


def _write_parts(loose: Path, parts: Iterable[bytes]) -> list[Chunk]:
    named = []
    with loose.open("wb") as target:
        for data in parts:
            target.write(data)
            named.append(chunk_of(data))
    return named


def _put_together(new: Path, raw: bytes, signature: bytes, loose: Path) -> None:
    with new.open("wb") as target, loose.open("rb") as source:
        target.write(MAGIC)
        for piece in (raw, signature):
            target.write(len(piece).to_bytes(4, "big") + piece)
        while data := source.read(1024 * 1024):
            target.write(data)
        target.flush()
        os.fsync(target.fileno())


def name_of(head: BundleHead) -> str:
    """Whom it is from or for can be read from the name, so that people find the right file."""
    device = head.sender if head.receiver is None or head.direction == "up" else head.receiver
    words = [
        "lianpu",
        head.node,
        head.direction,
        hashlib.sha256(device).hexdigest()[:8],
        f"{head.counter:06d}",
    ]
    return "-".join(word for word in words if word) + ENDING


def found_in(folder: Path, direction: str) -> list[Bundle]:
    """Every bundle of this direction in a folder, the newest last. Raises `NotFound` when there is none.

    One that is torn is refused at once: somebody carries it for a reason.
    """
    found, torn = each_in(folder, direction)
    if torn:
        raise torn[0]
    if not found:
        raise NotFound("bundle.none_here", folder=str(folder))
    return found


def each_in(folder: Path, direction: str) -> tuple[list[Bundle], list[Invalid]]:
    """Each file by itself: the whole bundles of this direction, the newest last, and a refusal for each torn one."""
    files = sorted(folder.glob(f"lianpu-*{ENDING}")) if folder.is_dir() else []
    found, torn = [], []
    for file in files:
        if f"-{direction}-" not in file.name:
            continue
        try:
            found.append(Bundle(file))
        except Invalid as error:
            torn.append(error)
    right = [one for one in found if one.head.direction == direction]
    return sorted(right, key=lambda one: (one.head.epoch, one.head.counter)), torn


def lock(key: bytes, number: int, data: bytes) -> bytes:
    """Seal a part with the key of its bundle; a key is for one bundle, its number is the nonce."""
    return AESGCM(key).encrypt(number.to_bytes(12, "big"), data, LABEL)


def unlock(key: bytes, number: int, data: bytes) -> bytes:
    """A part as it was; raises `Invalid("bundle.not_for_us")`."""
    try:
        return AESGCM(key).decrypt(number.to_bytes(12, "big"), data, LABEL)
    except InvalidTag as error:
        raise Invalid("bundle.not_for_us") from error
