"""A print job as a value, and the ages that matter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from drivers.printer.protocol import Evidence, JobState
from kit.db import Row

RECEIPTS = ("receipt", "reprint", "return")
STALE_MS = 10 * 60 * 1000  # a customer who has gone needs no receipt: ask first
PULSE_LIFE_MS = 30 * 1000  # a drawer that opens by itself minutes later is a danger
TOO_LATE = "FAILED_TO_OPEN TOO_LATE"
CONTENT_LIFE_MS = 7 * 24 * 3600 * 1000
RELEASED = "released"
HELD = "held"  # found at a start, and nobody knows how old it is
WAITING = ("QUEUED", "BLOCKED")


@dataclass(frozen=True)
class Job:
    """One row of `print_job`; `content` is its `document`: what to compose, not bytes."""

    id: int
    key: str
    device: str
    kind: str
    reference: str
    terminal: str
    copy: int
    content: dict[str, Any]
    state: JobState
    evidence: Evidence
    reason: str
    attempts: int
    bytes_sent: int
    made_at: int
    changed_at: int

    @classmethod
    def from_row(cls, row: Row | Mapping[str, Any]) -> Job:
        """Read a row of the table."""
        values = {name: row[name] for name in row.keys() if name != "document"}
        return cls(**values, content=cast(dict[str, Any], json.loads(row["document"])))

    @property
    def body_left(self) -> bool:
        """May a body byte have left? Then only the printer or a person can end this job."""
        return self.evidence != "none"

    def asks_first(self, now_ms: int) -> bool:
        """Does a person have to say whether this old receipt is still wanted?"""
        return self.state == "QUEUED" and is_stale(self.kind, self.reason, now_ms - self.made_at)


def is_stale(kind: str, reason: str, age_ms: int) -> bool:
    """Is this queued paper a receipt of a customer who has gone, and has nobody asked for it?"""
    return kind in RECEIPTS and reason != RELEASED and (reason == HELD or age_ms > STALE_MS)
