"""One scrub: everything that the two databases of a node say, against the hashes and bodies that prove it.

    engine → records → links (per incarnation) → bodies with their rows → sums → reference rows

Nothing is written. A table that cannot be read any more is a finding like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from edge.scrub.bodies import Bodies
from edge.scrub.chain import Chain, check_records, incarnations
from edge.scrub.mirror import Mirror
from edge.scrub.model import UNREADABLE, Finding, Progress, Report, Stopped
from edge.scrub.pieces import body_pieces
from edge.scrub.reference import check_reference
from edge.scrub.sums import check_sums
from kit.db import Database

NEWEST = 2_000
"""How many of the newest links are looked at when the server starts."""


STEPS = 100_000  # of the engine's program between two questions whether the server ends


def _ended(progress: Progress) -> int:
    """Tell the engine to stop."""
    try:
        progress(0)
    except Stopped:
        return 1
    return 0


def silent(_looked: int) -> None:
    """Nobody wants to know."""


def scrub(node: Any, progress: Progress = silent) -> Report:
    """Look at everything."""
    began, counts = node.clock.monotonic_ms(), {"bodies": 0, "links": 0}
    findings = list(_everything(node, progress, counts))
    took = node.clock.monotonic_ms() - began
    return _report(node, took, findings, counts)


def look_at_newest(node: Any, newest: int = NEWEST, progress: Progress = silent) -> Report:
    """The newest links of the incarnation that grows, with their bodies and rows: quick enough for a start.

    Where the last process did not end by itself the power may have failed under a drive that forgets pages which it
    said it had (ES-12): then the engine looks at all pages and indexes, too.
    """
    began, findings, counts = node.clock.monotonic_ms(), list[Finding](), {"bodies": 0, "links": 0}
    findings += _safely("link", lambda: _newest_links(node.db, newest, counts))
    findings += _safely("body", lambda: _newest_bodies(node.db, newest, progress, counts))
    for database in (node.db, node.reference.db):
        findings += _engine(database, progress) if database.left_open else ()
    took = node.clock.monotonic_ms() - began
    return msgspec.structs.replace(_report(node, took, findings, counts), whole=False)


def _newest_links(db: Database, newest: int, counts: dict[str, int]) -> list[Finding]:
    found: list[Finding] = []
    for inc in incarnations(db):
        if inc["current"]:
            chain = Chain(db, inc, newest)
            found += chain.walk(silent)
            counts["links"] = chain.looked
    return found


def _newest_bodies(db: Database, newest: int, progress: Progress, counts: dict[str, int]) -> list[Finding]:
    last = db.value("SELECT max(rowid) FROM body", default=0) or 0
    return _bodies(db, progress, counts, max(0, last - newest))[0]


def _everything(node: Any, progress: Progress, counts: dict[str, int]) -> Iterator[Finding]:
    yield from _engine(node.db, progress)
    yield from _safely("inc", lambda: list(check_records(incarnations(node.db))))
    yield from _safely("link", lambda: _links(node.db, progress, counts))
    found, looked = _bodies(node.db, progress, counts, 0)
    yield from found
    yield from check_sums(node.db, looked.copies)
    progress(0)
    yield from _engine(node.reference.db, progress)
    yield from _safely("row", lambda: list(check_reference(node.reference.db)))


def _engine(db: Database, progress: Progress) -> Iterator[Finding]:
    """The engine's own check; it is left when the server ends."""
    name = db.path.rsplit("/", 1)[-1]
    try:
        with db.read() as tx:
            tx.set_progress_handler(lambda: _ended(progress), STEPS)
            try:
                problems = db.integrity_problems()
            finally:
                tx.set_progress_handler(None, 0)
    except UNREADABLE as error:
        problems = [str(error)]
    progress(0)
    for problem in problems:
        yield Finding(kind="engine", table=name, why=problem)


def _links(db: Database, progress: Progress, counts: dict[str, int]) -> list[Finding]:
    found: list[Finding] = []
    for inc in incarnations(db):
        chain = Chain(db, inc)
        found += chain.walk(progress)
        counts["links"] += chain.looked
    return found


def _bodies(
    db: Database, progress: Progress, counts: dict[str, int], after: int
) -> tuple[list[Finding], Bodies]:
    mirror, found = Mirror(), list[Finding]()
    bodies = Bodies(mirror)
    try:
        for tx, piece in body_pieces(db, after):
            found += bodies.look(tx, piece)
            counts["bodies"] += len(piece.rows)
            progress(len(piece.rows))
    except UNREADABLE as error:
        found.append(Finding(kind="unreadable", table="body", why=str(error)))
    finally:
        mirror.close()
    return found, bodies


def _safely(table: str, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except UNREADABLE as error:
        return [Finding(kind="unreadable", table=table, why=str(error))]


def _report(node: Any, took: int, findings: list[Finding], counts: dict[str, int]) -> Report:
    return Report(
        at=node.clock.now_ms(),
        bodies=counts["bodies"],
        links=counts["links"],
        milliseconds=took,
        findings=list(dict.fromkeys(findings)),
    )
