"""A bundle: one file on a stick that does what a line would have done (docs/bundles.md)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from schemas.wire.bounds import Count, MaybeName, PublicKey, SealKey, Signature, Signed, Words
from schemas.wire.down import Chunk, Reset
from schemas.wire.up import IncAnswer

Message = Annotated[bytes, msgspec.Meta(max_length=4 * 1024 * 1024)]


class BundleHead(msgspec.Struct, frozen=True, kw_only=True):
    """In front of every bundle, signed by `sender` with purpose "bundle"; `parts` are what lies behind it.

    `enrol` is a new computer's request and has no store, no receiver and no parts.
    """

    direction: Literal["enrol", "down", "up"]
    node: MaybeName
    sender: PublicKey
    receiver: PublicKey | None
    epoch: MaybeName
    counter: Count
    at: Count
    parts: list[Chunk]


class BundleDown(msgspec.Struct, frozen=True, kw_only=True):
    """The first part of a bundle of HQ, sealed: receipts, `durable` and manifests; the chunks are the other parts.

    `record` is the enrolment of the receiver, `hq_url` where HQ will be once there is a line, empty when unknown.
    `mirror_key` seals the receiver's mirror (docs/adr/0014); older programs of HQ do not send it.
    """

    store: MaybeName
    record: Signed
    record_signature: Signature
    hq_url: Words
    incs: list[IncAnswer]
    scopes: list[Reset]
    whole: bool
    mirror_key: SealKey | None = None


class BundleUp(msgspec.Struct, frozen=True, kw_only=True):
    """The first part of a store's bundle, sealed; the other parts are pushes, sealed with `key`."""

    key: SealKey
    hello: Message
    hello_signature: Signature
    record: Signed
    record_signature: Signature
