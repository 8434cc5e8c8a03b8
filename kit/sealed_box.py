"""A message that only the holder of one Ed25519 key can open, from anybody: X25519, HKDF-SHA256, AES-256-GCM.

Devices and HQ have one key each, for signatures; its X25519 form is the same point on the other curve (RFC 7748 §4.1).

    sealed = public half of a key for this message (32) ‖ ciphertext
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kit.crypto import SigningKey, random_bytes

_P = 2**255 - 19
_NONCE = bytes(12)  # each message has a key of its own


def seal(public: bytes, plain: bytes, label: bytes) -> bytes:
    """Seal for the holder of an Ed25519 key; raises `ValueError` for bytes that are no key."""
    once = X25519PrivateKey.from_private_bytes(random_bytes(32))
    half = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(_montgomery(public)))
    return half + _box(shared, half, public).encrypt(_NONCE, plain, label)


def unseal(key: SigningKey, sealed: bytes, label: bytes) -> bytes | None:
    """What was sealed for this key, or None when it was not, or was changed."""
    scalar = hashlib.sha512(key.to_bytes()).digest()[:32]  # as Ed25519 itself makes it (RFC 8032 §5.1.5)
    half = sealed[:32]
    try:
        shared = X25519PrivateKey.from_private_bytes(scalar).exchange(X25519PublicKey.from_public_bytes(half))
        return _box(shared, half, key.public).decrypt(_NONCE, sealed[32:], label)
    except (InvalidTag, ValueError):
        return None


def _box(shared: bytes, half: bytes, public: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, half + public, b"lianpu-sealed-box/1").derive(shared))


def _montgomery(public: bytes) -> bytes:
    """u = (1 + y) / (1 − y) mod 2²⁵⁵ − 19."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if len(public) != 32 or y >= _P or y == 1:
        raise ValueError("no Ed25519 key")
    return ((1 + y) * pow(1 - y, -1, _P) % _P).to_bytes(32, "little")
