"""The nightly scrub."""

from __future__ import annotations

from typing import Any

from kit.jobs import Job


def jobs(node: Any) -> list[Job]:
    """What the scheduler runs: every hour it asks whether a scrub is due, and never waits for it."""
    return [Job("scrub.look", 3600, lambda: node.scrubber.begin_when_due())]
