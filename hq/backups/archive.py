"""Pack an image of the database into a sealed file, and unpack it again.

    u32 length ‖ manifest (JSON) ‖ 32-byte SHA-256 of every block of the image, in order ‖ { u32 length ‖ zlib }…

The image is cut into blocks of 64 KiB. A full backup stores each different block once; an incremental one stores
only those that its full backup does not have. To unpack, each stored block, of the base first, is written to all
places that want it; at the end every place is filled and the SHA-256 of the whole is the manifest's.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from hq.backups.model import Manifest
from hq.backups.sealed import Opener, Sealer
from retail.errors import Invalid

BLOCK = 64 * 1024
LEVEL = 3
MANIFEST_MAX = 64 * 1024 * 1024


@dataclass(frozen=True)
class Shape:
    """The blocks of an image, their hashes in order, and the hash of the whole."""

    size: int
    sha256: str
    blocks: list[bytes]


def shape_of(image: Path) -> Shape:
    """Read an image once."""
    whole, blocks, size = hashlib.sha256(), [], 0
    with image.open("rb") as file:
        while block := file.read(BLOCK):
            whole.update(block)
            blocks.append(hashlib.sha256(block).digest())
            size += len(block)
    return Shape(size, whole.hexdigest(), blocks)


def pack(
    image: Path, target: Path, key: bytes, manifest: Manifest, shape: Shape, known: Collection[bytes]
) -> None:
    """Write the sealed file; blocks in `known` are in the base and stay out."""
    done = set(known)
    with image.open("rb") as source, target.open("wb") as file:
        sealer = Sealer(file, key)
        head = msgspec.json.encode(manifest)
        sealer.write(len(head).to_bytes(4, "big") + head)
        sealer.write(b"".join(shape.blocks))
        for hash_ in shape.blocks:
            block = source.read(BLOCK)
            if hash_ not in done:
                done.add(hash_)
                small = zlib.compress(block, LEVEL)
                sealer.write(len(small).to_bytes(4, "big") + small)
        sealer.write(bytes(4))
        sealer.close()


@dataclass(frozen=True)
class Opened:
    """A backup whose manifest and block list have been read; `blocks_stored` reads on."""

    manifest: Manifest
    blocks: list[bytes]
    source: Opener

    def blocks_stored(self) -> Iterator[bytes]:
        """Each stored block; the file is authentic to its end when this is exhausted."""
        while size := int.from_bytes(self.source.read(4), "big"):
            try:
                yield zlib.decompress(self.source.read(size))
            except zlib.error as error:
                raise Invalid("backups.damaged", why="why.block") from error
        self.source.finish()


@contextmanager
def opened(path: Path, key: bytes) -> Iterator[Opened]:
    """Read manifest and block list of a backup."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Invalid("backups.unreadable", path=str(path), why=error.strerror or "") from error
    with file:
        source = Opener(file, key)
        size = int.from_bytes(source.read(4), "big")
        if size > MANIFEST_MAX:
            raise Invalid("backups.damaged", why="why.manifest")
        try:
            manifest = msgspec.json.decode(source.read(size), type=Manifest)
        except msgspec.DecodeError as error:
            raise Invalid("backups.damaged", why="why.manifest") from error
        count = -(-manifest.database_bytes // manifest.block_bytes)
        raw = source.read(32 * count)
        yield Opened(manifest, [raw[i : i + 32] for i in range(0, len(raw), 32)], source)


def manifest_of(path: Path, key: bytes) -> Manifest:
    """Only what the backup says of itself."""
    with opened(path, key) as found:
        return found.manifest


def blocks_of(path: Path, key: bytes) -> set[bytes]:
    """The blocks that a full backup has, for an incremental one on top of it."""
    with opened(path, key) as found:
        return set(found.blocks)


def unpack(path: Path, base: Path | None, target: Path, key: bytes) -> Manifest:
    """The image of a backup as a database file; raises `Invalid` unless it is the one that was packed, bit for bit."""
    with opened(path, key) as found:
        manifest, blocks = found.manifest, found.blocks
        places: defaultdict[bytes, list[int]] = defaultdict(list)
        for index, hash_ in enumerate(blocks):
            places[hash_].append(index)
        with target.open("wb") as file:
            file.truncate(manifest.database_bytes)
            if base is not None:
                with opened(base, key) as below:
                    if below.manifest.file != manifest.base:
                        raise Invalid("backups.base_differs", wanted=manifest.base, given=below.manifest.file)
                    _place(below, places, file)
            elif manifest.base:
                raise Invalid("backups.base_missing", wanted=manifest.base)
            _place(found, places, file)
    if places:
        raise Invalid("backups.damaged", why=f"why.blocks_missing {len(places)}")
    if shape_of(target).sha256 != manifest.sha256:
        raise Invalid("backups.damaged", why="why.not_its_manifest")
    return manifest


def _place(found: Opened, places: dict[bytes, list[int]], file: BinaryIO) -> None:
    for block in found.blocks_stored():
        for index in places.pop(hashlib.sha256(block).digest(), ()):
            file.seek(index * found.manifest.block_bytes)
            file.write(block)
