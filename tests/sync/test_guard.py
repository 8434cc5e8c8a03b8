"""Bounds on what a peer may send."""

import gzip

import pytest

from retail.errors import ProtocolError
from schemas import wire
from sync import guard


def test_what_was_packed_comes_back():
    assert guard.inflate(guard.compress(b"x" * 5000)) == b"x" * 5000


@pytest.mark.parametrize(
    ("packed", "code"),
    [
        (gzip.compress(b"\0" * (9 << 20), mtime=0), "wire.too_large"),
        (gzip.compress(b"\0" * (200 * 1024), mtime=0), "wire.too_large"),  # ratio
        (gzip.compress(b"hello", mtime=0)[:-6], "wire.gzip_broken"),
        (gzip.compress(b"hello", mtime=0) + b"rest", "wire.gzip_broken"),
        (b"plain text", "wire.gzip_broken"),
        (b"\0" * ((4 << 20) + 1), "wire.too_large"),
    ],
)
def test_bombs_and_broken_bytes_are_refused(packed, code):
    """SC-29."""
    with pytest.raises(ProtocolError) as refused:
        guard.inflate(packed)
    assert refused.value.code == code


def test_what_is_nested_without_end_is_unreadable():
    with pytest.raises(ProtocolError) as refused:
        wire.decode(b'{"kind":"x","more":' + b"[" * 100_000 + b"]" * 100_000 + b"}", wire.Kind)
    assert refused.value.code == "wire.unreadable"
