"""What HQ does with a batch of links (SYNC §4, stage 1): append, nothing, gap or fork. Pure.

Only links and lengths are looked at: acceptance depends on enrolment, chain and size (U8), never on content.
Because each hash covers the one before it, equal hashes at one seq mean equal logs up to there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Append:
    """Links from index `skip` of the batch on are new; the ones before are here already."""

    skip: int


@dataclass(frozen=True)
class Duplicate:
    """Everything in the batch is here already."""


@dataclass(frozen=True)
class Gap:
    """Links between HQ's head and the batch are missing."""


@dataclass(frozen=True)
class Fork:
    """HQ has another link at `seq`: two copies of one incarnation have both been written to."""

    seq: int


Decision = Append | Duplicate | Gap | Fork


def decide(
    head_seq: int, first_seq: int, prev: bytes, hashes: Sequence[bytes], stored: Mapping[int, bytes]
) -> Decision:
    """Judge links `first_seq…` behind `prev` against HQ's head.

    `stored` holds HQ's hashes from `first_seq - 1` up to its head as far as the batch reaches (seq 0 = genesis).
    """
    if first_seq - 1 > head_seq:
        return Gap()
    if stored[first_seq - 1] != prev:
        return Fork(max(first_seq - 1, 1))
    overlap = min(head_seq - first_seq + 1, len(hashes))
    if overlap and stored[first_seq + overlap - 1] != hashes[overlap - 1]:
        differing = (first_seq + i for i in range(overlap) if stored[first_seq + i] != hashes[i])
        return Fork(next(differing))
    if overlap == len(hashes):
        return Duplicate()
    return Append(overlap)
