"""Files at targets that count for nothing: never proven, as a killed or failed backup leaves them, or no longer kept.

A file beside the database names each, before its first copy is stored or before it stops to count, until it is proven
or every target has deleted it: each backup tries it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hq.backups import queries
from hq.backups.model import MISSING, VERIFIED
from hq.backups.targets import Target
from kit import beside
from retail.errors import Unavailable

if TYPE_CHECKING:
    from hq.running import Running

FILE = "backup-unproven.json"
NAMED = 20  # a target that refuses to delete keeps its copy: it is tried for a while, and not for ever


def note(home: Path, name: str) -> None:
    """A backup is about to be stored under this name."""
    beside.write(home / FILE, [*_named(home), name][-NAMED:])


def forget(home: Path, name: str | None = None) -> None:
    """It is proven; without a name all of them: a restored database does not know which of them were proven."""
    left = [other for other in _named(home) if name is not None and other != name]
    if left:
        beside.write(home / FILE, left)
    else:
        (home / FILE).unlink(missing_ok=True)


def sweep(hq: Running, targets: list[Target]) -> None:
    """Delete them at every target; what is proven by now, or cannot be deleted, stays."""
    with hq.db.read() as connection:
        rows = queries.in_state(connection, VERIFIED) + queries.in_state(connection, MISSING)
    proven = {row.file for row in rows}
    for name in _named(hq.home):
        if name in proven:
            forget(hq.home, name)
        else:
            delete(hq.home, targets, name)


def delete(home: Path, targets: list[Target], name: str) -> None:
    """At every target; it is forgotten when none has it any more."""
    if all([_dropped(target, name) for target in targets]):
        forget(home, name)


def _named(home: Path) -> list[str]:
    found: list[str] = beside.read(home / FILE, [])
    return found


def _dropped(target: Target, name: str) -> bool:
    try:
        target.drop(name)
    except Unavailable:
        return False
    return True
