"""What the node and the process `lianpu-edge mirror` say to each other: JSON under a MAC of their shared secret.

    ask     HMAC-SHA256(secret, "lianpu-mirror-ask/1\\0" ‖ nonce ‖ path ‖ \\0 ‖ body)
    answer  HMAC-SHA256(secret, "lianpu-mirror-answer/1\\0" ‖ nonce ‖ body)

The nonce ties an answer to its question. A question that is played again changes nothing: an append must join, a
piece is sealed, and what may be forgotten stays forgotten.
"""

from __future__ import annotations

import hmac

import msgspec

from edge.mirror.model import Life, Owner, Record, Standing

PREFIX = "/mirror/v1/"
NONCE_HEADER, MAC_HEADER = "Lianpu-Mirror-Nonce", "Lianpu-Mirror-Mac"
BODY_BYTES_MAX = 4 << 20
PIECE_BYTES = 1 << 20
_ASK, _ANSWER = b"lianpu-mirror-ask/1\0", b"lianpu-mirror-answer/1\0"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One question; which fields count depends on the path: standings, append, piece, forget."""

    owner: Owner
    life: Life | None = None
    prev: bytes = b""
    seq: int = 0
    records: list[Record] = []
    known: list[Life] = []


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An answer; `trouble` is a state of `MirrorTrouble`, empty when all went well."""

    trouble: str = ""
    why: str = ""
    standings: list[Standing] = []
    records: list[Record] = []


def mac_of_ask(secret: str, nonce: str, path: str, body: bytes) -> str:
    """What proves a question."""
    return hmac.digest(secret.encode(), _ASK + nonce.encode() + path.encode() + b"\0" + body, "sha256").hex()


def mac_of_answer(secret: str, nonce: str, body: bytes) -> str:
    """What proves the answer to that question."""
    return hmac.digest(secret.encode(), _ANSWER + nonce.encode() + body, "sha256").hex()
