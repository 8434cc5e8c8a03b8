"""Enrolment and sessions: who speaks.

A session is made with two nonces: HQ proves its pinned key over both, then the device proves its own.
"""

from __future__ import annotations

import msgspec

from schemas.wire.bounds import Count, Name, Nonce, PublicKey, Signature, Signed, Words


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST enrol`: a one-use code and the device's public key; asked again while a person still compares."""

    code: Words
    public_key: PublicKey
    app_version: Words
    hint: Words = ""


class EnrolmentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What HQ signs with purpose "enrolment": a restored HQ accepts it and knows the device again."""

    node: Name
    store: Name
    public_key: PublicKey
    hq_key: PublicKey
    enrolled_at: Count


class EnrolAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is "pending" until the fingerprint was confirmed, then "enrolled" with the signed record."""

    state: str
    fingerprint: str
    hq_key: PublicKey
    record: Signed | None = None
    signature: Signature | None = None


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """`POST challenge`: the device's nonce."""

    node: Name
    nonce: Nonce


class ChallengeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """HQ's nonce; `signature` (purpose "session") covers node, key id, both nonces and the word "hq"."""

    hq_key_id: PublicKey
    nonce: Nonce
    signature: Signature


class SessionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST session`: `signature` covers node, key id, both nonces and the word "node"."""

    node: Name
    public_key: PublicKey
    nonce: Nonce
    hq_nonce: Nonce
    signature: Signature
    record: Signed | None = None
    record_signature: Signature | None = None


class SessionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A bearer token and how long it is good for."""

    token: str
    seconds: Count
    hq_at: Count
