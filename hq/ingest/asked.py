"""What stands in the address of a request, checked as the fields of a message are: refused with 422."""

from __future__ import annotations

import re

from retail.errors import ProtocolError
from schemas.wire import bounds

_NAME = re.compile(bounds.NAME)
_SCOPE = re.compile(bounds.SCOPE)
_COUNT = re.compile(r"\A[0-9]{1,15}\Z")


def name_of(text: str) -> str:
    """An incarnation."""
    return _checked(_NAME, text, "name")


def scope_of(text: str) -> str:
    """A scope."""
    return _checked(_SCOPE, text, "scope")


def count_of(text: str, field: str) -> int:
    """A number without a sign, in plain digits."""
    return int(_checked(_COUNT, text, field))


def is_count(text: str) -> bool:
    """Is it such a number?"""
    return _COUNT.match(text) is not None


def _checked(pattern: re.Pattern[str], text: str, field: str) -> str:
    if not pattern.match(text):
        raise ProtocolError("wire.unreadable", field=field)
    return text
