"""A body that only HQ and the devices of this node can read: AES-256-GCM, bound to its place by the link's hash.

The nonce is random and not the seq: two disks with one key may write the same seq (a clone), never the same nonce.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.mirror.model import MirrorTrouble, Record
from kit.crypto import random_bytes
from sync.chain import body_hash

NONCE_BYTES = 12


class Seal:
    """Seals and opens with the 32-byte key of one device."""

    def __init__(self, key: bytes) -> None:
        self._box = AESGCM(key)

    def close(self, seq: int, hash_: bytes, body: bytes) -> Record:
        """A record of a body."""
        nonce = random_bytes(NONCE_BYTES)
        return Record(seq, body_hash(body), hash_, nonce + self._box.encrypt(nonce, body, hash_))

    def open(self, record: Record) -> bytes:
        """The body; raises `MirrorTrouble("damaged")` for anything but the bytes that were sealed."""
        nonce, sealed = record.sealed[:NONCE_BYTES], record.sealed[NONCE_BYTES:]
        try:
            body = self._box.decrypt(nonce, sealed, record.hash)
        except (InvalidTag, ValueError) as error:
            raise MirrorTrouble("damaged", f"record {record.seq} does not open") from error
        if body_hash(body) != record.bh:
            raise MirrorTrouble("damaged", f"record {record.seq} is not its body")
        return body
