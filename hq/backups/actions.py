"""Take a backup: copy, pack, store at every target, read back, drill, and only then believe in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hq.allowed import require, require_chain
from hq.backups import archive, copying, image, queries, repository, unproven
from hq.backups.belonging import admitted
from hq.backups.binding import the_key
from hq.backups.files import digest, fetch
from hq.backups.keeping import care, count_kept, judge
from hq.backups.model import FAILED, FULL, INCREMENTAL, KINDS, VERIFIED, Image, Manifest
from hq.backups.night import Night
from hq.backups.places import open_targets
from hq.backups.replicas import store
from hq.backups.targets import reason
from hq.backups.work import workplace
from hq.ingest import alarms
from kit.context import Context
from kit.crypto import random_bytes
from kit.sql import Connection
from retail.civil import store_local
from retail.errors import Invalid, NotNow, Unavailable

if TYPE_CHECKING:
    from hq.running import Running

PERMISSION = "backup.manage"
FAILURE = "backup.failed"


@dataclass
class Taken:
    """A backup in the making. `copies` is target → "" when its copy is good, else why not."""

    id: str
    kind: str
    taken_at: int
    base: str = ""
    file: str = ""
    epoch: str = ""
    file_bytes: int = 0
    database_bytes: int = 0
    sha256: str = ""
    copies: dict[str, str] = field(default_factory=dict)
    image: Image | None = None

    @property
    def good(self) -> list[str]:
        """Targets with a copy that was read back whole."""
        return [target for target, why in self.copies.items() if not why]


def take(ctx: Context, *, kind: str) -> Taken:
    """A backup now. Raises when none came about; that is remembered with an alarm."""
    require(ctx, PERMISSION)
    require_chain(ctx)
    hq: Running = ctx.app
    _check(hq, kind)
    with workplace(hq.home) as work:
        made = Taken(random_bytes(8).hex(), kind, hq.clock.now_ms())
        night = Night(ctx, [], work, first=queries.count(hq.db))
        try:
            night.targets = admitted(hq, open_targets(hq.home, hq.config.backup_targets, hq.clock), work)
            unproven.sweep(hq, night.targets)
            _make(night, made)
            _succeeded(ctx, made)
        except Exception as error:  # also what nobody has foreseen: a person must hear of it
            _failed(ctx, made, error)
            if night.targets:
                count_kept(night)
            raise
        unproven.forget(hq.home, made.file)
        try:
            care(night)
        except Exception as error:  # the backup is good, and what is promised by it may not be
            _ring(ctx, error)
            raise
    return made


def want(ctx: Context, *, kind: str) -> None:
    """A person asks for a backup: the scheduler takes it within a minute, the page does not wait for it."""
    require(ctx, PERMISSION)
    require_chain(ctx)
    _check(ctx.app, kind)
    with ctx.app.change(ctx) as change:
        repository.want(change.connection, kind)
        change.audit("backup.wanted", "backup:next", kind=kind)


def _check(hq: Running, kind: str) -> None:
    if kind not in KINDS:
        raise Invalid("backups.kind_unknown", kind=kind[:40])
    if hq.db.in_memory:
        raise NotNow("backups.in_memory")


def _make(night: Night, made: Taken) -> None:
    hq: Running = night.ctx.app
    key = the_key(hq)
    copy, packed = night.work / "copy.sqlite", night.work / "packed"
    copying.copy(hq.db, copy)
    base, known = _base(night, made, key)
    seen, shape = image.look(copy), archive.shape_of(copy)
    stamp = re.sub(r"\D", "", store_local(made.taken_at, "UTC"))
    made.file = f"lianpu-hq-{stamp}-{made.kind}-{made.id}.backup"
    made.epoch, made.database_bytes = seen.epoch, shape.size
    manifest = Manifest(
        id=made.id, kind=made.kind, base=made.base, file=made.file, taken_at=made.taken_at, epoch=seen.epoch,
        schema=seen.schema, database_bytes=shape.size, sha256=shape.sha256, block_bytes=archive.BLOCK,
        tables=seen.tables, heads=seen.heads,
    )  # fmt: skip
    archive.pack(copy, packed, key, manifest, shape, known)
    copy.unlink()
    made.file_bytes, made.sha256 = packed.stat().st_size, digest(packed)
    unproven.note(hq.home, made.file)
    for target in night.targets:
        made.copies[target.name] = store(hq, target, packed, made.file, made.sha256)
        if made.copies[target.name]:
            night.give_up(target.name, made.copies[target.name])
    packed.unlink()
    if not made.good:
        raise Unavailable(
            "backups.no_target", why="; ".join(f"{name}: {why}" for name, why in made.copies.items())
        )
    _drill(night, made, manifest, base, key)


def _base(night: Night, made: Taken, key: bytes) -> tuple[Path | None, set[bytes]]:
    """The newest full backup that can be fetched, for an incremental one; without any this one becomes full."""
    if made.kind != INCREMENTAL:
        return None, set()
    with night.ctx.app.db.read() as connection:
        fulls = [row for row in queries.in_state(connection, VERIFIED) if row.kind == FULL]
    if fulls:
        base = night.work / "base"
        if fetch(night.targets, fulls[0].file, base, fulls[0].sha256):
            made.base = fulls[0].file
            return base, archive.blocks_of(base, key)
        judge(night, fulls[0])
    made.kind = FULL
    return None, set()


def _drill(night: Night, made: Taken, manifest: Manifest, base: Path | None, key: bytes) -> None:
    """Fetch it as a restore would, unpack it, and let the database prove itself."""
    fetched, unpacked = night.work / "fetched", night.work / "unpacked.sqlite"
    good = [target for target in night.targets if target.name in made.good]
    if not fetch(good, made.file, fetched, made.sha256):
        raise Unavailable("backups.no_target", why="why.not_fetched")
    archive.unpack(fetched, base, unpacked, key)
    made.image = image.drill(unpacked, manifest)
    unpacked.unlink()


# -- afterwards --------------------------------------------------------------------------------------------


def _facts(ctx: Context, made: Taken, state: str, why: str = "") -> dict[str, Any]:
    return {
        "id": made.id, "kind": made.kind, "base": made.base, "file": made.file, "state": state, "why": why[:200],
        "epoch": made.epoch, "taken_at": made.taken_at, "finished_at": ctx.clock.now_ms(),
        "file_bytes": made.file_bytes, "database_bytes": made.database_bytes, "sha256": made.sha256,
        "made_by": ctx.actor.name or ctx.actor.staff,
    }  # fmt: skip


def _failed(ctx: Context, made: Taken, error: Exception) -> None:
    """Nothing came about: a row, an alarm until one succeeds."""
    why = reason(error)
    with ctx.app.change(ctx) as change:
        repository.add(change.connection, _facts(ctx, made, FAILED, why))
        for target, problem in made.copies.items():
            repository.set_copy(
                change.connection, made.id, target, FAILED, problem or "why.not_verified", change.now_ms
            )
        _alarm(change.connection, why, change.now_ms)
        repository.want(change.connection, "")
        change.audit("backup.failed", f"backup:{made.id}", kind=made.kind, why=why[:200])


def _ring(ctx: Context, error: Exception) -> None:
    """One has come about, but what is done with the others has not: the same alarm, until all of it succeeds."""
    with ctx.app.db.write() as connection:
        _alarm(connection, reason(error), ctx.clock.now_ms())


def _alarm(connection: Connection, why: str, now_ms: int) -> None:
    alarms.alarm(
        connection, store="", code="backup.failed", subject="hq", now_ms=now_ms, facts={"why": why[:200]}
    )


def _succeeded(ctx: Context, made: Taken) -> None:
    """Remember it with the heads that were read out of it; alarms about what works again end."""
    hq: Running = ctx.app
    assert made.image is not None
    with hq.change(ctx) as change:
        connection, now = change.connection, change.now_ms
        repository.add(connection, _facts(ctx, made, VERIFIED))
        repository.add_heads(connection, made.id, made.image.heads)
        for target, why in made.copies.items():
            repository.set_copy(connection, made.id, target, FAILED if why else VERIFIED, why, now)
        alarms.close(connection, f"{FAILURE}|hq", by="system", note="", now_ms=now)
        repository.want(connection, "")
        change.audit("backup.taken", f"backup:{made.id}", kind=made.kind, bytes=made.file_bytes)
