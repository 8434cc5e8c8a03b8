"""The event body (SYNC §3): its envelope, its limits and its one encoding.

UTF-8 NFC JSON with sorted keys, no floats, |integer| < 2⁵³, at most 64 KiB and 16 levels deep.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import msgspec

from retail.errors import Invalid

BODY_BYTES_MAX = 64 * 1024
BODY_DEPTH_MAX = 16
INTEGER_MAX = 2**53 - 1

PostingRow = tuple[str, str, int]


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it, where, and who approved it on the spot."""

    staff: str
    terminal: str
    approved_by: str | None = None
    self_approved: bool = False


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. `p` is the payload of (type, tv); `post` are its zero-sum postings; `agg` orders one document.

    `suspect` is there, and true, only when the node's clock had leapt forward and nobody had confirmed it (SYNC §9).
    """

    v: int = 1
    id: str
    at: int
    hlc: str
    type: str
    tv: int = 1
    day: str | None = None
    shift: str | None = None
    actor: Actor
    agg: list[str] = msgspec.field(default_factory=list)
    post: list[PostingRow] = msgspec.field(default_factory=list)
    p: dict[str, Any] = msgspec.field(default_factory=dict)
    suspect: bool | msgspec.UnsetType = msgspec.UNSET


# A number with a dot or an exponent, or of 16 digits and more; also hit by some texts, which costs time only.
_SUSPECT = re.compile(rb"[:\[,]-?\d+[.eE]|[:\[,]-?\d{16}")
_OTHERS = bytes(set(range(256)) - set(b"{}[]"))
_ROUND = bytes.maketrans(b"{}[]", b"()()")
_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """The body's bytes for ever. Raises `Invalid` when a limit is broken, before anything is written.

    Almost every event is clean as it stands, which its bytes show; only the others are walked value by value.
    """
    body = _encoder.encode(event)
    text = body.decode()
    if _SUSPECT.search(body) or not unicodedata.is_normalized("NFC", text) or _deep(body):
        body = _encoder.encode(_clean(msgspec.to_builtins(event), 1))
    if len(body) > BODY_BYTES_MAX:
        raise Invalid("event.too_large", bytes=len(body), limit=BODY_BYTES_MAX)
    return body


def _deep(body: bytes) -> bool:
    """May it be deeper than allowed? Only its brackets are looked at: each round takes the innermost pairs away.

    Brackets inside texts count too: unpaired ones cost time only, and no payload class is deep enough to hide behind
    paired ones.
    """
    brackets = body.translate(_ROUND, _OTHERS)
    for _ in range(BODY_DEPTH_MAX):
        if not brackets:
            return False
        brackets = brackets.replace(b"()", b"")
    return bool(brackets)


def decode(body: bytes) -> Event:
    """Read a body; raises `Invalid("event.unreadable")` for anything that is not one."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("event.unreadable", why=str(error)[:200])


def payload(struct: msgspec.Struct) -> dict[str, Any]:
    """A payload Struct as the plain dict of `Event.p`."""
    plain: dict[str, Any] = msgspec.to_builtins(struct)
    return plain


def _clean(value: Any, depth: int) -> Any:
    if depth > BODY_DEPTH_MAX:
        raise Invalid("event.too_deep", limit=BODY_DEPTH_MAX)
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        if abs(value) > INTEGER_MAX:
            raise Invalid("event.integer_too_large")
        return value
    if isinstance(value, dict):
        return {_clean(key, depth): _clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item, depth + 1) for item in value]
    raise Invalid("event.type_not_allowed", kind=type(value).__name__)
