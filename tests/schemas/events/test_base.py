"""The body's one encoding and its limits."""

from __future__ import annotations

from typing import Any

import pytest

from retail.errors import Invalid
from schemas.events.base import Actor, Event, decode, encode


def an_event(**payload: Any) -> Event:
    actor = Actor(staff="1001", terminal="01")
    return Event(id="e1", at=1, hlc="0" * 16, type="sale.completed", actor=actor, p=payload)


def test_bytes_are_sorted_and_read_back_equal() -> None:
    event = an_event(b=1, a=["x", 2])

    body = encode(event)

    assert body.index(b'"a"') < body.index(b'"b"') and decode(body) == event


def test_text_is_normalised_once_for_ever() -> None:
    assert encode(an_event(name="e\u0301")) == encode(an_event(name="\u00e9"))


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"x": 1.5}, "event.type_not_allowed"),
        ({"x": 2**53}, "event.integer_too_large"),
        ({"x": -(2**53)}, "event.integer_too_large"),
        ({"x": "y" * 65_536}, "event.too_large"),
    ],
)
def test_limits_are_enforced_before_anything_is_written(payload: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        encode(an_event(**payload))
    assert refused.value.code == code


def test_depth_is_bounded() -> None:
    deep: Any = 0
    for _ in range(20):
        deep = {"d": deep}
    with pytest.raises(Invalid) as refused:
        encode(an_event(x=deep))
    assert refused.value.code == "event.too_deep"


def test_numbers_inside_texts_are_texts() -> None:
    event = an_event(name="12345678901234567890, 1.5L", many=["{" * 30])
    assert decode(encode(event)) == event


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"v":1}', b"[" * 100_000, b'{"id":"\xe3a"}'])
def test_anything_else_is_unreadable_not_an_error(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        decode(body)
    assert refused.value.code == "event.unreadable"
