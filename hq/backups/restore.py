"""`lianpu-hq restore FILE`: put a backup in the place of the database, with the server stopped (SYNC §10).

    lock → what lies outside the database (revoked keys, epochs, promises) → unpack and drill beside it →
    older than what was promised? → new epoch, revoked keys, frozen scopes, audit, in the unpacked copy →
    set the old database aside → rename

Nothing in place is touched before the copy is complete; a run that was broken off leaves a mark, with which the
server refuses to start, and is simply run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hq.backups import archive, image, keys, promise, queries, replacing, repository, unproven
from hq.backups.model import Manifest, Range
from hq.backups.replacing import Before
from hq.backups.work import workplace
from hq.change import Change
from hq.enrolment import revoked
from hq.ingest import alarms, epoch
from hq.moving import marks
from hq.publish import freeze
from kit.context import Context
from kit.crypto import fingerprint
from kit.db import DatabaseError, engine_last_state, release_file_lock, take_file_lock
from kit.sql import DriverError, SqlDatabase, migrate, newest_version
from retail.errors import Invalid, Misconfigured, NotNow, Unavailable


@dataclass(frozen=True)
class Restored:
    """What a person must know. `own` are events of HQ itself that no store can send again.

    `lacking` is all of what was ever promised that the backup has not; `lost` is what nobody had accepted before.
    """

    manifest: Manifest
    epoch: str
    lacking: list[Range]
    lost: list[Range]
    own: list[Range]
    aside: str


@dataclass(frozen=True)
class Wanted:
    """Which backup, and what opens it; without `accept_loss` one that is older than what was promised is refused."""

    file: Path
    key_file: Path | None = None
    base: Path | None = None
    accept_loss: bool = False


def restore(home: Path, database: Path, wanted: Wanted, *, ctx: Context) -> Restored:
    """Raises `Invalid` for a file that is no good, `NotNow("backups.older_than_promised")` without `accept_loss`.

    The key that opens it is kept as the key of the backups; `Conflict("backups.key_other")` when another is there.
    """
    place = database.resolve()  # where the file itself lies: a link to another disk stays a link
    with in_words(place.parent), _stopped(database), workplace(home), replacing.workshop(place) as work:
        now = ctx.clock.now_ms()
        old = replacing.begun(home, place) or replacing.found(place, _before(home, place), now)
        unpacked, done = ready(home, work, wanted, old.before, ctx)
        replacing.swap(home, unpacked, old, now)
        promise.accept(home, done.lacking)
        marks.end(home, database)
        replacing.end(home)
    return replace(done, aside=old.aside if old.files else "")


def ready(home: Path, work: Path, wanted: Wanted, before: Before, ctx: Context) -> tuple[Path, Restored]:
    """Unpack and drill beside everything, and tell the copy what it must know; raises as `restore` does."""
    key, unpacked = keys.load(wanted.key_file or home / keys.FILE), work / "unpacked.sqlite"
    manifest = archive.unpack(wanted.file, wanted.base or _base_beside(wanted.file, key), unpacked, key)
    _check_known(manifest)
    found = image.drill(unpacked, manifest)
    lacking = promise.lost(promise.ever(home), found.heads)
    lost = promise.unaccepted(lacking, before.accepted)
    if lost and not wanted.accept_loss:
        raise NotNow("backups.older_than_promised", ranges=[words(one) for one in lost])
    keys.keep(home, key)  # the next backup is made with it: the words in the safe open that one, too
    own = promise.lost(before.heads, found.heads)
    new = epoch.following(home, found.epoch, before.epoch)
    _prepare(unpacked, home, ctx, manifest, new)
    unproven.forget(home)
    return unpacked, Restored(manifest, new, lacking, lost, own, "")


def _check_known(manifest: Manifest) -> None:
    newest = newest_version()
    if newest is not None and manifest.schema > newest:
        raise Misconfigured([f"the backup has schema {manifest.schema}, this program knows {newest}"])


def plain(done: Restored) -> dict[str, Any]:
    """For JSON."""
    return {
        "file": done.manifest.file, "taken_at": done.manifest.taken_at, "epoch": done.epoch, "aside": done.aside,
        "lost": [words(one) for one in done.lost], "own": [words(one) for one in done.own],
    }  # fmt: skip


def words(gap: Range) -> str:
    """A range as it is printed."""
    return f"{gap.node}/{gap.inc} {gap.first}–{gap.last}"


@contextmanager
def in_words(place: Path) -> Iterator[None]:
    """`Unavailable("backups.not_restored")` for what the system says: a full disk, a folder that may not be written.

    Of a file that is open already it names no path; then `place` is named.
    """
    try:
        yield
    except OSError as error:
        paths = " → ".join(str(path) for path in (error.filename or place, error.filename2) if path)
        raise Unavailable("backups.not_restored", path=paths, why=error.strerror or str(error)) from error
    except DriverError as error:  # the engine puts it into words of its own
        raise Unavailable("backups.not_restored", path=str(place), why=str(error.orig)[:200]) from error


@contextmanager
def _stopped(database: Path) -> Iterator[None]:
    """The server's own lock: nobody else opens the database meanwhile."""
    handle = take_file_lock(f"{database}.lock")
    try:
        yield
    finally:
        release_file_lock(handle)


def _base_beside(file: Path, key: bytes) -> Path | None:
    """The full backup that an incremental one names, in the same folder."""
    wanted = archive.manifest_of(file, key).base
    return file.parent / wanted if wanted else None


def _before(home: Path, database: Path) -> Before:
    """Read the old database if it can be read; what it knew of revoked keys and promises goes into the files first."""
    epoch_, heads = "", []
    # It is not there, or replaced because it is broken.
    with suppress(DatabaseError), engine_last_state(database) as old:
        seen = queries.contents(old)
        revoked.note(home, queries.revoked(old), [])
        promise.note(home, queries.promised(old))
        epoch_, heads = seen.epoch, [head for head in seen.heads if head[0] == "hq"]
    return Before(epoch_, heads, promise.accepted(home))


def _prepare(unpacked: Path, home: Path, ctx: Context, manifest: Manifest, new: str) -> None:
    """Everything that the restored database must know before anybody can speak to it, in one transaction."""
    db, now = SqlDatabase(f"sqlite:///{unpacked}"), ctx.clock.now_ms()
    try:
        migrate(db)
        with db.write() as connection:
            repository.begin_epoch(connection, new)
            repository.end_sessions(connection)
            for node, key, at, lost_at in revoked.listed(home):
                repository.revoke(connection, node, key, fingerprint(key), at, lost_at)
            for node, inc, seq in revoked.branches(home):
                repository.name_branch(connection, node, inc, seq, now)
            freeze.freeze(connection, new)
            facts = {"file": manifest.file, "taken_at": manifest.taken_at}
            alarms.alarm(connection, store="", code="hq.restored", subject=new, now_ms=now, facts=facts)
            alarms.alarm(connection, store="", code="scopes.frozen", subject=new, now_ms=now)
            Change(connection, ctx).audit("backup.restored", f"backup:{manifest.id}", epoch=new, **facts)
    finally:
        db.close()
    if unpacked.with_name(unpacked.name + "-wal").exists():
        raise Invalid("backups.damaged", why="why.not_closed")
