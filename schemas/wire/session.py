"""Enrolment and sessions: who speaks.

A session is made with two nonces: HQ proves its pinned key over both, then the device proves its own.
"""

from __future__ import annotations

import msgspec


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST enrol`: a one-use code and the device's public key; asked again while a person still compares."""

    code: str
    public_key: bytes
    app_version: str
    hint: str = ""


class EnrolmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What HQ signs with purpose "enrolment": a restored HQ accepts it and knows the device again."""

    node: str
    store: str
    public_key: bytes
    hq_key: bytes
    enrolled_at: int


class EnrolAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is "pending" until the fingerprint was confirmed, then "enrolled" with the signed record."""

    state: str
    fingerprint: str
    hq_key: bytes
    record: bytes | None = None
    signature: bytes | None = None


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """`POST challenge`: the device's nonce."""

    node: str
    nonce: bytes


class ChallengeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """HQ's nonce; `signature` (purpose "session") covers node, key id, both nonces and the word "hq"."""

    hq_key_id: bytes
    nonce: bytes
    signature: bytes


class SessionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST session`: `signature` covers node, key id, both nonces and the word "node"."""

    node: str
    public_key: bytes
    nonce: bytes
    hq_nonce: bytes
    signature: bytes
    record: bytes | None = None
    record_signature: bytes | None = None


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer token and how long it is good for."""

    token: str
    seconds: int
    hq_at: int
