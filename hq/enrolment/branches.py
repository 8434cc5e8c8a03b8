"""Which branches of a revoked device's log count, and up to where (SYNC §10): a person names them here.

A branch is an incarnation. What stands behind the named place stays stored, and counts nowhere, until a person trusts
it after all. The books are brought there by `hq.ingest.trust`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hq.allowed import require, require_store
from hq.change import Change
from hq.enrolment import repository, revoked
from hq.ingest import trust
from hq.ingest.trusted import EVERYTHING
from kit.context import Context
from kit.sql import Connection, SqlDatabase, run
from retail.errors import Conflict, Invalid, NotFound

PERMISSION = "enrolment.manage"
REASON_MAX = 300
_BRANCHES = (
    "SELECT i.inc, o.seq, o.at, i.first_seen_at, b.seq AS trusted,"
    " (SELECT coalesce(max(h.seq), 0) FROM head_signature h WHERE h.node = i.node AND h.inc = i.inc AND h.at < :since)"
    " AS before FROM inc i JOIN origin o ON o.node = i.node AND o.inc = i.inc"
    " LEFT JOIN trusted_branch b ON b.node = i.node AND b.inc = i.inc"
    " WHERE i.node = :node AND i.public_key = :key ORDER BY i.ordinal"
)


@dataclass(frozen=True)
class Branch:
    """An incarnation of a device up to HQ's head; `trusted` is what a person named, `before` what had come by then."""

    inc: str
    seq: int
    last_at: int
    first_at: int
    trusted: int | None
    before: int

    @property
    def left_out(self) -> int:
        """How many stored events do not count."""
        return 0 if self.trusted is None else max(0, self.seq - self.trusted)


def of_device(db: SqlDatabase, node: str, public_key: bytes, since: int) -> list[Branch]:
    """The branches of a device, oldest first; `before` counts what HQ had received by `since`, by HQ's own clock."""
    return [Branch(*row) for row in db.rows(_BRANCHES, {"node": node, "key": public_key, "since": since})]


def trust_up_to(
    ctx: Context, *, node: str, public_key: bytes, named: Mapping[str, int | None], reason: str
) -> int:
    """Name up to which seq each branch of a revoked device counts, None: all of it, also what still comes.

    What was booked behind that is reversed, what counts again is booked again; returns how many events that touched.
    """
    require(ctx, PERMISSION)
    require_store(ctx, node)
    if not reason.strip():
        raise Invalid("ingest.reason_needed")
    if any(seq is not None and not 0 <= seq <= EVERYTHING for seq in named.values()):
        raise Invalid("enrolment.branch_end")
    with ctx.app.change(ctx) as change:
        known = _known(change.connection, node, public_key)
        if any(inc not in known for inc in named):
            raise NotFound("enrolment.branch_unknown")
        wanted = {inc: EVERYTHING if seq is None else seq for inc, seq in named.items()}
        if wanted:
            repository.lose(change.connection, node, public_key, change.now_ms)
        moved = _name(ctx, change, node, wanted, reason.strip()[:REASON_MAX])
    revoked.keep(ctx.app)
    return moved


def end_here(ctx: Context, change: Change, node: str, public_key: bytes) -> None:
    """What HQ has of this device counts, and nothing that comes later, nor any log of it that turns up."""
    repository.lose(change.connection, node, public_key, change.now_ms)
    known = _known(change.connection, node, public_key)
    _name(ctx, change, node, known, "enrolment.key_revoked")


def _known(connection: Connection, node: str, public_key: bytes) -> dict[str, int]:
    """inc → HQ's head of it, of a device that was revoked."""
    facts = {"node": node, "key": public_key}
    found = run(
        connection, "SELECT revoked_at FROM node_key WHERE node = :node AND public_key = :key", facts
    ).first()
    if found is None:
        raise NotFound("enrolment.key_unknown", node=node)
    if found[0] is None:
        raise Conflict("enrolment.key_in_use")
    rows = run(
        connection,
        "SELECT i.inc, o.seq FROM inc i JOIN origin o ON o.node = i.node AND o.inc = i.inc"
        " WHERE i.node = :node AND i.public_key = :key ORDER BY i.ordinal",
        facts,
    )
    return {row[0]: int(row[1]) for row in rows}


def _name(ctx: Context, change: Change, node: str, wanted: Mapping[str, int], reason: str) -> int:
    moved = 0
    for inc, seq in wanted.items():
        branch = trust.Branch(node, inc, ctx.actor.staff, reason)
        touched = trust.name(ctx.app, change.connection, branch, seq, change.now_ms)
        change.audit(
            "enrolment.branch_named", f"store:{node}", inc=inc, seq=seq, events=touched, reason=reason
        )
        moved += touched
    return moved
