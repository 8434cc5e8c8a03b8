"""What a node says about itself, operator corrections by HQ, and whose words count."""

from __future__ import annotations

from typing import Annotated

import msgspec


class NodeEnrolled(msgspec.Struct, frozen=True, kw_only=True):
    """The first event of a node's first incarnation."""

    store: str
    app_version: str
    engine_version: str


class LostEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a log whose bytes no copy has any more; `number` of its receipt, empty where it has none."""

    seq: int
    id: str
    number: str


LOST_MAX = 300
"""How many one event names: far below its 64 KiB, and never so many that HQ's pages drown in them."""


class NodeReincarnated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first event of an incarnation after a rollback, fork, restore or hole.

    `lost` are the events of `parent_inc` that this log goes past without their bytes.
    """

    reason: str
    parent_inc: str | None
    parent_seq: int
    last_numbers: dict[str, str]
    lost: Annotated[list[LostEvent], msgspec.Meta(max_length=LOST_MAX)] = []


class ClockCorrected(msgspec.Struct, frozen=True, kw_only=True):
    """The business clock stepped by more than ten minutes."""

    before_ms: int
    after_ms: int
    source: str


class Amended(msgspec.Struct, frozen=True, kw_only=True):
    """An operator at HQ books reversing postings for a parked event."""

    event: str
    reason: str


class TrustChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A person says whether seqs `first`..`last` of a revoked device's branch count: HQ books what that changes.

    Part `part` of `parts`, 1, 2, 3…: the postings of a long branch do not fit one event.
    """

    node: str
    inc: str
    first: int
    last: int
    counts: bool
    reason: str
    part: int = 1
    parts: int = 1
