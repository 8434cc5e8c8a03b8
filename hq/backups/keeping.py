"""Which backups stay: the newest ones and the bases they need; what has vanished or rotted promises nothing.

A target that refuses to delete keeps its copy: what we cannot delete, a thief of our rights cannot either.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from hq.backups import promise, queries, repository
from hq.backups.model import FAILED, GONE, KEPT_MIN, MISSING, VERIFIED
from hq.backups.targets import Target
from hq.ingest import alarms, epoch
from kit.context import Context
from kit.sql import Row
from retail.errors import Unavailable

if TYPE_CHECKING:
    from hq.running import Running

AGAIN = "again"
FOUND = {VERIFIED: "", MISSING: "no target gives it back whole", FAILED: "no copy reads back whole"}
"""What reading it once more has shown → why the backup is in that state."""


def care(ctx: Context, targets: list[Target], work: Path) -> None:
    """Look which backups are still there, read the oldest of them once more, delete old ones, renew the promise."""
    _look(ctx, targets, work / AGAIN)
    _read_oldest(ctx, targets, work / AGAIN)
    _follow_bases(ctx)
    _delete(ctx, targets)
    _ring_for_missing(ctx)
    _renew(ctx.app)


def count_kept(ctx: Context, targets: list[Target], work: Path) -> None:
    """Where none came about, too, the promise rests only on what is still there."""
    _look(ctx, targets, work / AGAIN)
    _follow_bases(ctx)
    _ring_for_missing(ctx)
    _renew(ctx.app)


def let_go(ctx: Context, why: str) -> None:
    """No backup that was taken so far counts any more, and nothing is promised by them; their files stay."""
    hq: Running = ctx.app
    with hq.db.read() as connection:
        rows = queries.in_state(connection, VERIFIED) + queries.in_state(connection, MISSING)
    for row in rows:
        _set(ctx, row, FAILED, why)
    _renew(hq)


def _renew(hq: Running) -> None:
    with hq.db.write() as connection:
        promise.renew(connection, hq.home, epoch.current(connection), hq.clock.now_ms())


def _look(ctx: Context, targets: list[Target], file: Path) -> None:
    with ctx.app.db.read() as connection:
        good, missing = (queries.in_state(connection, state) for state in (VERIFIED, MISSING))
    for row in good:
        if not all(_has(targets, name) for name in (row.file, row.base) if name):
            _set(ctx, row, MISSING, "no target has it")
    _take_back(ctx, targets, missing, file)


def _take_back(ctx: Context, targets: list[Target], missing: list[Row], file: Path) -> None:
    """What was missing counts again when it reads back whole: its name says nothing. The full ones come first."""
    with ctx.app.db.read() as connection:
        good = {row.file for row in queries.in_state(connection, VERIFIED)}
    for row in reversed(missing):
        if (not row.base or row.base in good) and judge(ctx, targets, row, file) == VERIFIED:
            good.add(row.file)


def _read_oldest(ctx: Context, targets: list[Target], file: Path) -> None:
    """Disks rot quietly: what the whole promise rests on is read again with every new backup."""
    with ctx.app.db.read() as connection:
        rows = queries.in_state(connection, VERIFIED)
    for row in rows[-1:]:
        for needed in [other for other in rows if other.file in (row.file, row.base)]:
            judge(ctx, targets, needed, file)


def judge(ctx: Context, targets: list[Target], row: Row, file: Path) -> str:
    """Read a backup again, into `file`; its state follows what is found. A rotten one counts no more, and rings."""
    state = _judged(targets, row, file)
    file.unlink(missing_ok=True)
    if state != row.state:
        _set(ctx, row, state, FOUND[state])
    if state == FAILED:
        with ctx.app.db.write() as connection:
            alarms.alarm(
                connection, store="", code="backup.rotten", subject=row.file, now_ms=ctx.clock.now_ms()
            )
    return state


def _judged(targets: list[Target], row: Row, file: Path) -> str:
    """Failed, and that for ever, only when a copy is spoilt and no place is left where a good one may lie."""
    seen = set()
    for target in targets:
        state = _copy_at(target, row, file)
        if state == VERIFIED:
            return VERIFIED
        seen.add(state)
    return FAILED if FAILED in seen and MISSING not in seen else MISSING


def _copy_at(target: Target, row: Row, file: Path) -> str:
    """Read to its end: verified or failed. Gone when it is not there; missing when the place does not say.

    A line that breaks, no room for `file` here, EIO (a soft mount without its server has it, too): no word about it.
    """
    try:
        if not target.has(row.file):
            return GONE
        target.get(row.file, file)
    except Unavailable:
        return MISSING
    return VERIFIED if digest(file) == row.sha256 else FAILED


def _follow_bases(ctx: Context) -> None:
    """An incremental one stands and falls with its full one."""
    with ctx.app.db.read() as connection:
        good, missing, failed = (queries.in_state(connection, state) for state in (VERIFIED, MISSING, FAILED))
    rotten, away = {row.file for row in failed}, {row.file for row in missing}
    for row in [row for row in good + missing if row.base]:
        if row.base in rotten:
            _set(ctx, row, FAILED, "its full backup cannot be read")
        elif row.base in away and row.state == VERIFIED:
            _set(ctx, row, MISSING, "no target gives back its full backup")


def _delete(ctx: Context, targets: list[Target]) -> None:
    with ctx.app.db.read() as connection:
        rows = queries.in_state(connection, VERIFIED)
    keep = rows[: _kept_count(ctx)]
    needed = {row.file for row in keep} | {row.base for row in keep}
    for row in rows:
        if row.file not in needed:
            _set(
                ctx, row, GONE, "older than those that are kept"
            )  # first the promise falls, then the file goes
            for target in targets:
                try:
                    target.drop(row.file)
                except Unavailable:
                    continue  # it keeps its copy: a target may refuse on purpose


def _ring_for_missing(ctx: Context) -> None:
    """An alarm while one is not found that is no older than those that are kept; it ends when none is."""
    with ctx.app.db.write() as connection:
        kept = queries.in_state(connection, VERIFIED)[: _kept_count(ctx)]
        oldest = kept[-1].ordinal if len(kept) == _kept_count(ctx) else 0
        now = ctx.clock.now_ms()
        if any(row.ordinal > oldest for row in queries.in_state(connection, MISSING)):
            alarms.alarm(connection, store="", code="backup.missing", subject="hq", now_ms=now)
        else:
            alarms.close(connection, "backup.missing|hq", by="system", note="", now_ms=now)


def _kept_count(ctx: Context) -> int:
    count: int = max(KEPT_MIN, ctx.app.config.backup_keep)
    return count


def fetch(targets: list[Target], name: str, file: Path, sha256: str) -> bool:
    """From the first target that has it whole."""
    for target in targets:
        try:
            target.get(name, file)
        except Unavailable:
            continue
        if digest(file) == sha256:
            return True
    return False


def digest(file: Path) -> str:
    """SHA-256 of a file, as hex."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _has(targets: list[Target], name: str) -> bool:
    """A target that does not answer counts for nothing."""
    for target in targets:
        try:
            if target.has(name):
                return True
        except Unavailable:
            continue
    return False


def _set(ctx: Context, row: Row, state: str, why: str) -> None:
    with ctx.app.change(ctx) as change:
        repository.set_state(change.connection, row.id, state, why)
        change.audit("backup.state_changed", f"backup:{row.id}", state=state, why=why)
