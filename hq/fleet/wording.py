"""The words of the board: what happened, what is safe, what to do."""

from __future__ import annotations

import json
from typing import Any

from hq import display, web
from hq.fleet.rules import Finding


def _facts(found: Finding) -> dict[str, Any]:
    facts = dict(found.facts)
    if "ms" in facts:
        facts["time"] = display.ago(facts["ms"])
    if "state" in facts:
        facts["state"] = device_words(str(facts["state"]))
    if "trouble" in facts:
        code = str(facts["trouble"])
        facts["trouble"] = _known(f"trouble.{code}") or code
    return facts


def finding(found: Finding) -> str:
    """What happened."""
    return web.t(f"finding.{found.code}", **_facts(found))


def finding_safe(found: Finding) -> str:
    """What is safe all the same."""
    return web.t(f"finding.{found.code}.safe", **_facts(found))


def finding_do(found: Finding) -> str:
    """What to do; a store that is newer than HQ may tell of something for which HQ has no advice."""
    advice = _known(f"trouble.{found.facts['trouble']}.do") if "trouble" in found.facts else ""
    return advice or web.t(f"finding.{found.code}.do", **_facts(found))


def _known(key: str) -> str:
    """The words of a key, or nothing."""
    found = web.t(key)
    return "" if found == key else found


def device_words(state: str) -> str:
    """The state of a device as the store reports it; an unknown word is shown as it is."""
    key = f"device_state.{state.lower() or 'none'}"
    found = web.t(key)
    return state if found == key else found


def alarm_words(row: Any) -> str:
    """What an alarm is about, and how many copies are left out with it; an unknown code is shown as it is."""
    key = f"alarm.{row.code}"
    found = web.t(key, subject=row.subject)
    words = str(row.code) if found == key else found
    copies = json.loads(row.facts).get("copies", 0)
    return f"{words} {web.t('fleet.copies_left_out', n=copies)}" if copies else words


def offset_words(ms: int) -> str:
    """`+1.2 s` with a true minus."""
    tenths = abs(ms) // 100
    sign = "" if not tenths else "+" if ms > 0 else display.MINUS
    return f"{sign}{tenths // 10}.{tenths % 10} s"
