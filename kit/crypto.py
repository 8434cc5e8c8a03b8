"""Keys, signatures, PIN and password hashes, wrapping with the device's secret, and randomness.

A signature covers `"lianpu-sig/1\\0" ‖ purpose ‖ \\0 ‖ length-prefixed fields` (SYNC §10): the same key can sign
heads, receipts and hellos, and none of them can be shown for another.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidKey, InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kit.files import write_whole

PURPOSES = ("inc", "head", "session", "receipt", "hello", "manifest", "bundle", "enrolment")
_PREFIX = b"lianpu-sig/1\0"


def random_bytes(size: int) -> bytes:
    """Bytes from the operating system's generator."""
    return os.urandom(size)


def random_token() -> str:
    """A bearer token of 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


def random_digits(count: int) -> str:
    """A code of decimal digits, each drawn evenly."""
    return "".join(str(secrets.randbelow(10)) for _ in range(count))


def random_uniform(low: float, high: float) -> float:
    """A number between two bounds, for spreading tries over time."""
    return low + (high - low) * secrets.randbelow(2**32) / 2**32


def random_code(length: int = 6) -> str:
    """A code to read aloud: no 0, O, 1, I."""
    return "".join(secrets.choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(length))


def signed_bytes(purpose: str, fields: tuple[bytes, ...]) -> bytes:
    """The exact bytes under a signature."""
    if purpose not in PURPOSES:
        raise ValueError(f"unknown signature purpose {purpose}")
    body = b"".join(len(part).to_bytes(4, "big") + part for part in fields)
    return _PREFIX + purpose.encode() + b"\0" + body


class SigningKey:
    """An Ed25519 private key."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key from the operating system's generator."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, raw: bytes) -> SigningKey:
        """From 32 raw bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    @classmethod
    def load_or_create(cls, path: Path) -> SigningKey:
        """Read a key file of mode 0600, or make one (temporary file, fsync, rename, directory fsync)."""
        if path.exists():
            return cls.from_bytes(path.read_bytes())
        key = cls.generate()
        write_secret(path, key.to_bytes())
        return key

    def to_bytes(self) -> bytes:
        """The 32 raw bytes; they leave memory only through `write_secret`."""
        return self._private.private_bytes_raw()

    @cached_property
    def public(self) -> bytes:
        """The 32 raw bytes of the public key."""
        return self._private.public_key().public_bytes_raw()

    def sign(self, purpose: str, *fields: bytes) -> bytes:
        """64 bytes over purpose and fields."""
        return self._private.sign(signed_bytes(purpose, fields))

    def derive(self, purpose: str, *fields: bytes) -> bytes:
        """32 secret bytes that only the holder of this key can make again (HMAC-SHA256 under its own prefix)."""
        body = b"".join(len(part).to_bytes(4, "big") + part for part in (purpose.encode(), *fields))
        return hmac.digest(self.to_bytes(), b"lianpu-derive/1\0" + body, "sha256")


def verify(public: bytes, signature: bytes, purpose: str, *fields: bytes) -> bool:
    """Does the signature belong to this key, purpose and these fields?"""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed_bytes(purpose, fields))
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public: bytes) -> str:
    """What two people compare by eye: 4 groups of 4 hex digits of SHA-256."""
    digest = hashlib.sha256(public).hexdigest()[:16].upper()
    return " ".join(digest[i : i + 4] for i in range(0, 16, 4))


def write_secret(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 so that after a power cut the old or the new content is there, never half."""
    write_whole(path, data, 0o600)


# -- people's secrets --------------------------------------------------------------------------------------

ARGON2_ITERATIONS, ARGON2_LANES, ARGON2_KIB = 3, 1, 32 * 1024


def hash_secret(text: str) -> str:
    """Argon2id in PHC form (about 60 ms, 32 MiB): for PINs, passwords and one-use codes."""
    kdf = Argon2id(
        salt=os.urandom(16),
        length=32,
        iterations=ARGON2_ITERATIONS,
        lanes=ARGON2_LANES,
        memory_cost=ARGON2_KIB,
    )
    return kdf.derive_phc_encoded(text.encode())


def secret_matches(text: str, phc: str) -> bool:
    """Compare in constant time with a PHC string."""
    try:
        Argon2id.verify_phc_encoded(text.encode(), phc)
    except InvalidKey:
        return False
    return True


class Wrapper:
    """Wraps small secrets with the device's own 32-byte secret: a copied database alone is useless."""

    def __init__(self, secret: bytes) -> None:
        self._box = AESGCM(hashlib.sha256(b"lianpu-wrap/1\0" + secret).digest())

    def wrap(self, text: str, label: str) -> bytes:
        """Encrypt; `label` (whose, what for) must be named again to open."""
        nonce = os.urandom(12)
        return nonce + self._box.encrypt(nonce, text.encode(), label.encode())

    def unwrap(self, blob: bytes, label: str) -> str | None:
        """The text, or None when the blob is another device's or was changed."""
        try:
            return self._box.decrypt(blob[:12], blob[12:], label.encode()).decode()
        except (InvalidTag, ValueError):  # too short to be a blob of ours
            return None


def token_digest(token: str) -> str:
    """How a bearer token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def equal(a: str, b: str) -> bool:
    """Constant-time comparison of two texts."""
    return hmac.compare_digest(a.encode(), b.encode())
