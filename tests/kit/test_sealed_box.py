"""Sealed for one key, opened by nobody else."""

from __future__ import annotations

import pytest

from kit.crypto import SigningKey
from kit.sealed_box import seal, unseal

KEY = SigningKey.from_bytes(bytes(range(32)))
GOLDEN = "20b72cbad8e5522b305ee44cb65b4b3a848462aae55f91b975c1ce49d75d102241d0f9d587dac4a3bb60e5f459d3f16560e55379a5cb"


def test_what_is_sealed_for_a_key_is_opened_with_it():
    sealed = seal(KEY.public, b"prices", b"label")

    assert unseal(KEY, sealed, b"label") == b"prices"
    assert seal(KEY.public, b"prices", b"label") != sealed


def test_what_was_sealed_once_is_opened_for_ever():
    assert unseal(KEY, bytes.fromhex(GOLDEN), b"label") == b"prices"


def test_another_key_label_or_bit_opens_nothing():
    sealed = seal(KEY.public, b"prices", b"label")

    assert unseal(SigningKey.generate(), sealed, b"label") is None
    assert unseal(KEY, sealed, b"other") is None
    for place in range(0, len(sealed), 7):
        changed = bytearray(sealed)
        changed[place] ^= 1
        assert unseal(KEY, bytes(changed), b"label") is None
    assert unseal(KEY, b"", b"label") is None


@pytest.mark.parametrize("key", [b"", b"\1" + bytes(31), b"\xff" * 32])
def test_bytes_that_are_no_key_are_refused(key):
    with pytest.raises(ValueError, match="key"):
        seal(key, b"prices", b"label")
