"""The one function that writes (SYNC §3): event, postings, rows, audit and print jobs in one transaction.

    BEGIN IMMEDIATE → the action's own rows → COMMIT (FULL) → witness → listeners (spool, sync, screens)

The answer to the person comes after the witness. Nothing here waits for a device or the network.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import msgspec

from edge.journal import repository
from edge.journal.disk import DiskGuard
from edge.journal.draft import Draft
from edge.journal.incarnation import load_current, mint_in, relink_in
from edge.journal.model import AlreadyAnswered, Head, Incarnation
from edge.journal.witness import Witness, Witnessed
from kit.context import Context
from kit.crypto import SigningKey
from kit.db import Connection, Database, OperationalError
from kit.logs import logger
from retail.errors import Invalid, Unavailable
from schemas.events.base import decode
from sync.chain import genesis
from sync.hlc import ZERO, Hlc

log = logger("lianpu.journal")
Listener = Callable[[Draft], None]


class Journal:
    """The log of this node. One per process; every write of the node goes through `changing`."""

    def __init__(self, db: Database, key: SigningKey, witness: Witness, disk: DiskGuard) -> None:
        self.db = db
        self.key = key
        self.witness = witness
        self.disk = disk
        self._listeners: list[Listener] = []
        self._inc: Incarnation | None = None
        self._head: Head | None = None
        self._lock = threading.RLock()
        self._depth = 0
        self._witness_lock = threading.Lock()
        self._hlc = Hlc(_newest_hlc(db))
        self.refresh()

    # -- state -----------------------------------------------------------------------------------------

    @property
    def inc(self) -> Incarnation:
        """The incarnation that grows; `Unavailable("node.not_enrolled")` before enrolment."""
        if self._inc is None:
            raise Unavailable("node.not_enrolled")
        return self._inc

    @property
    def head(self) -> Head:
        """The newest committed link."""
        assert self._head is not None or self.inc
        return self._head or Head(self.inc.inc, 0, self.inc.genesis)

    def refresh(self) -> None:
        """Read incarnation and head again: at start and after sync changed them."""
        with self.db.read() as tx:
            self._inc = load_current(tx)
            self._head = head_in(tx, self._inc) if self._inc else None

    def on_commit(self, listener: Listener) -> None:
        """Call `listener(draft)` after each commit, in the writer's thread; it must be quick."""
        self._listeners.append(listener)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The bare transaction under `changing`, for sync's own bookkeeping and for minting.

        Incarnation and head in memory go back to what they were when it fails, before anyone else may write.
        """
        with self._lock:
            before = (self._inc, self._head)
            self._depth += 1
            try:
                with self.db.write() as tx:
                    yield tx
            except BaseException:
                self._inc, self._head = before
                raise
            finally:
                self._depth -= 1

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
                numbers = repository.numbers(tx, self.inc.series) if draft.recorded else {}
                self._head = draft.head
        except OperationalError as error:
            raise self._storage_trouble(error)
        if draft.recorded:
            self._bear_witness(draft.head, numbers)
        for listener in self._listeners:
            listener(draft)

    def _storage_trouble(self, error: OperationalError) -> Exception:
        """A full disk gives the ballast up, so that the next try of the same sale fits."""
        if "full" in str(error).lower():
            freed = self.disk.release()
            log.error("journal.disk_full", ballast_released=freed)
            return Unavailable("disk.full", retry_after_seconds=0)
        return error

    def _bear_witness(self, head: Head, numbers: dict[str, str]) -> None:
        with self._witness_lock:
            if head.seq != self.head.seq:
                return  # a later change of another thread is on its way with the newer head
            self.witness.write(Witnessed(self.inc.node, head.inc, head.seq, head.hash.hex(), numbers))
        if self.witness.problem:
            log.error("journal.witness_failed", why=self.witness.problem)

    # -- incarnations ----------------------------------------------------------------------------------

    def mint(
        self, tx: Connection, node: str, reason: str, now_ms: int, parent: Head | None = None
    ) -> Incarnation:
        """Begin a new incarnation inside `tx` of `writing` (SYNC §2); `parent` when it is not the head."""
        if not self._depth:
            raise RuntimeError("mint belongs inside Journal.writing()")
        made = mint_in(
            tx, self.key, node=node, reason=reason, now_ms=now_ms, previous=self._inc, head=self._head
        )
        self._inc = made
        self._head = Head(made.inc, 0, made.genesis)
        return made

    def relink(self, tx: Connection, ids: Iterable[str]) -> None:
        """Re-home events at the end of the current incarnation, inside `writing`."""
        self._head = relink_in(tx, self.inc, self.head, ids)

    def state(self, tx: Connection, ctx: Context, fact: msgspec.Struct) -> None:
        """One event inside `writing`: what a new incarnation says before anything else."""
        draft = Draft(tx, ctx, self.inc, self.head, self._hlc)
        draft.event(fact)
        draft.flush()
        self._head = draft.head

    def bear_witness(self) -> None:
        """Write the witness after `writing` has moved the head."""
        with self.db.read() as tx:
            numbers = repository.numbers(tx, self.inc.series)
        self._bear_witness(self.head, numbers)

    def behind_witness(self) -> Witnessed | None:
        """What the witness saw and the database lacks; None when they agree or there is no verdict."""
        seen = self.witness.read()
        if seen is None or self._inc is None or seen.node != self._inc.node:
            return None
        with self.db.read() as tx:
            link = repository.link_at(tx, seen.inc, seen.seq)
            if link is not None:
                return None if link["hash"].hex() == seen.hash else seen
            row = tx.execute("SELECT purged_seq FROM inc WHERE inc = ?", (seen.inc,)).fetchone()
        if row is not None and seen.seq <= row["purged_seq"]:
            return None
        return seen


def head_in(tx: Connection, inc: Incarnation) -> Head:
    """The newest link of an incarnation inside a transaction."""
    row = repository.last_link(tx, inc.inc)
    if row is not None:
        return Head(inc.inc, row["seq"], row["hash"])
    purged = tx.execute("SELECT purged_seq, purged_hash FROM inc WHERE inc = ?", (inc.inc,)).fetchone()
    if purged is not None and purged["purged_seq"]:
        return Head(inc.inc, purged["purged_seq"], purged["purged_hash"])
    return Head(inc.inc, 0, genesis(inc.record))


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
    row = db.row("SELECT body FROM body WHERE replayed = 0 ORDER BY rowid DESC LIMIT 1")
    return ZERO if row is None else decode(row["body"]).hlc
