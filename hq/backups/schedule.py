"""What the jobs do: take what is due or wanted; ring when none was verified for days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.backups import actions, queries, rules
from hq.backups.model import FULL, VERIFIED
from hq.backups.rules import Past
from hq.ingest import alarms
from hq.settings import queries as settings
from kit.context import Actor, Context
from kit.crypto import random_bytes
from kit.logs import logger
from kit.sql import Connection
from retail.civil import business_day, civil_to_ms
from retail.errors import LianpuError, NotNow

if TYPE_CHECKING:
    from hq.running import Running

log = logger("lianpu.backups")
STALE = "backup.stale|hq"
SCHEDULER = Actor(
    staff="system", name="system", role="system", permissions=frozenset({actions.PERMISSION})
)  # the name is shown in the audit


def look(hq: Running) -> None:
    """One look; a failure was remembered with an alarm by the action itself."""
    if hq.db.in_memory:
        return
    now, config = hq.clock.now_ms(), hq.config
    with hq.db.read() as connection:
        past, kind = _past(connection, now), queries.wanted(connection)
    if not kind and rules.due(past, hour=config.backup_hour, midnight_ms=_midnight(hq, now), now_ms=now):
        kind = rules.kind_due(past, full_days=config.backup_full_days, now_ms=now)
    if not kind:
        return
    ctx = Context(app=hq, clock=hq.clock, actor=SCHEDULER, device="schedule", trace=random_bytes(8).hex())
    try:
        made = actions.take(ctx, kind=kind)
    except (LianpuError, OSError) as error:
        log.error("backup.failed", why=str(error))
    else:
        log.info("backup.taken", id=made.id, kind=made.kind, bytes=made.file_bytes, targets=len(made.good))


def ring(hq: Running) -> None:
    """An alarm while the newest verified backup is too old, also while one is made; it ends with the next one."""
    if hq.db.in_memory:
        return
    now = hq.clock.now_ms()
    with hq.db.read() as connection:
        late = rules.stale(_past(connection, now), alarm_days=hq.config.backup_alarm_days, now_ms=now)
        there = alarms.is_open(connection, STALE)
    if late == there:
        return
    with hq.db.write() as connection:
        if late:
            days = {"days": hq.config.backup_alarm_days}
            alarms.alarm(connection, store="", code="backup.stale", subject="hq", now_ms=now, facts=days)
        else:
            alarms.close(connection, STALE, by="system", note="", now_ms=now)


def _past(connection: Connection, now: int) -> Past:
    """What a clock that was wrong dated later than now never happened: else nothing were due until that day."""
    good = [row for row in queries.in_state(connection, VERIFIED) if row.taken_at <= now]
    began = queries.began_at(connection)
    return Past(
        began_at=began if began <= now else 0,
        tried_at=queries.last_try(connection, now),
        verified_at=int(good[0].taken_at) if good else None,
        full_at=next((int(row.taken_at) for row in good if row.kind == FULL), None),
    )


def _midnight(hq: Running, now: int) -> int:
    """When the calendar day of the chain began."""
    try:
        zone = settings.chain(hq.db).time_zone
    except NotNow:
        zone = "UTC"
    return civil_to_ms(f"{business_day(now, zone, '00:00')}T00:00", zone)
