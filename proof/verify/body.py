"""A body: UTF-8 NFC JSON, no floats, |integer| < 2⁵³, at most 64 KiB and 16 levels, with a fixed envelope."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

BYTES_MAX = 64 * 1024
DEPTH_MAX = 16
INTEGER_MAX = 2**53 - 1
_ENVELOPE: dict[str, tuple[type, ...]] = {
    "v": (int,), "id": (str,), "at": (int,), "hlc": (str,), "type": (str,), "tv": (int,), "day": (str, type(None)),
    "shift": (str, type(None)), "actor": (dict,), "agg": (list,), "post": (list,), "p": (dict,),
}  # fmt: skip


class BodyBroken(ValueError):
    """The bytes are not a body; the text says why."""


def parse(raw: bytes) -> dict[str, Any]:
    """The envelope of a body as plain data; raises `BodyBroken`."""
    if len(raw) > BYTES_MAX:
        raise BodyBroken(f"{len(raw)} bytes are more than {BYTES_MAX}")
    try:
        found = json.loads(
            raw.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError) as error:
        raise BodyBroken(f"unreadable ({str(error)[:120]})") from error
    _limits(found, 1)
    if not isinstance(found, dict):
        raise BodyBroken("it is not an object")
    _envelope(found)
    return found


def _no_float(text: str) -> Any:
    raise BodyBroken(f"{text[:20]} is not an integer")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyBroken("a key stands twice")
    return found


def _limits(value: Any, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise BodyBroken(f"more than {DEPTH_MAX} levels")
    if isinstance(value, str) and not unicodedata.is_normalized("NFC", value):
        raise BodyBroken(f"a text is not NFC: {value[:20]!r}")
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        raise BodyBroken("an integer is 2⁵³ or more")
    if isinstance(value, dict):
        for key, item in value.items():
            _limits(key, depth)
            _limits(item, depth + 1)
    if isinstance(value, list):
        for item in value:
            _limits(item, depth + 1)


def _envelope(found: dict[str, Any]) -> None:
    missing = sorted(set(_ENVELOPE) - set(found))
    if missing:
        raise BodyBroken(f"it lacks {', '.join(missing)}")
    for name, kinds in _ENVELOPE.items():
        if not isinstance(found[name], kinds) or isinstance(found[name], bool):
            raise BodyBroken(f"{name} is {found[name]!r:.40}")
    for name in ("staff", "terminal"):
        if not isinstance(found["actor"].get(name), str):
            raise BodyBroken(f"actor.{name} is not a text")
    for row in found["post"]:
        shape = [type(part) for part in row] if isinstance(row, list) else []
        if shape != [str, str, int]:
            raise BodyBroken(f"a posting is {row!r:.80}")
