"""What a world remembers of its signatures changes no answer."""

from __future__ import annotations

import pytest

from kit import crypto
from kit.crypto import SigningKey, verify
from proof.sim.signatures import remembered

KEY, OTHER = SigningKey.from_bytes(b"k" * 32), SigningKey.from_bytes(b"o" * 32)
BEFORE = KEY.sign("hello", b"before")


@pytest.mark.parametrize(
    ("public", "field", "purpose", "good"),
    [
        (KEY.public, b"said", "hello", True),
        (KEY.public, b"sale", "hello", False),
        (KEY.public, b"said", "head", False),
        (OTHER.public, b"said", "hello", False),
        (b"short", b"said", "hello", False),
    ],
)
def test_a_remembered_signature_is_good_for_what_was_signed_alone(
    public: bytes, field: bytes, purpose: str, good: bool
) -> None:
    with remembered():
        signature = KEY.sign("hello", b"said")

        assert verify(public, signature, purpose, field) is good
        assert not verify(public, signature[:-1] + bytes([signature[-1] ^ 1]), purpose, field)


def test_one_that_was_made_elsewhere_is_worked_out() -> None:
    with remembered():
        assert verify(KEY.public, BEFORE, "hello", b"before")
    assert vars(crypto)["Ed25519PublicKey"].__module__.startswith("cryptography")
