"""Opens what a power cut has left as a boot does, and says whether anything acknowledged is lost or anything is half.

Recovery is the engine's own, by `kit.db.Database`. Its outcome is one of few contents, whatever the state was, so a
content is looked at once and remembered: `integrity_check`, what all rows say, which links there are. Contents that
were never seen before, and every `BOOT_EACH`-th state, boot the whole node, sell, and go to `proof.verify`.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge.journal.witness import Witness, Witnessed
from kit.db import Database, DatabaseError
from proof.crash.content import digest_of
from proof.crash.log import Log
from proof.crash.model import State
from proof.crash.recorder import ABSENT, ENGINE, UNPROMISED, plain_digest
from retail.errors import Misconfigured

LOST, HALF = "lost", "half"
BOOT_EACH = 250
Found = tuple[str, str]
"""(LOST or HALF, why)"""
Boot = Callable[[Path], list[str]]
"""Boots the files below a folder; answers what is wrong."""
Settled = Callable[[dict[str, bytes], Path], dict[str, bytes]]
"""Files of a state and a folder to work in → the files that are opened."""


@dataclass(frozen=True)
class Content:
    """A recovered database: what it says, what is broken in it, links as (inc, seq) → hash in hex, its documents."""

    digest: str
    problems: tuple[str, ...] = ()
    links: dict[tuple[str, int], str] = field(default_factory=dict)
    documents: frozenset[str] = frozenset()


@dataclass
class Judge:
    """Judges the states of one act. `between` are whole contents that nobody was promised, such as a migration's, each
    with the last moment beyond which it would be a loss.

    `loose` are small files that may be missing at any moment because they are made again. `settled` gives the files as
    a start leaves them before it opens a database.
    """

    log: Log
    scratch: Path
    boot: Boot
    between: Mapping[str, int] = field(default_factory=dict)
    loose: frozenset[str] = frozenset()
    rollbacks: int = 0
    settled: Settled = lambda files, scratch: files
    counts: Counter[str] = field(default_factory=Counter)
    _recovered: dict[tuple[int, ...], Content] = field(default_factory=dict)
    _contents: dict[int, Content] = field(default_factory=dict)
    _witnessed: dict[int, Witnessed | None] = field(default_factory=dict)
    _booted: set[tuple[str, ...]] = field(default_factory=set)

    def judge(self, state: State, files: dict[str, bytes]) -> list[Found]:
        """Everything that is wrong with this state."""
        found: list[Found] = []
        opened = self.settled(files, self.scratch)
        names = {name for name in (*opened, *self.log.moments) if not name.endswith(UNPROMISED)}
        contents = {
            name: self.content(name, opened)
            for name in sorted(names)
            if name.endswith(".sqlite") or not name.endswith(ENGINE)
        }
        for name, content in contents.items():
            found += [(HALF, f"{name}: {problem}") for problem in content.problems]
            if not content.problems:
                found += self._compare(name, content.digest, state.cut.index)
        found += self._compare_witness(files, contents)
        unsettled = () if opened is files else tuple(sorted(files))
        key = (*unsettled, *(content.digest for content in contents.values()))
        self.counts["judged"] += 1
        if not found and (key not in self._booted or self.counts["judged"] % BOOT_EACH == 0):
            self._booted.add(key)
            found += [(HALF, f"boot: {why}") for why in self._try_boot(files)]
        return found

    def _compare(self, name: str, digest: str, index: int) -> list[Found]:
        """Is this content a promised one, and not older than the last that had been promised?"""
        moments = self.log.moments.get(name, [])
        required = self.log.required(name, index)
        known = [n for n, moment in enumerate(moments) if moment.digest == digest]
        if known and name in self.loose:
            return []
        if known:
            if known[-1] >= required:
                return []
            return [(LOST, f"{name} says moment {known[-1]}, {required} had been acknowledged")]
        if required <= self.between.get(digest, -1):
            return []
        if digest == ABSENT:
            return (
                []
                if name in self.loose
                else [(LOST, f"{name} is gone, moment {required} had been acknowledged")]
            )
        return [(HALF, f"{name} says what was never complete")]

    # -- contents ----------------------------------------------------------------------------------------

    def content(self, name: str, files: dict[str, bytes]) -> Content:
        """What a file of the state says after recovery."""
        if name not in files:
            return Content(ABSENT)
        if not name.endswith(".sqlite"):
            return Content(plain_digest(files[name]))
        parts = tuple(files.get(name + more) for more in ("", "-wal", "-journal"))
        key = tuple(hash(part) for part in parts)
        if key not in self._recovered:
            self._recovered[key] = self._recover(parts)
        return self._recovered[key]

    def _recover(self, parts: tuple[bytes | None, ...]) -> Content:
        path = self.scratch / "recovered.sqlite"
        for part, more in zip(parts, ("", "-wal", "-journal"), strict=True):
            place = path.with_name(path.name + more)
            if part is None:
                place.unlink(missing_ok=True)
            else:
                place.write_bytes(part)
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
        self.counts["recoveries"] += 1
        try:
            Database(path, lock=False).close()  # recovers, and moves the log into the database
        except (Misconfigured, DatabaseError) as error:
            return Content("", (f"cannot be opened: {error}",))
        image = path.read_bytes()
        if hash(image) not in self._contents:
            self._contents[hash(image)] = self._look(path)
        return self._contents[hash(image)]

    def _look(self, path: Path) -> Content:
        self.counts["contents"] += 1
        try:
            database = Database(path, lock=False)
        except (Misconfigured, DatabaseError) as error:
            return Content("", (f"cannot be opened again: {error}",))
        try:
            problems = tuple(database.integrity_problems())
            tables = {row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")}
            links = database.rows("SELECT inc, seq, hash FROM link") if "link" in tables else []
            known = {(row["inc"], row["seq"]): bytes(row["hash"] or b"").hex() for row in links}
            papers = database.rows("SELECT id FROM document") if "document" in tables else []
            return Content(digest_of(database.writer), problems, known, frozenset(row[0] for row in papers))
        except DatabaseError as error:
            return Content("", (f"cannot be read: {error}",))
        finally:
            database.close()

    # -- the witness and the boot ------------------------------------------------------------------------

    def _compare_witness(self, files: dict[str, bytes], contents: dict[str, Content]) -> list[Found]:
        """An honest disk never lets the witness see more than the database (a new incarnation would follow)."""
        found: list[Found] = []
        for name in () if self.rollbacks else files:
            if name.endswith(".witness"):
                seen = self.witnessed(files[name])
                links = [content.links for content in contents.values() if content.links]
                if seen and links and links[0].get((seen.inc, seen.seq)) != seen.hash:
                    found.append((LOST, f"the witness has seen seq {seen.seq}, the database has not"))
        return found

    def witnessed(self, data: bytes) -> Witnessed | None:
        """What a witness file says."""
        if hash(data) not in self._witnessed:
            path = self.scratch / "witness"
            path.write_bytes(data)
            self._witnessed[hash(data)] = Witness(path).read()
        return self._witnessed[hash(data)]

    def _try_boot(self, files: dict[str, bytes]) -> list[str]:
        root = self.scratch / "boot"
        materialise(files, root)
        self.counts["boots"] += 1
        try:
            return self.boot(root)
        except Exception as error:  # noqa: BLE001 — whatever keeps a node from starting is the finding
            return [f"{type(error).__name__}: {error}"]
        finally:
            shutil.rmtree(root)


def materialise(files: dict[str, bytes], root: Path) -> None:
    """Write the files of a state below a folder."""
    for name, data in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
