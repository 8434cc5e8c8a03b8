"""Signatures of one world. What a key has signed here is believed without being worked out again.

Ed25519 promises that a signature verifies with the key that made it. So a check of the very bytes, the very signature
and the very key is answered from memory, which is half of all checks' processor time; every other check is real.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kit import crypto
from kit.crypto import SigningKey, signed_bytes

Made = set[tuple[bytes, bytes, bytes]]
"""(public key, signature, bytes under it)."""


class _Known:
    """A public key that remembers what was signed under it."""

    def __init__(self, raw: bytes, made: Made) -> None:
        self._raw, self._made = raw, made

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises `InvalidSignature`, or `ValueError` for what is no key."""
        if (self._raw, signature, data) not in self._made:
            Ed25519PublicKey.from_public_bytes(self._raw).verify(signature, data)


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, `kit.crypto.verify` knows what `SigningKey.sign` has made."""
    made: Made = set()
    really = SigningKey.sign

    def sign(key: SigningKey, purpose: str, *fields: bytes) -> bytes:
        signature = really(key, purpose, *fields)
        made.add((key.public, signature, signed_bytes(purpose, fields)))
        return signature

    class Keys:
        @staticmethod
        def from_public_bytes(raw: bytes) -> _Known:
            return _Known(raw, made)

    with patch.object(SigningKey, "sign", sign), patch.object(crypto, "Ed25519PublicKey", Keys):
        yield
