"""The doctor: every check of this node, each with a state, what it means and what to do.

`run` is what `lianpu-edge doctor --json` prints; `quick` leaves out what reads the whole database, moves the
network or waits for a device, so that a page can show it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from edge.office import checks, device_checks, mirror_checks, purge_checks, record_checks
from edge.office.model import WORST, Check, Finding, Report, State
from kit.logs import logger

log = logger("lianpu.doctor")
Source = Callable[[Any], Iterator[Finding]]

QUICK: tuple[Source, ...] = (
    checks.store,
    checks.disk,
    checks.witness,
    mirror_checks.mirror,
    checks.clock,
    checks.contact,
    checks.history,
    record_checks.records,
    purge_checks.purge,
    checks.printing,
    checks.locks,
    device_checks.profiles,
    device_checks.states,
    device_checks.scanners,
)
FULL: tuple[Source, ...] = (
    checks.python,
    checks.engine,
    checks.store,
    checks.settings,
    checks.integrity,
    checks.wal,
    checks.disk,
    checks.witness,
    mirror_checks.mirror,
    checks.chain,
    record_checks.records,
    purge_checks.purge,
    checks.history,
    checks.clock,
    checks.hq,
    checks.contact,
    checks.printing,
    checks.locks,
    device_checks.profiles,
    device_checks.devices,
    device_checks.access,
    device_checks.font,
)


def run(node: Any, language: str = "en", *, quick: bool = False) -> Report:
    """Ask everything and put the answers into words."""
    told = [in_words(node, language, finding) for finding in ask(node, QUICK if quick else FULL)]
    states = {check["state"] for check in told}
    worst: State = next((state for state in WORST if state in states), "pass")
    return Report(state=worst, store=node.store, version=_version(), at=node.clock.now_ms(), checks=told)


def ask(node: Any, sources: Iterable[Source]) -> list[Finding]:
    """What these say; a check that breaks is a failed check, never the end of the others."""
    found: list[Finding] = []
    for source in sources:
        try:
            found += list(source(node))
        except Exception as error:  # noqa: BLE001 — the doctor must finish on a sick computer
            log.error("doctor.check_failed", check=source.__name__, exc_info=error)
            found.append(Finding("broken", "fail", subject=source.__name__, facts={"name": source.__name__}))
    return found


def in_words(node: Any, language: str, finding: Finding) -> Check:
    """One finding in a person's language; a device's code becomes the words of its error."""
    facts = {name: str(value) for name, value in finding.facts.items()}
    if "subjects" in finding.facts:
        facts["names"] = ", ".join(_whom(node, language, subject) for subject in finding.facts["subjects"])
    if facts.get("code"):
        key = f"error.{facts['code']}"
        words = node.texts.text(language, key, address=facts.get("name", ""))
        facts["why"] = "" if words == key else words
        facts["why"] = facts["why"] or facts["code"]
    message = node.texts.text(language, f"office.check.{finding.key}", **facts)
    fix = ""
    if finding.state != "pass":
        key = f"office.fix.{finding.key}"
        words = node.texts.text(language, key, **facts)
        fix = "" if words == key else words
    return Check(id=finding.id, state=finding.state, message=message, fix=fix)


def _whom(node: Any, language: str, subject: str) -> str:
    """`staff:1001` and `device:01` as a person calls them."""
    kind, _, name = subject.partition(":")
    if kind == "staff":
        return str(node.texts.text(language, "office.locks.person", number=name))
    return str(node.texts.text(language, "office.locks.terminal", code=name))


def _version() -> str:
    from edge.node import VERSION  # the node is built on the slices, so not at import time

    return VERSION
