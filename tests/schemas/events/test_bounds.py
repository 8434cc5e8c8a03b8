"""Integers beyond 2⁵³ are found wherever they stand in a body."""

from __future__ import annotations

import pytest

from schemas.events.bounds import integers_fit


@pytest.mark.parametrize(
    ("body", "fit"),
    [
        (b'{"p":{"n":1},"t":"12345678901234567890, 1.5"}', True),
        (b'{"n":9007199254740991,"m":-9007199254740991}', True),
        (b'{"n":9007199254740992}', False),
        (b'{"n": -9007199254740992}', False),
        (b'{"n":[1,\n 9223372036854775808]}', False),
        (b'{"a":{"b":[[{"n":1' + b"0" * 5000 + b"}]]}}", False),
        (b'{"n":0.1234567890123456789}', True),
        (b"[" * 100_000 + b"1234567890123456789", True),
        (b"\xff1234567890123456789", True),
        (b"", True),
    ],
)
def test_integers_are_bounded_wherever_they_stand(body: bytes, fit: bool) -> None:
    """SC-30."""
    assert integers_fit(body) is fit
