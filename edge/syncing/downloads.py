"""Snapshots on their way: `snapshots/` in the node's home keeps each chunk until the whole is put in force.

Per scope a manifest and the chunks that have come, one behind the other. What a cut, a kill or a power failure left is
measured by the chunks' hashes: the download goes on at the first that is missing or wrong.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from kit.crypto import write_secret
from kit.files import make_folder
from kit.logs import logger
from retail.errors import ProtocolError
from schemas import wire
from schemas.wire.down import Reset
from sync.snapshot import name_of

log = logger("lianpu.sync")
FOLDER = "snapshots"
PRIVATE_MS = 7 * 86_400_000


class Downloads:
    """The folder. Only the thread of the downlink works in it."""

    def __init__(self, home: Path) -> None:
        self.folder = home / FOLDER
        self._proven: dict[str, tuple[str, int]] = {}

    def kept(self, scope: str) -> Reset | None:
        """The manifest of a download that was begun, if there is one that can be read."""
        file = self._file(scope, "manifest")
        if not file.exists():
            return None
        try:
            return wire.decode(file.read_bytes(), Reset)
        except (OSError, ProtocolError) as error:
            log.warning("sync.download_unreadable", scope=scope, why=str(error))
            self.drop(scope)
            return None

    def begin(self, manifest: Reset) -> None:
        """From now on chunks of this snapshot are kept; those of the same one stay, those of another go."""
        before = self.kept(manifest.scope)
        if before == manifest:
            return
        if before is None or name_of(before.chunks) != name_of(manifest.chunks):
            self.drop(manifest.scope)
        make_folder(self.folder, mode=0o700)
        write_secret(self._file(manifest.scope, "manifest"), wire.encode(manifest))

    def missing(self, manifest: Reset) -> int | None:
        """The number of the first chunk that is not here, None when all are."""
        count = self._count(manifest)
        return None if count == len(manifest.chunks) else count

    def add(self, manifest: Reset, number: int, data: bytes) -> bool:
        """Keep the next chunk; False and unchanged when it is not the one that the manifest names."""
        if hashlib.sha256(data).digest() != manifest.chunks[number].sha256:
            return False
        place = sum(chunk.size for chunk in manifest.chunks[:number])
        handle = os.open(self._file(manifest.scope, "part"), os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b") as file:
            file.truncate(place)
            file.seek(place)
            file.write(data)
        self._proven[manifest.scope] = (name_of(manifest.chunks), number + 1)
        return True

    def chunks(self, manifest: Reset) -> Iterator[bytes]:
        """All chunks of a snapshot that is complete, one in memory; `ProtocolError` when they cannot be read."""
        try:
            with self._file(manifest.scope, "part").open("rb") as file:
                for chunk in manifest.chunks:
                    yield file.read(chunk.size)
        except OSError as error:
            raise ProtocolError("wire.unreadable", kind="snapshot", why=str(error)) from error

    def drop(self, scope: str) -> None:
        """The snapshot is in force, or not wanted any more."""
        self._proven.pop(scope, None)
        for kind in ("part", "manifest"):
            self._file(scope, kind).unlink(missing_ok=True)

    def tidy(self, now_ms: int) -> None:
        """What was begun more than seven days ago and never finished goes: it may hold what is private."""
        for file in self.folder.glob("*.manifest"):
            if file.stat().st_mtime * 1000 < now_ms - PRIVATE_MS:
                file.with_suffix(".part").unlink(missing_ok=True)
                file.unlink(missing_ok=True)

    def _count(self, manifest: Reset) -> int:
        """How many chunks are here and right; read from the disk once in the life of a process."""
        name = name_of(manifest.chunks)
        known = self._proven.get(manifest.scope)
        if known is not None and known[0] == name:
            return known[1]
        count, file = 0, self._file(manifest.scope, "part")
        here = self.chunks(manifest) if file.exists() else ()
        try:
            for chunk, data in zip(manifest.chunks, here, strict=False):
                if hashlib.sha256(data).digest() != chunk.sha256:
                    break
                count += 1
        except ProtocolError as error:
            log.warning("sync.download_unreadable", scope=manifest.scope, why=str(error))
        self._proven[manifest.scope] = (name, count)
        return count

    def _file(self, scope: str, kind: str) -> Path:
        return self.folder / f"{scope.replace(':', '-')}.{kind}"
