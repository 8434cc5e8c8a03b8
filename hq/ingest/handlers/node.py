"""What a node says about itself; a new incarnation names the last numbers that can be proven."""

from __future__ import annotations

import json

from hq.ingest.handlers.sales import note
from hq.ingest.model import Entry, Family, Rows
from schemas.events.node import Amended, ClockCorrected, NodeEnrolled, NodeReincarnated, TrustChanged


def enrolled(entry: Entry, node: NodeEnrolled) -> Rows:
    """The first event of a node."""
    return note(entry, "enrolled", node.store, {"app": node.app_version, "engine": node.engine_version})


def reincarnated(entry: Entry, node: NodeReincarnated) -> Rows:
    """A disk was put back, cloned or replaced: a person must know which numbers are certain.

    Of a fork the record is written here too: one that stage 1 had made may have gone with HQ's own disk.
    """
    event = entry.event
    assert event is not None
    facts: dict[str, object] = {
        "reason": node.reason, "parent_inc": node.parent_inc, "parent_seq": node.parent_seq,
        "last_numbers": node.last_numbers,
    }  # fmt: skip
    if node.lost:
        facts["lost"] = [one.number or str(one.seq) for one in node.lost]
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True)
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
    rows += [("hole", (entry.node, node.parent_inc, one.seq, one.seq, event.at)) for one in node.lost]
    return rows


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
