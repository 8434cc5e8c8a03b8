"""The one function that writes (SYNC §3): event, postings, rows, audit and print jobs in one transaction.

    BEGIN IMMEDIATE → the action's own rows → COMMIT (FULL) → witness → listeners (spool, sync, screens)

The answer to the person comes after the witness. Nothing here waits for a device or the network.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from edge.journal import repository
from edge.journal.disk import DiskGuard
from edge.journal.draft import Draft
from edge.journal.incarnation import load_current, mint_in, relink_in
from edge.journal.model import AlreadyAnswered, Head, Incarnation
from edge.journal.witness import Witness, Witnessed
from kit.context import Context
from kit.crypto import SigningKey
from kit.db import Connection, Database, DatabaseDamaged, OperationalError, Row
from kit.logs import logger
from retail.errors import DatabaseBusy, Invalid, Unavailable
from schemas.events.base import decode
from schemas.events.node import NodeEnrolled, NodeReincarnated
from sync.chain import genesis
from sync.hlc import COUNTER_MAX, ZERO, Hlc, render

log = logger("lianpu.journal")
Listener = Callable[[Draft], None]
LOCK_SECONDS = 20.0  # a person waits so long for the writers before them, then is told
HEALED = "healed"  # the meta name of the last finding of the witness that was healed
FAILING = ("disk i/o", "readonly", "unable to open")  # the engine's words for a disk that does not work


@dataclass(frozen=True)
class _Standing:
    """Which incarnation grows and how far it has come."""

    inc: Incarnation | None = None
    head: Head | None = None


class Journal:
    """The log of this node. One per process; every write of the node goes through `changing`."""

    def __init__(self, db: Database, key: SigningKey, witness: Witness, disk: DiskGuard) -> None:
        self.db = db
        self.key = key
        self.witness = witness
        self.disk = disk
        self._listeners: list[Listener] = []
        self._reborn: list[Listener] = []
        self._committed = _Standing()
        self._working: tuple[int, _Standing] | None = None  # of the thread that holds the transaction
        self._lock = threading.RLock()
        self._witness_lock = threading.Lock()
        self._witnessed = (0, 0)
        self._hlc = Hlc(_newest_hlc(db))
        self.refresh()

    # -- state -----------------------------------------------------------------------------------------

    @property
    def _standing(self) -> _Standing:
        working = self._working
        if working is not None and working[0] == threading.get_ident():
            return working[1]
        return self._committed

    def _stand(self, **changes: Any) -> None:
        """Move inside the transaction; everybody else sees it after the commit."""
        if self._working is None:
            raise RuntimeError("incarnation and head move only inside Journal.writing()")
        self._working = (self._working[0], replace(self._working[1], **changes))

    @property
    def inc(self) -> Incarnation:
        """The incarnation that grows; `Unavailable("node.not_enrolled")` before enrolment."""
        inc = self._standing.inc
        if inc is None:
            raise Unavailable("node.not_enrolled")
        return inc

    @property
    def head(self) -> Head:
        """The newest committed link; inside a transaction, for its own thread, the newest of the transaction."""
        standing = self._standing
        return standing.head or Head(self.inc.inc, 0, self.inc.genesis)

    def refresh(self) -> None:
        """Read incarnation and head again: at start and after sync changed them."""
        with self.db.read() as tx:
            inc = load_current(tx)
            self._committed = _Standing(inc, head_in(tx, inc) if inc else None)

    def on_commit(self, listener: Listener) -> None:
        """Call `listener(draft)` after each commit, in the writer's thread; it must be quick."""
        self._listeners.append(listener)

    def on_reborn(self, listener: Listener) -> None:
        """Call `listener(draft)` inside the transaction that begins a new incarnation, after its first event."""
        self._reborn.append(listener)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The bare transaction under `changing`, for sync's own bookkeeping and for minting.

        Incarnation and head in memory move with the commit, never before it and never without it.
        """
        if not self._lock.acquire(timeout=LOCK_SECONDS):
            raise DatabaseBusy("db.busy", path=self.db.path)
        try:
            if self._working is not None:
                raise RuntimeError("a transaction of the journal inside another")
            self._working = (threading.get_ident(), self._committed)
            try:
                with self.db.write() as tx:
                    yield tx
                self._committed = self._working[1]
            finally:
                self._working = None
        finally:
            self._lock.release()

    # -- the one function ------------------------------------------------------------------------------

    @contextmanager
    def changing(self, ctx: Context) -> Iterator[Draft]:
        """One change. Raises `AlreadyAnswered` when its Idempotency-Key took effect before.

        On a full disk the ballast is given up and the sale in hand is written once more by its caller's retry.
        """
        try:
            with self.writing() as tx:
                _check_key(tx, ctx)
                draft = Draft(tx, ctx, self.inc, self.head, self._hlc)
                yield draft
                draft.flush()
                inc = self.inc
                numbers = repository.numbers(tx, inc.series) if draft.recorded else {}
                self._stand(head=draft.head)
        except OperationalError as error:
            raise self.storage_trouble(error)
        if draft.recorded:
            self._bear_witness(inc, draft.head, numbers)
        self._tell(draft)

    def answered(self, ctx: Context) -> dict[str, Any] | None:
        """What this Idempotency-Key was answered before anything else is looked at, or None."""
        with self.db.read() as tx:
            try:
                _check_key(tx, ctx)
            except AlreadyAnswered as earlier:
                return earlier.result
        return None

    def _tell(self, draft: Draft) -> None:
        """What is committed is done: a listener that fails is logged and the others are still told."""
        for listener in self._listeners:
            try:
                listener(draft)
            except Exception as error:  # noqa: BLE001 — the answer to the person must not depend on a listener
                log.error("journal.listener_failed", exc_info=error)

    def storage_trouble(self, error: OperationalError) -> Exception:
        """A full disk gives the ballast up, so that the next try of the same sale fits."""
        text = str(error).lower()
        if "full" in text:
            freed = self.disk.release()
            log.error("journal.disk_full", ballast_released=freed)
            return Unavailable("disk.full", retry_after_seconds=0, ballast_released=freed)
        if any(words in text for words in FAILING):
            log.error("journal.disk_failing", why=text)
            return Unavailable("disk.failing")
        return error

    def _bear_witness(self, inc: Incarnation, head: Head, numbers: dict[str, str]) -> None:
        """After a commit and before its answer, unless a later commit has been witnessed already."""
        with self._witness_lock:
            if (inc.ordinal, head.seq) < self._witnessed:
                return
            self._witnessed = (inc.ordinal, head.seq)
            self.witness.write(Witnessed(inc.node, head.inc, head.seq, head.hash.hex(), numbers))
        if self.witness.problem:
            log.error("journal.witness_failed", why=self.witness.problem)

    # -- incarnations ----------------------------------------------------------------------------------

    def mint(
        self, tx: Connection, node: str, reason: str, now_ms: int, parent: Head | None = None
    ) -> Incarnation:
        """Begin a new incarnation inside `tx` of `writing` (SYNC §2); `parent` when it is not the head."""
        standing = self._standing
        if self._working is None:
            raise RuntimeError("mint belongs inside Journal.writing()")
        made = mint_in(
            tx,
            self.key,
            node=node,
            reason=reason,
            now_ms=now_ms,
            previous=standing.inc,
            head=parent or standing.head,
        )
        self._stand(inc=made, head=Head(made.inc, 0, made.genesis))
        return made

    def begin_anew(
        self, tx: Connection, ctx: Context, fact: NodeReincarnated, parent: Head | None = None
    ) -> None:
        """`mint` for what happened to this disk, which the new incarnation says first; inside `writing`."""
        self.mint(tx, self.inc.node, fact.reason, ctx.clock.now_ms(), parent)
        self.state(tx, ctx, fact)

    def relink(self, tx: Connection, ids: Iterable[str]) -> None:
        """Re-home events at the end of the current incarnation, inside `writing`."""
        self._stand(head=relink_in(tx, self.inc, self.head, ids))

    def state(self, tx: Connection, ctx: Context, fact: msgspec.Struct) -> None:
        """One event inside `writing`: what a new incarnation says before anything else, and what follows from it."""
        draft = Draft(tx, ctx, self.inc, self.head, self._hlc)
        draft.event(fact)
        if isinstance(fact, NodeReincarnated):
            draft.audit(
                "node.reincarnated", f"node:{self.inc.node}", why=fact.reason, parent_seq=fact.parent_seq
            )
            for listener in self._reborn:
                listener(draft)
        elif isinstance(fact, NodeEnrolled):
            draft.audit("node.enrolled", f"node:{self.inc.node}")
        draft.flush()
        self._stand(head=draft.head)

    def bear_witness(self) -> None:
        """Write the witness after `writing` has moved the head."""
        with self.db.read() as tx:
            numbers = repository.numbers(tx, self.inc.series)
        self._bear_witness(self.inc, self.head, numbers)

    def behind_witness(self) -> Witnessed | None:
        """What the witness saw and the database lacks; None when they agree, when there is no verdict, or when a
        new incarnation was minted for this very finding before.
        """
        seen, inc = self.witness.read(), self._standing.inc
        if seen is None or inc is None or seen.node != inc.node:
            return None
        with self.db.read() as tx:
            if repository.get_meta(tx, HEALED) == finding(seen):
                return None
            link = repository.link_at(tx, seen.inc, seen.seq)
            if link is not None:
                return None if _head_of(seen.inc, link).hash.hex() == seen.hash else seen
            row = tx.execute("SELECT purged_seq FROM inc WHERE inc = ?", (seen.inc,)).fetchone()
        if row is not None and seen.seq <= row["purged_seq"]:
            return None
        return seen


def finding(seen: Witnessed) -> str:
    """A finding as it is remembered under `HEALED`."""
    return f"{seen.inc}/{seen.seq}/{seen.hash}"


def head_in(tx: Connection, inc: Incarnation) -> Head:
    """The newest link of an incarnation inside a transaction. Raises `DatabaseDamaged` when it is none."""
    row = repository.last_link(tx, inc.inc)
    if row is not None:
        return _head_of(inc.inc, row)
    purged = tx.execute("SELECT purged_seq, purged_hash FROM inc WHERE inc = ?", (inc.inc,)).fetchone()
    if purged is not None and purged["purged_seq"]:
        return Head(inc.inc, purged["purged_seq"], purged["purged_hash"])
    return Head(inc.inc, 0, genesis(inc.record))


def _head_of(inc: str, row: Row) -> Head:
    """A link as a head. The rules of its table hold for what is written, not for what a drive gives back."""
    seq, hash_ = row["seq"], row["hash"]
    if not (isinstance(seq, int) and isinstance(hash_, bytes) and len(hash_) == 32):
        raise DatabaseDamaged([f"link {seq or '?'} of {inc} has no hash"])
    return Head(inc, seq, hash_)


def _check_key(tx: Connection, ctx: Context) -> None:
    key = ctx.facts.get("key")
    if not key:
        return
    row = repository.answer_of(tx, key)
    if row is None:
        return
    if row["request"] != ctx.facts["request"]:
        raise Invalid("web.key_reused")
    raise AlreadyAnswered(json.loads(row["body"]))


def _newest_hlc(db: Database) -> str:
    """The greatest logical time in the journal: the newest event of ours, or one that HQ gave back later."""
    rows = db.rows(
        "SELECT id, at, body FROM body WHERE rowid IN ((SELECT max(rowid) FROM body WHERE replayed = 0),"
        " (SELECT max(rowid) FROM body WHERE replayed = 1))"
    )
    return max((_hlc_of(row) for row in rows), default=ZERO)


def _hlc_of(row: Row) -> str:
    """Of a body that the disk has damaged its row still says when; the scrub of the start names and mends it."""
    try:
        return decode(row["body"]).hlc
    except Invalid:
        log.error("journal.newest_damaged", id=str(row["id"]))
        return render(int(row["at"]), COUNTER_MAX)
