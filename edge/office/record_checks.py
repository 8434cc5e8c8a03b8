"""What the doctor and the node's page say about the last scrub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge.office.model import Finding

OLD_MS = 3 * 86_400_000
NAMED = 8


def records(node: Any) -> Iterator[Finding]:
    """Does the disk still say what was sold?"""
    last = node.scrubber.last()
    if last is None:
        yield Finding("records", "pass", "never")
        return
    names = list(dict.fromkeys(finding.place for finding in last.findings))
    facts = {
        "bodies": last.bodies,
        "count": len(last.findings),
        "places": ", ".join(names[:NAMED]),
        "repaired": last.repaired,
        "days": max(0, node.clock.now_ms() - last.at) // 86_400_000,
    }
    if last.findings:
        yield Finding("records", "fail", facts=facts)
    elif last.repaired:
        yield Finding("records", "warn", "repaired", facts=facts)
    elif node.clock.now_ms() - last.at > OLD_MS:
        yield Finding("records", "warn", "old", facts=facts)
    else:
        yield Finding("records", "pass", facts=facts)
