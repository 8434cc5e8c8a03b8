"""What a person may do about parked events, forks, holes and alarms (permission `ingest.settle`).

Retry runs the handler again, and books what an older program would not · dismiss gives up with a reason, the postings
stand · amend dismisses and books the reverse as an event of HQ · close notes that a fork, hole or alarm was dealt
with. HQ never rejects a sale.
"""

from __future__ import annotations

from hq.allowed import require, require_store
from hq.ingest import alarms, own, parking
from hq.ingest.handlers import HANDLERS
from hq.ingest.parking import Place
from hq.ingest.projector import store_of
from hq.ingest.settling import settling
from kit.context import Context
from kit.sql import Connection, run
from retail.errors import Conflict, Invalid, NotFound
from schemas.events.node import Amended

PERMISSION = "ingest.settle"


def retry(ctx: Context, place: Place) -> bool:
    """Take a parked event (node, inc, seq) again, and book it when that was refused; True when it is handled now."""
    require(ctx, PERMISSION)
    with ctx.app.change(ctx) as change:
        parked = _open(change.connection, ctx, place)
        settled = parking.retry(change.connection, [parked], HANDLERS, change.now_ms)
        change.audit("event.retried", _subject(place), settled=settled)
    return settled > 0


def dismiss(ctx: Context, place: Place, *, reason: str) -> None:
    """Give up on the rows of a parked event; what it booked stands."""
    require(ctx, PERMISSION)
    _need_reason(reason)
    with ctx.app.change(ctx) as change:
        _open(change.connection, ctx, place)
        _close(change.connection, ctx, place, "dismissed", reason, change.now_ms)
        change.audit("event.dismissed", _subject(place), reason=reason)


def amend(ctx: Context, place: Place, *, reason: str) -> str:
    """Dismiss a parked event and book the reverse of what it booked; returns the id of HQ's event.

    Raises `Conflict("ingest.not_booked")`, and the event stays open, when no ledger holds what would be left.
    """
    require(ctx, PERMISSION)
    _need_reason(reason)
    with ctx.app.change(ctx) as change:
        booked = _open(change.connection, ctx, place).booked
        entry = parking.entry_at(change.connection, place)
        if entry.event is None or not booked:
            raise Conflict("ingest.nothing_booked")
        post = [(account, commodity, -quantity) for account, commodity, quantity in entry.event.post]
        fact = Amended(event=entry.event.id, reason=reason)
        made = own.record(ctx.app, change.connection, fact, staff=ctx.actor.staff, post=post, must_book=True)
        _close(change.connection, ctx, place, "amended", reason, change.now_ms)
        change.audit("event.amended", _subject(place), reason=reason, amendment=made)
    return made


def close_fork(ctx: Context, *, node: str, inc: str, note: str) -> None:
    """A person has retired one of the two disks."""
    _close_finding(ctx, "fork", node, inc, note)


def close_hole(ctx: Context, *, node: str, inc: str, note: str) -> None:
    """A person accepts that these events are gone."""
    _close_finding(ctx, "hole", node, inc, note)


def close_alarm(ctx: Context, id_: str, *, note: str) -> None:
    """A person has dealt with an alarm."""
    require(ctx, PERMISSION)
    _need_reason(note)
    with ctx.app.change(ctx) as change:
        store = alarms.store_of(change.connection, id_)
        if store is None:
            raise NotFound("ingest.alarm_not_open")
        require_store(ctx, store)
        if not alarms.close(change.connection, id_, by=ctx.actor.staff, note=note, now_ms=change.now_ms):
            raise NotFound("ingest.alarm_not_open")
        change.audit("alarm.closed", f"alarm:{id_}", note=note)


def _close_finding(ctx: Context, kind: str, node: str, inc: str, note: str) -> None:
    require(ctx, PERMISSION)
    require_store(ctx, node)
    _need_reason(note)
    with ctx.app.change(ctx) as change:
        done = run(
            change.connection,
            f"UPDATE {kind} SET closed_at = :now, closed_by = :by, note = :note"
            " WHERE node = :node AND inc = :inc AND closed_at IS NULL",
            {"now": change.now_ms, "by": ctx.actor.staff, "note": note, "node": node, "inc": inc},
        )
        if not done.rowcount:
            raise NotFound("ingest.finding_not_open")
        alarms.close(
            change.connection,
            f"{kind}.found|{node}/{inc}",
            by=ctx.actor.staff,
            note=note,
            now_ms=change.now_ms,
        )
        change.audit(f"{kind}.closed", f"node:{node}", inc=inc, note=note)


def _open(connection: Connection, ctx: Context, place: Place) -> parking.Open:
    settling(connection)
    found = parking.open_at(connection, place)
    if found is None:
        raise NotFound("ingest.not_parked")
    require_store(ctx, store_of(connection, found.node))
    if found.state == "waiting":
        raise Conflict("ingest.waiting_for_another")
    return found


def _close(connection: Connection, ctx: Context, place: Place, state: str, reason: str, now: int) -> None:
    parking.settle(connection, place, state, by=ctx.actor.staff, note=reason, now=now)
    parking.release(connection, HANDLERS, now)


def _need_reason(text: str) -> None:
    if not text.strip():
        raise Invalid("ingest.reason_needed")


def _subject(place: Place) -> str:
    return f"event:{place[0]}/{place[1]}/{place[2]}"
