"""A sealed file: AES-256-GCM in chunks whose order, number and end are part of what is authenticated.

    "lianpu-backup/1\\n" ‖ key id (8) ‖ salt (16) ‖ { u32 length ‖ ciphertext }…

Each file has a key of its own, HKDF(backup key, salt), so that a counter is a safe nonce: 11 bytes of counter and
one byte that is 1 in the last chunk only. The header is authenticated with every chunk. A file that was cut, put
together anew or changed by one bit cannot be opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kit.crypto import random_bytes
from retail.errors import Invalid, NotPermitted

MAGIC = b"lianpu-backup/1\n"
CHUNK = 1024 * 1024
TAG = 16
KEY_BYTES = 32


def key_id(key: bytes) -> bytes:
    """Which key a file needs; it tells nothing about the key."""
    return hashlib.sha256(b"lianpu-backup-key/1\0" + key).digest()[:8]


def _box(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, b"lianpu-backup/1").derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealer:
    """Write plain bytes in any pieces; `close` writes the last chunk, without which nothing can be opened."""

    def __init__(self, target: BinaryIO, key: bytes) -> None:
        salt = random_bytes(16)
        self._target = target
        self._box = _box(key, salt)
        self._header = MAGIC + key_id(key) + salt
        self._waiting = bytearray()
        self._number = 0
        target.write(self._header)

    def write(self, data: bytes) -> None:
        """Take bytes; whole chunks leave as soon as there is more behind them."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def close(self) -> None:
        """The end, which is authenticated like the rest."""
        self._chunk(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _chunk(self, plain: bytes, *, last: bool) -> None:
        sealed = self._box.encrypt(_nonce(self._number, last), plain, self._header)
        self._target.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


class Opener:
    """Read plain bytes out of a sealed file; raises `Invalid("backups.damaged")` at the first wrong bit."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        self._source = source
        self._header = source.read(len(MAGIC) + 24)
        if not self._header.startswith(MAGIC) or len(self._header) < len(MAGIC) + 24:
            raise Invalid("backups.not_a_backup")
        if self._header[len(MAGIC) : len(MAGIC) + 8] != key_id(key):
            raise NotPermitted("backups.key_wrong")
        self._box = _box(key, self._header[len(MAGIC) + 8 :])
        self._chunks = self._open()
        self._waiting = bytearray()

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes; a file that ends before is damaged."""
        while len(self._waiting) < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                raise Invalid("backups.damaged", why="why.ends_early")
            self._waiting += chunk
        found = bytes(self._waiting[:size])
        del self._waiting[:size]
        return found

    def finish(self) -> None:
        """Nothing may follow."""
        if self._waiting or any(self._chunks):
            raise Invalid("backups.damaged", why="why.goes_on")

    def _open(self) -> Iterator[bytes]:
        number, ahead = 0, self._source.read(4)
        while ahead:
            size = int.from_bytes(ahead, "big")
            if len(ahead) < 4 or not TAG <= size <= CHUNK + TAG:
                raise Invalid("backups.damaged", why=f"why.chunk {number}")
            sealed, ahead = self._source.read(size), self._source.read(4)
            try:
                yield self._box.decrypt(_nonce(number, not ahead), sealed, self._header)
            except InvalidTag as error:
                raise Invalid("backups.damaged", why=f"why.chunk {number}") from error
            number += 1
        if not number:
            raise Invalid("backups.damaged", why="why.empty")
