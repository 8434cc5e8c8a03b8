"""Mends what can be proven: from this disk where it still holds the proof, else from a copy of our own log.

    indexes and order of tables → columns → links and bodies → derived rows → sums → reference rows → look again

Each event is mended in a transaction of its own with its line in the audit, so that sales come between. What cannot be
proven is left as it is and stays named; nothing here ever keeps the till from selling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from edge.journal.witness import Witness
from edge.scrub import rewrite, truth
from edge.scrub.bodies import readable
from edge.scrub.hq import HqLog
from edge.scrub.look import scrub, silent
from edge.scrub.model import UNREADABLE, Finding, Progress, Report
from edge.scrub.sums import BALANCES, NUMBERS, STRAY_NUMBERS, purged, stray
from edge.scrub.truth import Place, Truth
from edge.syncing.inbox import Inbox
from kit.db import Connection, Row
from kit.logs import logger
from retail.errors import LianpuError
from schemas.events.base import Event, decode
from sync.chain import body_hash
from sync.transport import Transport

log = logger("lianpu.scrub")
ROUNDS = 4
INDEX = re.compile(r"index|UNIQUE|non-unique", re.IGNORECASE)
ORDER = re.compile(r"PRIMARY KEY (?:order )?(?:for|in|of) (\w+)|order for (\w+)")
RECEIPTS = ("engine", "unreadable", "link", "body", "columns", "rows", "stray")
"""While one of these is found, the newest receipt on this disk may not be the newest that was given out."""
LEAVES = (
    "link",
    "posting",
    "balance",
    "document_line",
    "document_tender",
    "numbering",
)  # nothing refers to them


def repair(
    node: Any, report: Report, transport: Transport | None = None, progress: Progress = silent
) -> Report:
    """Mend, and look again, as long as that leads anywhere; the last look with how many findings are gone."""
    first, now = set(report.findings), report
    for _ in range(ROUNDS):
        if not now.findings:
            break
        before = set(now.findings)
        _Round(node, now.findings, transport).run()
        now = scrub(node, progress)
        if set(now.findings) == before:
            break
    return msgspec.structs.replace(now, repaired=len(first - set(now.findings)))


class _Round:
    """One pass over the findings of one look."""

    def __init__(self, node: Any, findings: Iterable[Finding], transport: Transport | None) -> None:
        self.node = node
        self.findings = list(findings)
        self.transport = transport

    def run(self) -> None:
        """Each step by itself: one that fails leaves the others."""
        self._engine()
        for id_or_place in self._of("columns", "body", "unreadable"):
            self._columns(id_or_place)
        self._places()
        for finding in self._of("stray"):
            self._try("stray", finding.id, partial(_drop, finding=finding))
        for finding in self._of("rows"):
            self._try("rows", finding.id, partial(_derived, id_=finding.id))
        if self._of("balance"):
            self._try("balance", "balance", _balances)
        if self._of("number"):
            witnessed = _witnessed(self.node.journal.witness.path)
            counters = partial(_counters, witnessed=witnessed, lower=not self._of(*RECEIPTS))
            self._try("number", "numbering", counters)
        scopes = {finding.id for finding in self._of("reference")}
        if scopes:
            Inbox(self.node.reference.db).forget(sorted(scopes))
            self.node.nudge()

    def _of(self, *kinds: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind in kinds]

    def _try(self, what: str, subject: str, change: Callable[[Connection], object], **facts: Any) -> bool:
        """One transaction with its line in the audit; False when the disk or a rule of the database refuses."""
        try:
            with self.node.journal.changing(self.node.context()) as draft:
                if change(draft.tx) is False:
                    return False
                draft.audit("scrub.repaired", f"{what}:{subject}", **facts)
        except (LianpuError, *UNREADABLE) as error:
            log.error("scrub.not_repaired", what=what, subject=subject, why=str(error))
            return False
        log.warning("scrub.repaired", what=what, subject=subject, **facts)
        return True

    # -- the engine ------------------------------------------------------------------------------------

    def _engine(self) -> None:
        """Indexes follow from their tables; a table in the wrong order is written in the right one."""
        words = [finding.why for finding in self._of("engine") if finding.table == "node.sqlite"]
        tables = {name for text in words for found in ORDER.finditer(text) for name in found.groups() if name}
        for table in sorted(tables & set(LEAVES)):
            self._try("table", table, partial(rewrite.build_anew, table=table))
        if any(INDEX.search(text) for text in words):
            self._try("index", "node.sqlite", lambda tx: tx.execute("REINDEX"))

    # -- bodies and links ------------------------------------------------------------------------------

    def _columns(self, finding: Finding) -> None:
        """A row whose bytes are sound says again what they say."""
        with self.node.db.read() as tx:
            row = _row(tx, finding)
            event = None if row is None else _proven(tx, row)
        if row is not None and event is not None:
            place, bh, body = row["place"], body_hash(row["body"]), row["body"]
            self._try(
                "columns", event.id, lambda tx: rewrite.put_columns(tx, place, event, bh, body), source="disk"
            )

    def _places(self) -> None:
        """Every place in doubt: what the disk still proves, alone or in a run, then the mirror's copy, then HQ's."""
        missing, mended = [], dict[tuple[str, int], bytes]()
        for place in self._doubtful():
            with self.node.db.read() as tx:
                found = truth.on_disk(tx, place, mended.get((place.inc, place.seq - 1)))
            if found is None or not self._put(found):
                missing.append(place)
            else:
                mended[found.inc, found.seq] = found.hash
        if missing:
            missing = self._from_copy(self._from_bodies, missing)
        if missing and self.node.mirror is not None:
            missing = self._from_copy(self.node.mirror.copy_of, missing)
        if missing:
            self._from_hq(missing)

    def _from_bodies(self, inc: str, first: int) -> list[Truth]:
        with self.node.db.read() as tx:
            row = truth.one(tx, "SELECT node FROM inc WHERE inc = ?", inc)
            return [] if row is None else truth.from_bodies(tx, Place(row["node"], inc, first))

    def _from_hq(self, missing: list[Place]) -> None:
        ended = set[str]()

        def piece(inc: str, first: int) -> list[Truth]:
            """HQ has a log from its beginning: where it ends nothing later needs to be asked for."""
            found = [] if inc in ended else hq.piece(inc, first)
            if not found:
                ended.add(inc)
            return found

        try:
            hq = HqLog(self.node, self.transport)
            self._from_copy(piece, missing)
            hq.close()
        except LianpuError as error:
            log.warning("scrub.hq_unreachable", why=str(error))

    def _from_copy(self, piece: Callable[[str, int], list[Truth]], missing: list[Place]) -> list[Place]:
        """What a copy of our log proves is put back; answers what it has not."""
        wanted = {(place.inc, place.seq) for place in missing}
        for place in missing:
            if (place.inc, place.seq) not in wanted:
                continue
            copied = piece(place.inc, place.seq)
            with self.node.db.read() as tx:
                proven = truth.from_copy(tx, copied)
            for found in proven:
                if (found.inc, found.seq) in wanted and self._put(found):
                    wanted.discard((found.inc, found.seq))
        return [place for place in missing if (place.inc, place.seq) in wanted]

    def _put(self, found: Truth) -> bool:
        facts = {"inc": found.inc, "seq": found.seq, "source": found.source}
        return self._try("event", found.event.id, lambda tx: rewrite.put(tx, found), **facts)

    def _doubtful(self) -> list[Place]:
        """Places that findings name, and those that are missing before them, in order."""
        with self.node.db.read() as tx:
            nodes = {row["inc"]: row["node"] for row in tx.execute("SELECT inc, node FROM inc")}
            found: set[tuple[str, int]] = set()
            for finding in self._of("link", "body", "unreadable"):
                if finding.inc:
                    found.add((finding.inc, finding.seq))
                    found |= {
                        (finding.inc, seq) for seq in truth.missing_before(tx, finding.inc, finding.seq)
                    }
                elif finding.id:
                    rows = tx.execute("SELECT inc, seq FROM link WHERE id = ?", (finding.id,)).fetchall()
                    found |= {(row["inc"], row["seq"]) for row in rows}
        return [Place(nodes[inc], inc, seq) for inc, seq in sorted(found) if inc in nodes]


def _derived(tx: Connection, id_: str) -> bool | None:
    row = tx.execute("SELECT * FROM body WHERE id = ?", (id_,)).fetchone()
    event = None if row is None else readable(row)
    if event is None:
        return False
    rewrite.put_derived(tx, event, bool(row["replayed"]))
    return None


def _row(tx: Connection, finding: Finding) -> Row | None:
    """The body's row that a finding is about, by its place where it is known."""
    sql = "SELECT rowid AS place, bh, body FROM body WHERE "  # its texts may be none any more
    if finding.table == "body" and finding.seq and not finding.inc:
        return truth.one(tx, sql + "rowid = ?", finding.seq)
    return truth.one(tx, sql + "id = ?", finding.id)


