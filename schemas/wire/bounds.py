"""What a field of a message may hold at most: checked where the bytes are read, so that nobody behind has to.

A name never holds what a path, a log line or a database would stumble over.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

WHOLE_MAX = 2**53 - 1
NAME = r"\A[A-Za-z0-9_.-]{1,64}\Z"
SCOPE = r"\A[A-Za-z0-9_.:-]{1,100}\Z"

Name = Annotated[str, msgspec.Meta(pattern=NAME)]
"""A node, an incarnation, a store, an epoch."""

MaybeName = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_.-]{0,64}\Z")]
"""The same, or nothing yet."""

Scope = Annotated[str, msgspec.Meta(pattern=SCOPE)]
"""`chain`, `zone:A`, `store:001`."""

Words = Annotated[str, msgspec.Meta(max_length=400, pattern=r"\A[^\x00]*\Z")]
"""A short text that a person reads."""

FACT_MAX = 24 * 1024
Fact = Annotated[str, msgspec.Meta(max_length=FACT_MAX, pattern=r"\A[^\x00]*\Z")]
"""What a node counts and HQ compares: a day of a shop, with the marks of its receipts."""

Count = Annotated[int, msgspec.Meta(ge=0, le=WHOLE_MAX)]
"""A seq, a version, a number of bytes, a time in milliseconds."""

BucketNumber = Annotated[int, msgspec.Meta(ge=0, le=255)]
"""One of the 256 buckets of a scope."""

Whole = Annotated[int, msgspec.Meta(ge=-WHOLE_MAX, le=WHOLE_MAX)]
"""A difference."""

Hash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""SHA-256."""

Hex = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""A hash or a key as text."""

PublicKey = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""Ed25519."""

SealKey = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
"""AES-256."""

Signature = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
"""Ed25519."""

Nonce = Annotated[bytes, msgspec.Meta(min_length=16, max_length=64)]
"""Random bytes that are good once."""

Signed = Annotated[bytes, msgspec.Meta(max_length=4096)]
"""A small message inside another: a receipt or a record."""
