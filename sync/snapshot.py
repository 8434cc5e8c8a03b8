"""A scope as a file: rows as JSON lines, cut into chunks that are checked, opened and kept one by one (SYNC §6).

The plain text is cut anywhere, also inside a row; each piece is gzip, and sealed (AES-256-GCM, the number of the chunk
as nonce) when the scope is one store's. A file is made once under a key of its own, so a nonce never comes twice. Both
ends hold one chunk at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from retail.errors import ProtocolError
from schemas.wire.down import Chunk, Reset
from sync import guard

CHUNK_BYTES_MAX = 1024 * 1024
PLAIN_BYTES = CHUNK_BYTES_MAX - 64 * 1024  # what gzip cannot shrink still fits
KEY_BYTES = 32
LABEL = b"lianpu-snapshot/1"
Row = tuple[str, str, bytes]
"""(kind, key, bytes)"""


def is_open(scope: str) -> bool:
    """Prices and goods of the chain and its zones may be read by anybody; the rest is for its store alone."""
    return scope == "chain" or scope.startswith("zone:")


def name_of(chunks: Iterable[Chunk]) -> str:
    """What tells two snapshots apart: SHA-256 over the hashes of the chunks. It is the ETag."""
    return hashlib.sha256(b"".join(chunk.sha256 for chunk in chunks)).hexdigest()


def chunk_of(data: bytes) -> Chunk:
    """How a manifest names these bytes."""
    return Chunk(size=len(data), sha256=hashlib.sha256(data).digest())


def place_of(chunks: Sequence[Chunk], number: int) -> tuple[int, int]:
    """The first byte of a chunk in the file, and the one behind its last."""
    first = sum(chunk.size for chunk in chunks[:number])
    return first, first + chunks[number].size


def pack(rows: Iterable[Row], key: bytes | None) -> Iterator[bytes]:
    """The chunks of a file, at least one; an empty scope is one empty chunk."""
    waiting, number = bytearray(), 0
    for kind, name, data in rows:
        waiting += msgspec.json.encode((kind, name, data.decode())) + b"\n"
        while len(waiting) >= PLAIN_BYTES:
            yield _seal(bytes(waiting[:PLAIN_BYTES]), number, key)
            del waiting[:PLAIN_BYTES]
            number += 1
    if waiting or not number:
        yield _seal(bytes(waiting), number, key)


def unpack(chunks: Iterable[bytes], key: bytes | None) -> Iterator[Row]:
    """The rows of a whole file, one after the other; raises `ProtocolError` for bytes that are no snapshot."""
    waiting = bytearray()
    for number, data in enumerate(chunks):
        waiting += _open(data, number, key)
        *lines, rest = waiting.split(b"\n")
        yield from (_row(line) for line in lines)
        waiting = rest
    if waiting:
        raise ProtocolError("wire.unreadable", kind="snapshot", why="it ends inside a row")


def check(manifest: Reset) -> Reset:
    """A manifest that this end can follow; raises `ProtocolError`."""
    if not manifest.chunks or any(chunk.size > CHUNK_BYTES_MAX for chunk in manifest.chunks):
        raise ProtocolError("wire.unreadable", kind="snapshot", why="chunks")
    if not is_open(manifest.scope) and manifest.key is None:
        raise ProtocolError("wire.unreadable", kind="snapshot", why="not sealed")
    return manifest


def _seal(plain: bytes, number: int, key: bytes | None) -> bytes:
    packed = guard.compress(plain)
    return packed if key is None else AESGCM(key).encrypt(number.to_bytes(12, "big"), packed, LABEL)


def _open(data: bytes, number: int, key: bytes | None) -> bytes:
    if key is not None:
        try:
            data = AESGCM(key).decrypt(number.to_bytes(12, "big"), data, LABEL)
        except InvalidTag:
            raise ProtocolError("wire.unreadable", kind="snapshot", why="sealed with another key")
    return guard.inflate(data)


def _row(line: bytes | bytearray) -> Row:
    try:
        kind, key, text = msgspec.json.decode(line, type=tuple[str, str, str])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError("wire.unreadable", kind="snapshot", why=str(error)[:200])
    return kind, key, text.encode()
