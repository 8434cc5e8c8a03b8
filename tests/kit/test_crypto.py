"""Keys, signatures, PINs, wrapping."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kit import crypto
from kit.crypto import SigningKey, Wrapper, hash_secret, secret_matches, verify


def test_a_signature_holds_for_its_key_purpose_and_fields_only() -> None:
    key, other = SigningKey.generate(), SigningKey.generate()
    signature = key.sign("head", b"ab", b"c")

    assert verify(key.public, signature, "head", b"ab", b"c")
    assert not verify(key.public, signature, "hello", b"ab", b"c")
    assert not verify(key.public, signature, "head", b"a", b"bc")
    assert not verify(key.public, signature, "head", b"abc")
    assert not verify(other.public, signature, "head", b"ab", b"c")
    assert not verify(key.public, signature[:-1], "head", b"ab", b"c")
    assert not verify(b"short", signature, "head", b"ab", b"c")


def test_an_unknown_purpose_is_the_programmers_mistake() -> None:
    with pytest.raises(ValueError, match="unknown signature purpose"):
        SigningKey.generate().sign("lunch", b"")


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "device.key"
    made = SigningKey.load_or_create(path)

    assert SigningKey.load_or_create(path).public == made.public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["device.key"]


def test_a_secret_file_is_replaced_whole_even_after_a_torn_try(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    crypto.write_secret(path, b"old")
    (tmp_path / "secret.4194304-1.new").write_bytes(b"half of a much longer thing")  # a cut before the rename

    assert path.read_bytes() == b"old"
    crypto.write_secret(path, b"new")
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"secret": b"new"}


def test_a_secret_is_matched_by_its_hash_alone() -> None:
    phc = hash_secret("482913")

    assert phc.startswith("$argon2id$") and "482913" not in phc
    assert secret_matches("482913", phc)
    assert not secret_matches("482914", phc)
    assert not secret_matches("", phc)
    assert hash_secret("482913") != phc


def test_a_guess_costs_three_rounds_over_32_mib(real_argon2: None) -> None:
    phc = hash_secret("482913")

    assert phc.startswith("$argon2id$v=19$m=32768,t=3,p=1$")
    assert secret_matches("482913", phc)


@pytest.mark.parametrize(
    "phc", ["", "x", "$argon2id$", "$argon2i$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", "\x00", "$2b$1"]
)
def test_an_unreadable_verifier_matches_nobody(phc: str) -> None:
    assert secret_matches("482913", phc) is False


def test_a_wrapped_text_opens_on_its_device_under_its_label_only() -> None:
    wrapper = Wrapper(b"a" * 32)
    blob = wrapper.wrap("verifier", "staff:1001")

    assert wrapper.unwrap(blob, "staff:1001") == "verifier"
    assert wrapper.unwrap(blob, "staff:2001") is None
    assert Wrapper(b"b" * 32).unwrap(blob, "staff:1001") is None
    assert wrapper.unwrap(blob[:-1] + bytes([blob[-1] ^ 1]), "staff:1001") is None
    assert wrapper.unwrap(b"", "staff:1001") is None
    assert wrapper.wrap("verifier", "staff:1001") != blob


def test_codes_have_the_promised_alphabet_and_length() -> None:
    assert len(crypto.random_digits(9)) == 9 and crypto.random_digits(9).isdigit()
    code = crypto.random_code(400)
    assert len(code) == 400 and not set(code) & set("01OI")


def test_constant_time_comparison_takes_any_text() -> None:
    assert crypto.equal("店", "店")
    assert not crypto.equal("店", "a")


def test_the_fingerprint_is_four_groups() -> None:
    assert crypto.fingerprint(b"\0" * 32) == "6668 7AAD F862 BD77"
