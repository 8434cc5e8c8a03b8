"""The messages of `/sync/v1/` (docs/sync-protocol.md): JSON Structs, and the frame that carries bodies.

`PROTOCOL` is the newest; HQ accepts the two before it. Binary fields travel as base64. A signed message is
the exact bytes of the HTTP body, its signature stands in the header `Lianpu-Signature`.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from retail.errors import ProtocolError

PROTOCOL = 1
PROTOCOLS = (1,)
SIGNATURE_HEADER = "Lianpu-Signature"
TOKEN_HEADER = "Authorization"
PREFIX = "/sync/v1"

S = TypeVar("S", bound=msgspec.Struct)

_encoder = msgspec.json.Encoder()


def encode(message: msgspec.Struct) -> bytes:
    """The bytes that are sent, signed and stored."""
    return _encoder.encode(message)


def decode(raw: bytes, kind: type[S]) -> S:
    """Read a message; raises `ProtocolError("wire.unreadable")`."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProtocolError("wire.unreadable", kind=kind.__name__, why=str(error)[:200])


def kind_of(raw: bytes) -> str:
    """The `kind` of an answer that has several shapes."""
    return decode(raw, Kind).kind


class Kind(msgspec.Struct):
    """Every answer of push and scope names its shape."""

    kind: str


class Refusal(msgspec.Struct):
    """The one JSON error shape, as far as a node reads it."""

    code: str = "wire.refused"
    message: str = ""
    fields: dict[str, Any] = {}
