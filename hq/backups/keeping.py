"""Which backups stay: the newest ones and the bases they need; what has vanished or rotted promises nothing.

A target that refuses to delete keeps its copy: what we cannot delete, a thief of our rights cannot either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.backups import promise, queries, repository, unproven
from hq.backups.belonging import strange
from hq.backups.files import reads_back
from hq.backups.model import FAILED, GONE, KEPT_MIN, MISSING, VERIFIED
from hq.backups.night import Night
from hq.backups.replicas import make_up
from hq.backups.targets import Target
from hq.ingest import alarms, epoch
from kit.context import Context
from kit.sql import Row
from retail.errors import Unavailable

if TYPE_CHECKING:
    from hq.running import Running

TARGET_FAILURE = "backup.target_failed"
FOUND = {VERIFIED: "", MISSING: "why.nowhere_whole", FAILED: "why.no_copy_whole"}
"""What reading it once more has shown → why the backup is in that state."""


def care(night: Night) -> None:
    """Look which backups are still there, read the oldest of them once more, delete old ones, renew the promise.

    Then each target gets what it lacks of those that are kept.
    """
    ctx = night.ctx
    _look(night)
    _read_oldest(night)
    _delete(night)
    _settle(ctx)
    unreadable = make_up(night)
    for row in unreadable:
        judge(night, row)
    if unreadable:
        _settle(ctx)
    _tell_targets(night)


def count_kept(night: Night) -> None:
    """Where none came about, too, the promise rests only on what is still there."""
    _look(night)
    _settle(night.ctx)


def _settle(ctx: Context) -> None:
    """What follows from the states of all backups: those that stand on others, the alarm, the promise."""
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


def _look(night: Night) -> None:
    with night.ctx.app.db.read() as connection:
        good, missing = (queries.in_state(connection, state) for state in (VERIFIED, MISSING))
    for row in good:
        if not all(_has(night.targets, name) for name in (row.file, row.base) if name):
            _set(night.ctx, row, MISSING, "no target has it")
    _take_back(night, missing)


def _take_back(night: Night, missing: list[Row]) -> None:
    """What was missing counts again when it reads back whole: its name says nothing. The full ones come first."""
    with night.ctx.app.db.read() as connection:
        good = {row.file for row in queries.in_state(connection, VERIFIED)}
    for row in reversed(missing):
        if (not row.base or row.base in good) and judge(night, row) == VERIFIED:
            good.add(row.file)


def _read_oldest(night: Night) -> None:
    """Disks rot quietly: what the whole promise rests on is read again with every new backup, until one reads good."""
    while not all([judge(night, row) == VERIFIED for row in _oldest(night.ctx)]):
        _follow_bases(night.ctx)
    _follow_bases(night.ctx)


def _oldest(ctx: Context) -> list[Row]:
    """The oldest proven one and what it stands on; nothing when there is none."""
    with ctx.app.db.read() as connection:
        rows = queries.in_state(connection, VERIFIED)
    return [row for row in rows if row.file in (rows[-1].file, rows[-1].base)]


def judge(night: Night, row: Row) -> str:
    """Read a backup again; its state follows what is found. A rotten one counts no more, and rings."""
    ctx = night.ctx
    state, spoilt = _judged(night, row)
    for target in spoilt:
        _remember_spoilt(night, target, row, rings=state != FAILED)
    if state != row.state:
        _set(ctx, row, state, FOUND[state])
    if state == FAILED:
        with ctx.app.db.write() as connection:
            alarms.alarm(
                connection, store="", code="backup.rotten", subject=row.file, now_ms=ctx.clock.now_ms()
            )
    return state


def _judged(night: Night, row: Row) -> tuple[str, list[Target]]:
    """Its state, and where a spoilt copy was met. Each night another target comes first: none rots behind a good one.

    Failed, and that for ever, only when a copy is spoilt and no place is left where a good one may lie.
    """
    spoilt: list[Target] = []
    away = False
    for target in night.in_turn:
        state = _copy_at(night, target, row)
        if state == VERIFIED:
            return VERIFIED, spoilt
        if state == FAILED:
            spoilt.append(target)
        away = away or state == MISSING
    return FAILED if spoilt and not away else MISSING, spoilt


def _remember_spoilt(night: Night, target: Target, row: Row, *, rings: bool) -> None:
    """`rings`: nothing else does, because the backup itself is not lost."""
    why = f"why.spoilt {row.file}"
    if rings:
        night.trouble(target.name, why)
    with night.ctx.app.db.write() as connection:
        repository.set_copy(connection, row.id, target.name, FAILED, why, night.ctx.clock.now_ms())


def _copy_at(night: Night, target: Target, row: Row) -> str:
    """Read to its end: verified or failed. Gone when it is not there; missing when the place does not say.

    A line that breaks, no room for the file here, EIO (a soft mount without its server has it, too): no word about it.
    """
    try:
        if not target.has(row.file):
            return MISSING if strange(night.ctx.app, target) else GONE
        return VERIFIED if reads_back(target, row.file, row.sha256, night.file) else FAILED
    except Unavailable:
        return MISSING


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


def _delete(night: Night) -> None:
    """First the promise falls, then the file goes; a target that refuses on purpose keeps its copy."""
    ctx = night.ctx
    with ctx.app.db.read() as connection:
        rows = queries.in_state(connection, VERIFIED)
    keep = rows[: _kept_count(ctx)]
    needed = {row.file for row in keep} | {row.base for row in keep}
    for row in [row for row in rows if row.file not in needed]:
        unproven.note(ctx.app.home, row.file)
        _set(ctx, row, GONE, "older than those that are kept")
        unproven.delete(ctx.app.home, night.targets, row.file)


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


def _tell_targets(night: Night) -> None:
    """An alarm for each target that lacks something; it ends with the first night on which it has all."""
    now = night.ctx.clock.now_ms()
    with night.ctx.app.db.write() as connection:
        for name in [target.name for target in night.targets]:
            if why := night.troubles.get(name):
                facts = {"why": why[:200]}
                alarms.alarm(
                    connection, store="", code="backup.target_failed", subject=name, now_ms=now, facts=facts
                )
            else:
                alarms.close(connection, f"{TARGET_FAILURE}|{name}", by="system", note="", now_ms=now)


def _kept_count(ctx: Context) -> int:
    count: int = max(KEPT_MIN, ctx.app.config.backup_keep)
    return count


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
        if state in (FAILED, GONE):
            repository.forget_contents(change.connection, row.id)
        change.audit("backup.state_changed", f"backup:{row.id}", state=state, why=why)
