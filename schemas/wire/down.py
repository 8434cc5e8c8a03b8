"""The scopes down: changes up to a whole version, or a reset by a snapshot in chunks that a signed manifest names."""

from __future__ import annotations

import msgspec

from schemas.wire.bounds import BucketNumber, Count, Hash, MaybeName, Scope, SealKey
from schemas.wire.up import ScopeHead

RowChange = tuple[str, str, str | None]
"""(kind, key, the row's bytes as text or null when it is gone); row bytes are UTF-8 JSON."""


class Changes(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="changes"):
    """Rows that lead from version `since` to the whole version `to`, whose digest is `digest`."""

    scope: Scope
    epoch: MaybeName
    since: Count
    to: Count
    digest: Hash
    head: Count
    rows: list[RowChange]


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a snapshot's file; its place follows from the sizes before it."""

    size: Count
    sha256: Hash


class Reset(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="reset"):
    """No path from the cursor: load the snapshot of `version`, chunk by chunk. Signed with purpose "manifest"."""

    scope: Scope
    epoch: MaybeName
    version: Count
    digest: Hash
    rows: Count
    chunks: list[Chunk]
    key: SealKey | None = None


class Current(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="current"):
    """The rows are the newest version already (an equal digest goes on without reset in a new epoch)."""

    scope: Scope
    epoch: MaybeName
    version: Count
    digest: Hash


class Buckets(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="buckets"):
    """Every row that these buckets have at `version`; the other buckets were equal. A row that is not named is gone."""

    scope: Scope
    epoch: MaybeName
    version: Count
    digest: Hash
    buckets: list[BucketNumber]
    rows: list[tuple[str, str, str]]


class Bell(msgspec.Struct, frozen=True, kw_only=True):
    """`GET bell`: heads only, a hint. `waited` is false when HQ had no thread to spare."""

    heads: list[ScopeHead]
    waited: bool
