"""Is every integer of a body within the format (|integer| < 2⁵³, SYNC §3)? Asked of bodies that others wrote.

A database has no place for a larger one, and a sum of such has none in any register.
"""

from __future__ import annotations

import json

from schemas.events.base import INTEGER_MAX

_DIGITS_MAX = len(str(INTEGER_MAX))
_RUN = b"0" * _DIGITS_MAX
_AS_DIGITS = bytes(0x30 if byte in b"0123456789" else 0x20 for byte in range(256))


class _TooLarge(Exception):
    """Found one."""


def integers_fit(body: bytes) -> bool:
    """False only for JSON with an integer beyond the bound; what is no JSON is another's business.

    Almost every body is let through by a look at its bytes: it has no sixteen digits in a row.
    """
    if _RUN not in body.translate(_AS_DIGITS):
        return True
    try:
        json.loads(body, parse_int=_checked, parse_float=str)
    except _TooLarge:
        return False
    except (ValueError, RecursionError):
        return True
    return True


def _checked(text: str) -> int:
    if len(text.lstrip("-")) > _DIGITS_MAX or abs(int(text)) > INTEGER_MAX:
        raise _TooLarge
    return 0
