"""The projector: carries every origin's log into the ledger and the projections, in the background.

Pushes never wait for it (U9). It takes origins one after the other, parents before their children, a batch a
transaction; how far it is stands in `applied`, moved in the same transaction.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask

from hq.ingest import figures, numbers, parking
from hq.ingest.alarms import alarm, close, open_of
from hq.ingest.apply import apply, read_entry
from hq.ingest.handlers import HANDLERS, Registry
from hq.ingest.model import Entry
from hq.ingest.settling import settling, taking
from kit.logs import logger
from kit.sql import Connection, run
from kit.turns import turn
from retail.errors import DatabaseBusy
from sync import plan

if TYPE_CHECKING:
    from hq.running import Running

log = logger("lianpu.ingest")
BATCH = (
    1000  # the more, the fewer moves of one balance; so many hold a push up by a fifth of a second at most
)
LOOK_MS = 30_000
BUSY_SECONDS = 0.2
STOPPED = "ingest.stopped"
TURN = "projector"
_BEHIND = (
    "SELECT o.node, o.inc FROM origin o JOIN inc i ON i.node = o.node AND i.inc = o.inc"
    " LEFT JOIN applied a ON a.node = o.node AND a.inc = o.inc"
    " WHERE o.seq > COALESCE(a.seq, 0) {of} ORDER BY i.first_seen_at, i.ordinal, o.node"
)


class Projector:
    """Stage 2 of one HQ. `run_once` is what tests and simulations call; `start` runs it in a thread."""

    def __init__(self, hq: Running, registry: Registry = HANDLERS) -> None:
        self.hq = hq
        self.registry = registry
        self._named: set[str] = set()
        self._naming = threading.Lock()
        self._nudged = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    # -- the work --------------------------------------------------------------------------------------

    def run_once(self, batch: int = BATCH, nodes: Iterable[str] | None = None) -> int:
        """One batch of every origin that has something new, of these nodes or of all; returns how many entries were
        taken.

        An origin that cannot be carried on alarms and stops alone. Once `stop` was called nothing more is begun.
        """
        taken = 0
        for node, inc in self._behind(nodes):
            if self._stopping.is_set():
                break
            try:
                taken += self._advance(node, inc, batch)
            except DatabaseBusy:
                raise
            except Exception as error:  # noqa: BLE001 — one store must never stop the others
                self._stopped(node, inc, error)
        return taken

    def _stopped(self, node: str, inc: str, error: Exception) -> None:
        log.error("ingest.stopped", node=node, inc=inc, exc_info=error)
        with self.hq.db.write() as connection:
            alarm(
                connection, store=store_of(connection, node), code=STOPPED, subject=f"{node}/{inc}",
                now_ms=self.hq.clock.now_ms(), facts={"error": type(error).__name__},
            )  # fmt: skip

    def drain(self, nodes: Iterable[str] | None = None) -> int:
        """Everything there is, of these nodes or of all; returns how many entries were taken."""
        total = 0
        while taken := self.run_once(nodes=nodes):
            total += taken
        if nodes is None:
            self._close_healed()
        return total

    def _close_healed(self) -> None:
        """An origin that was carried on since it stopped, here, in another process or after a restart, is well."""
        with self.hq.db.read() as connection:
            told = open_of(connection, STOPPED)
        if not told:
            return
        stopped = {f"{STOPPED}|{node}/{inc}" for node, inc in self._behind(None)}
        with self.hq.db.write() as connection:
            for id_ in sorted(set(told) - stopped):
                close(connection, id_, by="", note="", now_ms=self.hq.clock.now_ms())

    def drain_in_turn(self, nodes: Iterable[str] | None = None) -> int:
        """The same while no other process on this database does it: parents stay before their children."""
        with turn(self.hq.db, TURN):
            return self.drain(nodes)

    def _behind(self, nodes: Iterable[str] | None) -> list[tuple[str, str]]:
        """Origins with new entries, in the order in which their incarnations became known: parents first.

        A parent and its child are of one node, so that each node may be looked at alone.
        """
        with self.hq.db.read() as connection:
            if nodes is None:
                found = run(connection, _BEHIND.format(of="")).all()
            else:
                of_one = _BEHIND.format(of="AND o.node = :node")
                found = [row for node in sorted(nodes) for row in run(connection, of_one, {"node": node})]
        return [(row[0], row[1]) for row in found]

    def _advance(self, node: str, inc: str, batch: int) -> int:
        now = self.hq.clock.now_ms()
        facts: dict[str, Any] = {"node": node, "inc": inc, "now": now, "limit": batch}
        with self.hq.db.write() as connection:
            taking(connection)
            facts["after"] = lock_applied(connection, facts)
            with _no_collection():
                entries = load_entries(connection, facts)
                if not entries:
                    return 0
                verdicts = apply(connection, entries, self.registry, now)
                figures.flag(connection, self.hq.config, verdicts, now)
                numbers.name_copies(connection, verdicts, now)
            move_applied(connection, facts | {"seq": entries[-1].seq})
        return len(entries)

    def retry_improved(self) -> int:
        """Run again what is parked for want of a handler that this program now has."""
        with self.hq.db.write() as connection:
            settling(connection)
            return parking.retry_improved(connection, self.registry, self.hq.clock.now_ms())

    # -- the thread ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin in the background, first with what an older program had to park."""
        self.retry_improved()
        self._thread = threading.Thread(target=self._loop, name="projector", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the batch that is under way."""
        self._stopping.set()
        self._nudged.set()
        if self._thread is not None:
            self._thread.join(10.0)
            if not self._thread.is_alive():
                self._stopping.clear()  # who drains by hand from now on is not told to end

    def nudge(self, node: str) -> None:
        """This node has pushed something."""
        with self._naming:
            self._named.add(node)
        self._nudged.set()

    def _loop(self) -> None:
        """Look at the nodes that pushed here, and now and then at all: other processes take pushes too, and an origin
        that was stopped may go on. A chain has thousands of stores, a push comes from one.
        """
        whole_at = self.hq.clock.monotonic_ms()
        while not self._stopping.is_set():
            self._nudged.clear()
            named, now = self._take_named(), self.hq.clock.monotonic_ms()
            whole = now >= whole_at
            try:
                self.drain_in_turn(None if whole else named)
            except DatabaseBusy:
                whole_at = now
                self._stopping.wait(BUSY_SECONDS)
                continue
            except Exception as error:  # noqa: BLE001 — the outermost loop of the thread
                log.error("ingest.failed", exc_info=error)
                whole_at = now
                self._stopping.wait(5.0)
            else:
                whole_at = now + LOOK_MS if whole else whole_at
            self._nudged.wait(max(0, whole_at - self.hq.clock.monotonic_ms()) / 1000)

    def _take_named(self) -> set[str]:
        with self._naming:
            named, self._named = self._named, set()
        return named


@contextmanager
def _no_collection() -> Iterator[None]:
    """A batch makes tens of thousands of rows and no garbage: walking the whole heap meanwhile costs a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def lock_applied(connection: Connection, facts: dict[str, Any]) -> int:
    """How far an origin was carried, locked until the transaction ends: two projectors never share a batch."""
    run(
        connection,
        "INSERT INTO applied (node, inc, seq, at) VALUES (:node, :inc, 0, :now) ON CONFLICT (node, inc) DO NOTHING",
        facts,
    )
    run(connection, "UPDATE applied SET at = :now WHERE node = :node AND inc = :inc", facts)
    return int(
        run(connection, "SELECT seq FROM applied WHERE node = :node AND inc = :inc", facts).scalar_one()
    )


BATCH_BYTES = 16 * 1024 * 1024
_SIZES = (
    "SELECT seq, length(body) FROM body WHERE node = :node AND inc = :inc AND seq > :after"
    " ORDER BY seq LIMIT :limit"
)
_BODIES = (
    "SELECT seq, recv_at, body FROM body WHERE node = :node AND inc = :inc AND seq BETWEEN :first AND :last"
    " ORDER BY seq"
)
_HASHES = "SELECT seq, bh FROM link WHERE node = :node AND inc = :inc AND seq BETWEEN :first AND :last"


def load_entries(connection: Connection, facts: dict[str, Any]) -> list[Entry]:
    """The next entries of an origin in order: at most `limit`, and 16 MiB of bodies; one alone may be larger.

    Reads of one range, and no join: in a month that has just begun PostgreSQL has no statistics of its partition,
    and read all bodies of the origin again for each link.
    """
    sizes = run(connection, _SIZES, facts).all()
    if not sizes:
        return []
    count = plan.cut([size for _, size in sizes], facts["limit"], BATCH_BYTES)
    span = facts | {"first": sizes[0][0], "last": sizes[count - 1][0]}
    bodies = run(connection, _BODIES, span).all()
    hashes = {seq: bytes(bh) for seq, bh in run(connection, _HASHES, span)}
    store = store_of(connection, facts["node"])
    return [
        read_entry(facts["node"], store, facts["inc"], seq, hashes[seq], recv_at, bytes(body))
        for seq, recv_at, body in bodies
        if seq in hashes
    ]


def store_of(connection: Connection, node: str) -> str:
    """The store that a node belongs to."""
    return str(run(connection, "SELECT store FROM node WHERE node = :node", {"node": node}).scalar_one())


def move_applied(connection: Connection, facts: dict[str, Any]) -> None:
    """Up to `seq` everything is booked, and handled or parked."""
    run(connection, "UPDATE applied SET seq = :seq WHERE node = :node AND inc = :inc", facts)


def projector_of(app: Flask) -> Projector:
    """The application's projector; the server starts its thread, a test runs it by hand."""
    found = app.extensions.get("lianpu_projector")
    if found is None:
        found = app.extensions.setdefault("lianpu_projector", Projector(app.extensions["lianpu_hq"]))
    projector: Projector = found
    return projector
