"""A long document as several events: no body may be larger than 64 KiB, whatever the names of its goods are."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from schemas.events.base import BODY_BYTES_MAX

ENVELOPE_BYTES = 2048  # who, when, reference, reason, note
Line = TypeVar("Line", bound=msgspec.Struct)


def in_parts(
    lines: Sequence[Line], post: Callable[[list[Line]], Sequence[Any]], *, lines_max: int
) -> Iterator[list[Line]]:
    """The lines in order, as many at a time as one event takes together with what `post` books for them."""
    part: list[Line] = []
    left = BODY_BYTES_MAX - ENVELOPE_BYTES
    for line in lines:
        size = _bytes_of([line, post([line])])
        if part and (len(part) == lines_max or size > left):
            yield part
            part, left = [], BODY_BYTES_MAX - ENVELOPE_BYTES
        part.append(line)
        left -= size
    if part:
        yield part


def _bytes_of(value: Any) -> int:
    """In NFC, as the journal writes it: a few characters are longer there."""
    return len(unicodedata.normalize("NFC", msgspec.json.encode(value).decode()).encode())
