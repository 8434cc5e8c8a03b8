"""The scopes down: changes up to a whole version, or a reset by one signed snapshot."""

from __future__ import annotations

import msgspec

from schemas.wire.up import ScopeHead

RowChange = tuple[str, str, str | None]
"""(kind, key, the row's bytes as text or null when it is gone); row bytes are UTF-8 JSON."""


class Changes(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="changes"):
    """Rows that lead from version `since` to the whole version `to`, whose digest is `digest`."""

    scope: str
    epoch: str
    since: int
    to: int
    digest: bytes
    head: int
    rows: list[RowChange]


class Reset(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="reset"):
    """No path from the cursor: load the snapshot of `version`. Signed with purpose "manifest"."""

    scope: str
    epoch: str
    version: int
    digest: bytes
    rows: int
    size: int
    sha256: bytes


class Current(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="current"):
    """The rows are the newest version already (an equal digest goes on without reset in a new epoch)."""

    scope: str
    epoch: str
    version: int
    digest: bytes


ScopeAnswer = Changes | Reset | Current


class Bell(msgspec.Struct, frozen=True, kw_only=True):
    """`GET bell`: heads only, a hint. `waited` is false when HQ had no thread to spare."""

    heads: list[ScopeHead]
    waited: bool
