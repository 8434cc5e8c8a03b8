"""What a node says about itself; a new incarnation names the last numbers that can be proven."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hq.ingest.handlers.sales import note
from hq.ingest.model import Entry, Family, Rows
from schemas.events.node import (
    Amended,
    ClockCorrected,
    LostEvent,
    NodeEnrolled,
    NodeReincarnated,
    TrustChanged,
)

NAMED = 10  # receipts named in an alarm


def enrolled(entry: Entry, node: NodeEnrolled) -> Rows:
    """The first event of a node."""
    return note(entry, "enrolled", node.store, {"app": node.app_version, "engine": node.engine_version})


def reincarnated(entry: Entry, node: NodeReincarnated) -> Rows:
    """A disk was put back, cloned or replaced: a person must know which numbers are certain.

    Of a fork the record is written here too: one that stage 1 had made may have gone with HQ's own disk. Copies of a
    disk that both went past a hole part behind it, where stage 1 sees no fork: they are two children of one log.
    """
    event = entry.event
    assert event is not None
    facts: dict[str, object] = {
        "reason": node.reason, "parent_inc": node.parent_inc, "parent_seq": node.parent_seq,
        "last_numbers": node.last_numbers,
    }  # fmt: skip
    if node.lost:
        facts["lost"] = _names(node.lost)
    brief = facts | ({"lost": _some(node.lost)} if node.lost else {})
    text = json.dumps(brief, ensure_ascii=False, sort_keys=True)
    code = f"node.{node.reason}"
    alarm = (
        f"{code}|{entry.node}/{entry.inc}",
        entry.store,
        code,
        f"{entry.node}/{entry.inc}",
        text,
        event.at,
    )
    rows = [*note(entry, "reincarnated", entry.inc, facts), ("alarm", alarm)]
    if node.reason == "fork" and node.parent_inc:
        rows.append(("fork", (entry.node, node.parent_inc, node.parent_seq + 1, event.at)))
    if node.reason == "hole":
        rows.append(("twins", (event.at, entry.node, entry.inc)))
        rows.append(("twins_alarm", (entry.store, event.at, entry.node, entry.inc)))
    spans = _spans([one.seq for one in node.lost])
    rows += [("hole", (entry.node, node.parent_inc, first, last, event.at)) for first, last in spans]
    return rows


def _names(lost: Sequence[LostEvent]) -> list[str]:
    return [one.number or str(one.seq) for one in lost]


def _some(lost: Sequence[LostEvent]) -> list[str]:
    """What an alarm says of them: all names stand in the store's notes."""
    more = len(lost) - NAMED
    return _names(lost[:NAMED]) + ([f"+{more}"] if more > 0 else [])


def _spans(seqs: Sequence[int]) -> list[tuple[int, int]]:
    """Places without a gap between them are one hole: (first, last) each."""
    found: list[tuple[int, int]] = []
    for seq in sorted(set(seqs)):
        if found and found[-1][1] + 1 == seq:
            found[-1] = (found[-1][0], seq)
        else:
            found.append((seq, seq))
    return found


def clock_corrected(entry: Entry, clock: ClockCorrected) -> Rows:
    """The business clock stepped."""
    facts: dict[str, object] = {"before": clock.before_ms, "after": clock.after_ms, "source": clock.source}
    return note(entry, "clock", clock.source, facts)


def amended(entry: Entry, amendment: Amended) -> Rows:
    """HQ booked the reverse of an event."""
    return note(entry, "amended", amendment.event, {"reason": amendment.reason})


def trust_changed(entry: Entry, said: TrustChanged) -> Rows:
    """A person named how far a branch counts."""
    facts: dict[str, object] = {
        "node": said.node, "first": said.first, "last": said.last, "counts": said.counts, "reason": said.reason,
    }  # fmt: skip
    return note(entry, "trust", said.inc, facts)


HANDLERS: Family = {
    "node.enrolled": (1, enrolled),
    "node.reincarnated": (1, reincarnated),
    "clock.corrected": (1, clock_corrected),
    "hq.amended": (1, amended),
    "hq.trust_changed": (1, trust_changed),
}
