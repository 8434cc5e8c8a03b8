"""Checks of the computer, the databases and the journal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from edge.office import queries
from edge.office.model import Finding, State
from edge.spool import queries as papers
from edge.syncing import identity, outbox
from kit.db import ENGINE_VERSION, ENGINE_VERSION_MIN, WRITER_SETTINGS

PYTHON_MIN = (3, 11)
WAL_WARN, WAL_FAIL = 64 << 20, 512 << 20
CLOCK_WARN_MS, CLOCK_FAIL_MS = 60_000, 15 * 60_000
OLDEST_WARN_MS, OLDEST_FAIL_MS = 3_600_000, 7 * 24 * 3_600_000
LINKS = 200
HQ_SECONDS = 3.0
MINUTE_MS = 60_000


def python(_node: Any) -> Iterator[Finding]:
    """The interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(
        "python", "pass" if sys.version_info[:2] >= PYTHON_MIN else "fail", facts={"version": version}
    )


def engine(_node: Any) -> Iterator[Finding]:
    """The database engine: older ones have a bug that can lose a commit."""
    new = tuple(int(part) for part in ENGINE_VERSION.split(".")[:3]) >= ENGINE_VERSION_MIN
    yield Finding("engine", "pass" if new else "warn", facts={"version": ENGINE_VERSION})


def settings(node: Any) -> Iterator[Finding]:
    """The settings that keep a sale."""
    wrong = []
    for database in (node.db, node.reference.db):
        found = queries.settings_in_force(database, list(WRITER_SETTINGS))
        wrong += [name for name, wanted in WRITER_SETTINGS.items() if found[name] != wanted]
    yield Finding("settings", "fail" if wrong else "pass", facts={"names": ", ".join(sorted(set(wrong)))})


def integrity(node: Any) -> Iterator[Finding]:
    """A quick look through both files."""
    for database in (node.db, node.reference.db):
        problems = queries.quick_problems(database)
        facts = {"file": Path(database.path).name, "problem": problems[0] if problems else ""}
        yield Finding(
            "integrity", "fail" if problems else "pass", subject=Path(database.path).stem, facts=facts
        )


def wal(node: Any) -> Iterator[Finding]:
    """The write-ahead log must not grow without end."""
    paths = [Path(f"{database.path}-wal") for database in (node.db, node.reference.db)]
    size = max(path.stat().st_size if path.exists() else 0 for path in paths)
    state: State = "fail" if size > WAL_FAIL else "warn" if size > WAL_WARN else "pass"
    yield Finding("wal", state, facts={"mb": size >> 20})


def disk(node: Any) -> Iterator[Finding]:
    """Room for sales, and the reserve for the last one."""
    free, least = node.disk.free_bytes(), node.disk.min_bytes
    state: State = "fail" if free < least else "warn" if free < 4 * least else "pass"
    yield Finding("disk", state, facts={"mb": free >> 20})
    yield Finding("ballast", "pass" if node.disk.ballast.exists() else "warn")


def witness(node: Any) -> Iterator[Finding]:
    """The small file outside the database that notices a database put back."""
    if node.journal.behind_witness() is not None:
        yield Finding("witness", "fail", "behind")
    elif node.journal.witness.problem:
        yield Finding("witness", "fail", "unwritable", facts={"path": node.journal.witness.path})
    elif node.enrolled and node.journal.witness.read() is None:
        yield Finding("witness", "warn", "missing", facts={"path": node.journal.witness.path})
    else:
        yield Finding("witness", "pass")


def clock(node: Any) -> Iterator[Finding]:
    """The computer's clock against HQ's time, and against the time that has passed."""
    if node.clock.suspect:
        yield Finding("clock", "fail", "suspect")
        return
    offset = abs(node.clock.offset_ms())
    state: State = "fail" if offset > CLOCK_FAIL_MS else "warn" if offset > CLOCK_WARN_MS else "pass"
    yield Finding("clock", state, facts={"seconds": offset // 1000})


def store(node: Any) -> Iterator[Finding]:
    """Does this computer belong to a store that can sell?"""
    if not node.enrolled:
        yield Finding("store", "fail", "not_enrolled")
    elif not node.reference.settings.ready:
        yield Finding("store", "fail", "no_data")
    else:
        yield Finding("store", "pass", facts={"store": node.store})


def hq(node: Any) -> Iterator[Finding]:
    """Can HQ be reached now? A store that cannot goes on selling, so this only warns."""
    known = identity.load(node.db)
    if known is None:
        yield Finding("hq", "warn", "unknown")
        return
    facts = {"url": known.hq_url, "minutes": _minutes_since_contact(node)}
    try:
        requests.get(f"{known.hq_url}/healthz", timeout=HQ_SECONDS, verify=node.config.ca_file or True)
    except requests.RequestException:
        yield Finding("hq", "warn", "unreachable", facts=facts)
        return
    yield Finding("hq", "pass", facts=facts)


def contact(node: Any) -> Iterator[Finding]:
    """When HQ last confirmed something, and what it has not confirmed yet."""
    waiting = outbox.unsent(node.db)
    minutes = _minutes_since_contact(node)
    if node.enrolled:
        yield Finding("contact", "pass" if minutes != "-" else "warn", facts={"minutes": minutes})
    age = 0 if waiting.oldest_at is None else max(0, node.clock.now_ms() - waiting.oldest_at)
    state: State = "fail" if age > OLDEST_FAIL_MS else "warn" if age > OLDEST_WARN_MS else "pass"
    yield Finding("outbox", state, facts={"count": waiting.count, "minutes": age // MINUTE_MS})


def chain(node: Any) -> Iterator[Finding]:
    """The newest links of the journal prove themselves."""
    if not node.enrolled:
        return
    inc = node.journal.inc
    looked, wrong = queries.wrong_links(node.db, inc.node, inc.inc, LINKS)
    facts = {"count": looked, "place": wrong[0] if wrong else ""}
    yield Finding("chain", "fail" if wrong else "pass", facts=facts)


def history(node: Any) -> Iterator[Finding]:
    """Was this disk put back, or does HQ object to something?"""
    lives = queries.incarnations(node.db)
    later = [life for life in lives if life["reason"] != "enrolment"]
    if later:
        yield Finding("history", "warn", str(later[0]["reason"]), facts={"count": len(later)})
    source = node.chip_sources.get("link")
    alarms = source("").get("alarms", []) if source else []
    if alarms:
        yield Finding("alarms", "fail", facts={"names": ", ".join(map(str, alarms))})


def printing(node: Any) -> Iterator[Finding]:
    """Papers that need somebody."""
    found = papers.counts(node.db)
    unknown, blocked = found.get("UNKNOWN", 0), found.get("BLOCKED", 0)
    yield Finding(
        "papers", "warn" if unknown or blocked else "pass", facts={"unknown": unknown, "blocked": blocked}
    )


def locks(node: Any) -> Iterator[Finding]:
    """People who may not try their PIN just now."""
    found = queries.locked(node.db)
    if found:
        yield Finding("locks", "warn", facts={"subjects": [row["subject"] for row in found]})


def _minutes_since_contact(node: Any) -> int | str:
    at = outbox.unsent(node.db).last_contact_at
    return "-" if at is None else max(0, node.clock.now_ms() - at) // MINUTE_MS
