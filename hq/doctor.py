"""`lianpu-hq doctor`: each check has an id, a state (pass, warn, fail), what was seen and what to do."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hq import months
from hq.backups import queries as backups
from hq.backups.model import VERIFIED
from hq.console import queries
from hq.headquarters import Headquarters
from kit import db as sqlite
from kit.sql import newest_version, schema_version

DISK_FREE_MIN = 2 * 1024**3
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"


@dataclass(frozen=True)
class Check:
    """One answer of the doctor."""

    id: str
    state: str
    seen: str
    fix: str = ""


def examine(hq: Headquarters) -> list[Check]:
    """Every check in a fixed order; the rows of an older schema are not asked."""
    checks: tuple[Callable[[Headquarters], Check], ...] = (
        _python, _engine, _schema, _integrity, _disk, _keys, _browser_files,
    )  # fmt: skip
    found = [check(hq) for check in checks]
    current = all(check.state == "pass" for check in found if check.id == "database.schema")
    return [*found, _administrator(hq), _stores(hq), _backups(hq), _months(hq)] if current else found


def report(hq: Headquarters) -> dict[str, Any]:
    """The checks as JSON; `ok` is false as soon as one fails."""
    found = examine(hq)
    return {"ok": all(c.state != "fail" for c in found), "checks": [asdict(c) for c in found]}


def _python(_hq: Headquarters) -> Check:
    return Check("python", "pass", platform.python_version())


def _engine(hq: Headquarters) -> Check:
    if not hq.db.is_sqlite:
        return Check("database.engine", "pass", hq.db.url.get_backend_name())
    return Check("database.engine", "pass", f"SQLite {sqlite.ENGINE_VERSION}")


def _schema(hq: Headquarters) -> Check:
    current, newest = schema_version(hq.db), newest_version()
    state = "pass" if current == newest else "fail"
    return Check("database.schema", state, f"{current} of {newest}", "" if state == "pass" else "restart HQ")


def _integrity(hq: Headquarters) -> Check:
    found = queries.integrity(hq.db)
    return Check("database.integrity", "pass" if found == "ok" else "fail", found[:200], "restore a backup")


def _disk(hq: Headquarters) -> Check:
    free = shutil.disk_usage(hq.home).free
    state = "pass" if free > DISK_FREE_MIN else "warn" if free > DISK_FREE_MIN // 10 else "fail"
    return Check("disk.free", state, f"{free // 1024**2} MiB", "" if state == "pass" else "make room")


def _keys(hq: Headquarters) -> Check:
    loose = [p.name for p in (hq.home / "keys").glob("*.key") if p.stat().st_mode & 0o077]
    return Check("keys.mode", "fail" if loose else "pass", ", ".join(loose) or "0600", "chmod 600")


def _browser_files(_hq: Headquarters) -> Check:
    there = (VENDOR / "htmx.min.js").exists() and (VENDOR / "tabler.min.css").exists()
    return Check(
        "browser.files", "pass" if there else "warn", "present" if there else "missing",
        "" if there else "run install/vendor.py",
    )  # fmt: skip


def _administrator(hq: Headquarters) -> Check:
    count = queries.administrators(hq.db)
    fix = "" if count else "lianpu-hq user add LOGIN --name NAME --role administrator"
    return Check("access.administrator", "pass" if count else "fail", str(count), fix)


def _stores(hq: Headquarters) -> Check:
    nodes = queries.gauge(hq.db, "lianpu_hq_nodes")
    return Check("stores.enrolled", "pass" if nodes else "warn", str(nodes), "" if nodes else "enrol a store")


def _months(hq: Headquarters) -> Check:
    """Rows that belong to no month lie in one partition for the rest, where nothing can be split or dropped."""
    left = ", ".join(f"{table} {rows}" for table, rows in months.rest(hq.db).items())
    fix = "a store's clock was far off; look for clock.corrected of these days" if left else ""
    return Check("database.months", "warn" if left else "pass", left or "every row in its month", fix)


def _backups(hq: Headquarters) -> Check:
    """A backup that was proven lately, on more than this disk."""
    if hq.db.in_memory:
        return Check("backups.age", "pass", "a database in memory has none")
    with hq.db.read() as connection:
        proven = backups.in_state(connection, VERIFIED)
    if not proven:
        return Check("backups.age", "warn", "none", "lianpu-hq backup")
    hours = max(0, hq.clock.now_ms() - proven[0].taken_at) // 3_600_000
    seen = f"{hours} h, {len(proven)} kept"
    if hours >= hq.config.backup_alarm_days * 24:
        return Check("backups.age", "warn", seen, "lianpu-hq backup says why none came about")
    if not hq.config.backup_targets:
        return Check("backups.age", "warn", f"{seen}, on this disk only", "name backup_targets in hq.toml")
    return Check("backups.age", "pass", seen)
