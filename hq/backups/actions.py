"""Take a backup: copy, pack, store at every target, read back, drill, and only then believe in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hq.allowed import require, require_chain
from hq.backups import archive, copying, image, keys, queries, repository, unproven
from hq.backups.belonging import admitted
from hq.backups.keeping import care, count_kept, digest, fetch, judge
from hq.backups.model import FAILED, FULL, INCREMENTAL, KINDS, VERIFIED, Image, Manifest
from hq.backups.places import open_targets
from hq.backups.targets import Target
from hq.backups.work import workplace
from hq.ingest import alarms
from kit.context import Context
from kit.crypto import random_bytes
from retail.civil import store_local
from retail.errors import Invalid, NotNow, Unavailable

if TYPE_CHECKING:
    from hq.running import Running

PERMISSION = "backup.manage"
FAILURE = "backup.failed"
TARGET_FAILURE = "backup.target_failed"


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
        targets: list[Target] = []
        try:
            targets = admitted(hq, open_targets(hq.home, hq.config.backup_targets, hq.clock), work)
            unproven.sweep(hq, targets)
            _make(ctx, made, targets, work)
        except Exception as error:  # also what nobody has foreseen: a person must hear of it
            _failed(ctx, made, error)
            if targets:
                count_kept(ctx, targets, work)
            raise
        _succeeded(ctx, made)
        unproven.forget(hq.home, made.file)
        care(ctx, targets, work)
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


def _make(ctx: Context, made: Taken, targets: list[Target], work: Path) -> None:
    hq: Running = ctx.app
    key = keys.load_or_create(hq.home, proven=queries.proven(hq.db))
    copy, packed = work / "copy.sqlite", work / "packed"
    copying.copy(hq.db, copy)
    base, known = _base(ctx, made, targets, key, work)
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
    for target in targets:
        made.copies[target.name] = _store(target, packed, made, work)
    packed.unlink()
    if not made.good:
        raise Unavailable(
            "backups.no_target", why="; ".join(f"{name}: {why}" for name, why in made.copies.items())
        )
    _drill(made, manifest, targets, base, key, work)


def _base(
    ctx: Context, made: Taken, targets: list[Target], key: bytes, work: Path
) -> tuple[Path | None, set[bytes]]:
    """The newest full backup that can be fetched, for an incremental one; without any this one becomes full."""
    if made.kind != INCREMENTAL:
        return None, set()
    with ctx.app.db.read() as connection:
        fulls = [row for row in queries.in_state(connection, VERIFIED) if row.kind == FULL]
    if fulls:
        base = work / "base"
        if fetch(targets, fulls[0].file, base, fulls[0].sha256):
            made.base = fulls[0].file
            return base, archive.blocks_of(base, key)
        judge(ctx, targets, fulls[0], base)
    made.kind = FULL
    return None, set()


def _store(target: Target, packed: Path, made: Taken, work: Path) -> str:
    """Store and read back; returns why not, or nothing."""
    back = work / "back"
    try:
        target.put(packed, made.file)
        target.get(made.file, back)
    except Unavailable as error:
        return str(error.facts.get("why", error))
    finally:
        read = digest(back) if back.exists() else ""
        back.unlink(missing_ok=True)
    return "" if read == made.sha256 else "it reads back otherwise"


def _drill(
    made: Taken, manifest: Manifest, targets: list[Target], base: Path | None, key: bytes, work: Path
) -> None:
    """Fetch it as a restore would, unpack it, and let the database prove itself."""
    fetched, unpacked = work / "fetched", work / "unpacked.sqlite"
    if not fetch([t for t in targets if t.name in made.good], made.file, fetched, made.sha256):
        raise Unavailable("backups.no_target", why="it cannot be fetched back")
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
    why = str(error) or type(error).__name__
    with ctx.app.change(ctx) as change:
        repository.add(change.connection, _facts(ctx, made, FAILED, why))
        for target, problem in made.copies.items():
            repository.set_copy(
                change.connection, made.id, target, FAILED, problem or "not verified", change.now_ms
            )
        alarms.alarm(
            change.connection, store="", code="backup.failed", subject="hq", now_ms=change.now_ms,
            facts={"why": why[:200]},
        )  # fmt: skip
        repository.want(change.connection, "")
        change.audit("backup.failed", f"backup:{made.id}", kind=made.kind, why=why[:200])


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
            if why:
                alarms.alarm(
                    connection,
                    store="",
                    code="backup.target_failed",
                    subject=target,
                    now_ms=now,
                    facts={"why": why},
                )
            else:
                alarms.close(connection, f"{TARGET_FAILURE}|{target}", by="system", note="", now_ms=now)
        alarms.close(connection, f"{FAILURE}|hq", by="system", note="", now_ms=now)
        repository.want(connection, "")
        change.audit("backup.taken", f"backup:{made.id}", kind=made.kind, bytes=made.file_bytes)
