"""Every target has every kept backup: what one lacks, because it was away or its copy has rotted, it gets from another.

So any one of them is enough for a restore, also of an incremental backup, whose full one was stored on another night.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hq.backups import queries, repository
from hq.backups.belonging import strange
from hq.backups.files import fetch, reads_back
from hq.backups.model import FAILED, VERIFIED
from hq.backups.night import Night
from hq.backups.targets import Target, reason
from kit.sql import Row
from retail.errors import Unavailable

if TYPE_CHECKING:
    from hq.running import Running

BACK = "back"


def store(hq: Running, target: Target, file: Path, name: str, sha256: str) -> str:
    """Store it under its name and read it back; returns why not, or nothing.

    A mount may have gone since the target was let in: what then lies under it is no copy, and goes.
    """
    try:
        if why := strange(hq, target, without=name):
            return why
        target.put(file, name)
        if why := strange(hq, target, without=name):
            with suppress(Unavailable):
                target.drop(name)
            return why
        return "" if reads_back(target, name, sha256, file.with_name(BACK)) else "it reads back otherwise"
    except Unavailable as error:
        return reason(error)


def make_up(night: Night) -> list[Row]:
    """All proven backups, oldest first: those that are not kept are gone by now. A target that fails is left alone.

    Answers those that some target lacks and no other one gives back.
    """
    hq: Running = night.ctx.app
    with hq.db.read() as connection:
        proven = queries.in_state(connection, VERIFIED)
    known = {(copy.backup, copy.target) for copy in queries.good_copies(hq.db)}
    unreadable = []
    for row in reversed(proven):
        lacking = [target for target in night.targets if _lacks(night, target, row, known)]
        others = [one for one in night.targets if one not in lacking and one.name not in night.out]
        if lacking and fetch(others, row.file, night.file, row.sha256):
            for target in lacking:
                _store_again(night, target, row)
        elif lacking:
            unreadable.append(row)
        night.file.unlink(missing_ok=True)
    return unreadable


def _lacks(night: Night, target: Target, row: Row, known: set[tuple[str, str]]) -> bool:
    """Does this target answer, and have no whole copy? What was not read back there before is read now."""
    if target.name in night.out:
        return False
    try:
        there = target.has(row.file)
        if there and (row.id, target.name) in known:
            return False
        if there and reads_back(target, row.file, row.sha256, night.work / BACK):
            _remember(night, target, row, "")
            return False
    except Unavailable as error:
        night.give_up(target.name, reason(error))
        return False
    return True


def _store_again(night: Night, target: Target, row: Row) -> None:
    why = store(night.ctx.app, target, night.file, row.file, row.sha256)
    _remember(night, target, row, why)
    if why:
        night.give_up(target.name, why)


def _remember(night: Night, target: Target, row: Row, why: str) -> None:
    with night.ctx.app.db.write() as connection:
        state = FAILED if why else VERIFIED
        repository.set_copy(connection, row.id, target.name, state, why, night.ctx.clock.now_ms())