def _proven(tx: Connection, row: Row) -> Event | None:
    """The event of bytes that a link, or the row's own hash, vouches for."""
    if not isinstance(row["body"], bytes):
        return None
    bh = body_hash(row["body"])
    try:
        event = decode(row["body"])
    except LianpuError:
        return None
    vouched = truth.one(tx, "SELECT 1 FROM link WHERE id = ? AND bh = ?", event.id, bh)
    return event if row["bh"] == bh or vouched is not None else None


def _drop(tx: Connection, finding: Finding) -> bool | None:
    """Rows of no event."""
    if finding.table == "body":
        return False
    with rewrite.unguarded(tx):
        tx.execute(f"DELETE FROM {finding.table} WHERE {stray(finding.table)}")
    return None


def _balances(tx: Connection) -> bool | None:
    if purged(tx):
        return False
    for row in tx.execute(BALANCES).fetchall():
        rewrite.put_balance(tx, row["account"], row["commodity"])
    return None


def _witnessed(path: Path) -> dict[tuple[str, str], int]:
    """The newest receipt numbers that the witness knows; read apart from the one that each sale writes."""
    seen = Witness(path).read()
    found = {}
    for terminal, text in (seen.numbers if seen is not None else {}).items():
        series, _, last = text.rpartition("-")
        found[terminal, series] = int(last) if last.isascii() and last.isdigit() else 0
    return found


def _counters(tx: Connection, witnessed: Mapping[tuple[str, str], int], *, lower: bool) -> bool | None:
    """Never below a number that was given out: a gap in numbers harms nobody, a number given twice does.

    A counter that is too high goes back only when it may: the whole log speaks for the newest receipt (nothing was
    purged, nothing is damaged), and of the series that grows the witness, too, knows no higher one.
    """
    changed = tx.execute(f"DELETE FROM numbering WHERE {STRAY_NUMBERS}").rowcount
    growing = tx.execute("SELECT series FROM inc WHERE current = 1").fetchone()
    lower = lower and not purged(tx)
    for row in tx.execute(NUMBERS).fetchall():
        if row["newest"] is None:
            continue  # its receipts come first
        seen = witnessed.get((row["terminal"], row["series"]), 0)
        proven, last = max(row["newest"], seen), row["last"] or 0
        vouched = seen or growing is None or row["series"] != growing["series"]
        if last < proven or (last > proven and lower and vouched and row["given"] == row["newest"]):
            rewrite.put_counter(tx, row["terminal"], row["series"], proven)
            changed += 1
    return None if changed else False
