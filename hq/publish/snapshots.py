"""Snapshots: a whole version of a scope as a file of chunks, built once, never changed, served by Range (SYNC §6).

`snapshots/` beside the database holds the files; the row in the table names the file and keeps its manifest, with the
key that a store's file is sealed with. A row is committed before its file has its name: a file without a row is what a
crash or a restored database left, and goes; a row without its file is built again. Disks rot in silence: a file is read
against its manifest once in the life of a process before it is served, and again when a node asks anew; a rotten one is
removed, and so built again.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from hq.ingest import epoch
from hq.publish import queries, repository
from kit.crypto import random_bytes
from kit.files import make_folder, sync_folder
from kit.logs import logger
from kit.sql import Connection, run
from retail.errors import Unavailable
from schemas import wire
from schemas.wire.down import Chunk, Reset
from sync import snapshot as files
from sync.digest import EMPTY, moved, row_hash

if TYPE_CHECKING:
    from hq.running import Running

log = logger("lianpu.publish")
FOLDER = "snapshots"
DAY_MS = 86_400_000
KEPT_MS = 2 * DAY_MS
PRIVATE_MS = 7 * DAY_MS
DRAFT_MS = DAY_MS
AT_ONCE = 1_000  # rows that are added to the digest together
_BUILDING = threading.Lock()


def file_of(home: Path, manifest: Reset) -> Path:
    """Where the chunks of a snapshot lie, one behind the other."""
    return home / FOLDER / f"{files.name_of(manifest.chunks)}.snapshot"


def offer(hq: Running, scope: str, *, doubted: bool = False) -> Reset:
    """The manifest of the newest version; its file is built when this is the first who asks, or when it is rotten.

    `doubted` has it read also when this process has done so before: what came of it was of no use.

    Raises `Unavailable` while another is being built, or while versions come faster than one can be.
    """
    found = _kept(hq, scope, doubted)
    if found is not None:
        return found
    if not _BUILDING.acquire(blocking=False):
        raise Unavailable("publish.snapshot_moving", retry_after_seconds=2)
    try:
        return _kept(hq, scope) or _build(hq, scope)
    finally:
        _BUILDING.release()


def served(hq: Running, scope: str, version: int, names: set[str]) -> Path | None:
    """The file of a snapshot that was offered under one of these names, or under any when none is asked for."""
    with hq.db.read() as connection:
        for manifest in queries.snapshots(connection, scope, version):
            file = file_of(hq.home, manifest)
            if (not names or file.stem in names) and _sound(hq, file, manifest):
                return file
    return None


def _kept(hq: Running, scope: str, doubted: bool = False) -> Reset | None:
    with hq.db.read() as connection:
        head, now = queries.head(connection, scope), epoch.current(connection)
        found = queries.snapshots(connection, scope, head.version)
    for manifest in found:
        file = file_of(hq.home, manifest)
        if (manifest.digest, manifest.epoch) == (head.digest, now) and _sound(hq, file, manifest, doubted):
            return manifest
    return None


def _sound(hq: Running, file: Path, manifest: Reset, doubted: bool = False) -> bool:
    """Is the file here, with the bytes that its manifest names? One that is not goes."""
    if not file.exists():
        return False
    if file not in hq.proven or doubted:
        hq.proven.discard(file)
        if not _holds(file, manifest):
            log.error(
                "publish.snapshot_rotten", scope=manifest.scope, version=manifest.version, file=file.name
            )
            file.unlink(missing_ok=True)
            return False
        hq.proven.add(file)
    return True


def _holds(file: Path, manifest: Reset) -> bool:
    try:
        with file.open("rb") as source:
            return all(
                hashlib.sha256(source.read(chunk.size)).digest() == chunk.sha256 for chunk in manifest.chunks
            )
    except OSError as error:
        log.error("publish.snapshot_unreadable", file=file.name, why=str(error))
        return False


class _Tally:
    """Counts rows and their digest while they pass."""

    def __init__(self) -> None:
        self.rows = 0
        self.digest = EMPTY

    def watch(self, rows: Iterator[files.Row]) -> Iterator[files.Row]:
        while part := list(islice(rows, AT_ONCE)):
            self.rows += len(part)
            self.digest = moved(self.digest, (), (row_hash(*row) for row in part))
            yield from part


def _build(hq: Running, scope: str) -> Reset:
    """Write the file beside its name, commit the row, give the file its name; no writer waits meanwhile."""
    key = None if files.is_open(scope) else random_bytes(files.KEY_BYTES)
    folder, tally = hq.home / FOLDER, _Tally()
    make_folder(folder, mode=0o700)
    draft = folder / f"{scope.replace(':', '-')}.{os.getpid()}.draft"
    with hq.db.read() as connection:
        head, now = queries.head(connection, scope), epoch.current(connection)
        chunks = _write(draft, files.pack(tally.watch(queries.stream(connection, scope)), key))
    if tally.digest != head.digest:  # on PostgreSQL a version may come between the two reads
        draft.unlink()
        raise Unavailable("publish.snapshot_moving", retry_after_seconds=2)
    made = Reset(
        scope=scope, epoch=now, version=head.version, digest=head.digest, rows=tally.rows, chunks=chunks, key=key
    )  # fmt: skip
    with hq.db.write() as connection:
        repository.put_snapshot(connection, made, wire.encode(made), hq.clock.now_ms())
    hq.proven.discard(file_of(hq.home, made))
    os.replace(draft, file_of(hq.home, made))
    sync_folder(folder)
    return made


def _write(draft: Path, pieces: Iterator[bytes]) -> list[Chunk]:
    chunks = []
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        for piece in pieces:
            target.write(piece)
            chunks.append(files.chunk_of(piece))
        target.flush()
        os.fsync(target.fileno())
    return chunks


def prune(hq: Running, connection: Connection, now: int) -> None:
    """Old snapshots go two days after a newer version; those of stores after seven days in any case."""
    run(
        connection,
        "DELETE FROM snapshot WHERE made_at < :before AND EXISTS (SELECT 1 FROM scope s"
        " WHERE s.scope = snapshot.scope AND s.version > snapshot.version)",
        {"before": now - KEPT_MS},
    )
    run(
        connection,
        "DELETE FROM snapshot WHERE made_at < :before AND scope <> 'chain' AND scope NOT LIKE 'zone:%'",
        {"before": now - PRIVATE_MS},
    )


def sweep(hq: Running) -> None:
    """Remove files that no row names, and drafts that nobody finished."""
    folder = hq.home / FOLDER
    if not folder.exists():
        return
    with hq.db.read() as connection:
        named = {file_of(hq.home, manifest) for manifest in queries.snapshots(connection)}
    for file in folder.iterdir():
        old = file.stat().st_mtime * 1000 < hq.clock.now_ms() - DRAFT_MS
        if file not in named and (file.suffix == ".snapshot" or old):
            hq.proven.discard(file)
            file.unlink(missing_ok=True)
