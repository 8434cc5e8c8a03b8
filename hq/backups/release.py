"""After a restore a person looks at prices and goods, then lets them go down to the stores again."""

from __future__ import annotations

from hq.allowed import require, require_chain
from hq.backups.actions import PERMISSION
from hq.ingest import alarms
from hq.publish import freeze
from kit.context import Context
from retail.errors import Conflict


def release(ctx: Context) -> None:
    """The stores take HQ's rows again; raises `Conflict` when nothing is frozen."""
    require(ctx, PERMISSION)
    require_chain(ctx)
    with ctx.app.change(ctx) as change:
        if not freeze.release(change.connection, change.now_ms):
            raise Conflict("backups.not_frozen")
        for id_ in alarms.open_of(change.connection, "scopes.frozen"):
            alarms.close(change.connection, id_, by=ctx.actor.staff, note="", now_ms=change.now_ms)
        change.audit("backup.released", "scopes:all")
