"""Is a target still the place that took the backups before?

Where a mount is missing there is a folder all the same: an empty one on the disk under it. So HQ leaves a mark in each
place that has copies, and once a place had some, nothing is stored where neither mark nor copy is found. A place that
is meant to be new is let in by a person, who puts a file with the name of the mark there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hq.backups import queries
from hq.backups.places import Wrong
from hq.backups.targets import Target, reason
from kit.logs import logger
from retail.errors import Unavailable

if TYPE_CHECKING:
    from hq.running import Running

MARK = "lianpu-backups.txt"
WORDS = "The headquarters of Lianpu keeps its backups here. It stores none where this file is missing.\n"

log = logger("lianpu.backups")


def admitted(hq: Running, targets: list[Target], work: Path) -> list[Target]:
    """The same targets; in the place of one that is not what it was stands a `Wrong` one, which refuses."""
    return [_admitted(hq, target, work) if target.marked else target for target in targets]


def strange(hq: Running, target: Target, without: str = "") -> str:
    """Why it is not the place that took the backups before, or nothing; raises `Unavailable` as the target does.

    `without` is a file that proves nothing, because it is just now stored there.
    """
    known = queries.copies_at(hq.db, target.name, target.once) if target.marked else []
    if not known or target.has(MARK) or any(target.has(name) for name in known if name != without):
        return ""
    return "why.other_place"


def _admitted(hq: Running, target: Target, work: Path) -> Target:
    try:
        if why := strange(hq, target):
            return Wrong(target.name, why)
        if queries.copies_at(hq.db, target.name, target.once, limit=1) and not target.has(MARK):
            _leave_mark(target, work)
    except Unavailable as error:
        return Wrong(target.name, reason(error))
    return target


def _leave_mark(target: Target, work: Path) -> None:
    """The copies that were seen are proof enough this time; a place that takes no mark is asked again next time."""
    file = work / MARK
    file.write_text(WORDS, encoding="utf-8")
    try:
        target.put(file, MARK)
    except Unavailable as error:
        log.warning("backup.target_unmarked", target=target.name, why=reason(error))
