"""The running store node: opens what it owns, in order, and gives it back.

    files → keys → databases (migrated) → journal (witness compared) → reference → people → spool → devices → sync

`LIANPU_HOME` holds databases, keys and spool; the witness lies outside it (SYNC §2).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from edge.bus import LOOK_AGAIN, Bus
from edge.clock import STEP_MS, BusinessClock, Step
from edge.devices import chips, scans
from edge.devices.keeper import Devices
from edge.journal.actions import HEALED, Journal, finding
from edge.journal.disk import DiskGuard
from edge.journal.draft import Draft
from edge.journal.repository import set_meta
from edge.journal.witness import Witness, Witnessed
from edge.people.actions import People
from edge.people.throttle import Throttle
from edge.reference.cache import Reference
from edge.scrub.keeper import Scrubber
from edge.scrub.salvage import finish as finish_salvage
from edge.shifts.actions import continue_shifts
from edge.spool import messages
from edge.spool.runner import Spool
from edge.till.going_on import continue_baskets
from edge.till.patterns import Patterns
from edge.till.screens import Screens
from kit.clock import SystemClock
from kit.context import SYSTEM, Actor, Context
from kit.crypto import SigningKey, Wrapper, random_bytes, write_secret
from kit.db import (
    ENGINE_VERSION,
    GARBLED,
    Connection,
    Database,
    DatabaseDamaged,
    OperationalError,
    migrate,
)
from kit.files import make_folder
from kit.i18n import Catalogue
from kit.logs import logger
from retail.clock import Clock
from retail.errors import Invalid, Misconfigured, Unavailable
from schemas.config.edge import EdgeConfig
from schemas.events.base import decode
from schemas.events.node import ClockCorrected, NodeEnrolled, NodeReincarnated

log = logger("lianpu.node")
VERSION = "0.1.0"
FULL = "disk is full"  # the engine's words: no damage
HEARD = "bundle_at"  # the time of the last stick that was taken

HERE = Path(__file__).resolve().parent
SQL = HERE.parent / "schemas" / "sql"


class Node:
    """One store's node. Starts no thread by itself: `edge.wsgi` starts devices, jobs and sync.

    Raises `DatabaseDamaged` when it comes upon damage before anything is sold.
    """

    def __init__(
        self, home: Path, config: EdgeConfig | None = None, machine_clock: Clock | None = None
    ) -> None:
        self.home = home
        self.config = config or EdgeConfig()
        make_folder(home, mode=0o700)
        finish_salvage(home)
        with _trouble_named(home), ExitStack() as opened:
            self.db = open_database(home / "node.sqlite", "edge")
            opened.callback(self.db.close)
            reference = open_database(home / "reference.sqlite", "reference")
            opened.callback(reference.close)
            self.reference = Reference(reference, self._stored("store"))
            self._open(machine_clock or SystemClock())
            opened.pop_all()

    def _open(self, machine: Clock) -> None:
        """Everything behind the databases, in order."""
        home = self.home
        floor_ms, leap = newest_time(self.db)
        self.clock = BusinessClock(machine, floor_ms, int(self._stored(HEARD) or 0))
        if leap is not None and machine.now_ms() >= leap.after_ms:
            self.clock.distrust(leap.before_ms)
        self.key = SigningKey.load_or_create(home / "keys" / "device.key")
        self.disk = DiskGuard(home, self.config.ballast_mb << 20, self.config.disk_min_mb << 20)
        self.disk.prepare()
        self.journal = Journal(self.db, self.key, Witness(self.witness_path()), self.disk)
        self.people = People(
            self.reference, Throttle(self.journal, self.clock.monotonic_ms()), Wrapper(_device_secret(home))
        )
        self.texts = Catalogue(HERE / "i18n")
        self.bus = Bus()
        self.screens = Screens(self)
        self.patterns = Patterns()
        self.started_at = machine.now_ms()
        self.control_token = ""
        self._touched: dict[str, int] = {}
        self.mirror: Any = None  # edge.mirror.keeper, once the server makes it
        self.nudge: Callable[[], None] = lambda: None  # sync, once it runs
        self.devices = Devices(self)
        self.devices.on_scan(lambda terminal, scan: scans.apply(self, terminal, scan))
        self.spool = Spool(self)
        self.scrubber = Scrubber(self)
        self.chip_sources: dict[str, Callable[[str], dict[str, Any]]] = {
            "printer": lambda terminal: messages.chip(self, terminal),
            "scanner": lambda terminal: chips.scanner(self, terminal),
        }
        self.journal.on_commit(self._after_commit)
        self.journal.on_reborn(continue_shifts)
        self.journal.on_reborn(continue_baskets)
        self.reference.on_change(lambda: self.bus.publish("state", LOOK_AGAIN))
        self.heal()

    # -- identity --------------------------------------------------------------------------------------

    @property
    def store(self) -> str:
        """The store's code, which is also the node's; empty before enrolment."""
        return self.reference.store

    @property
    def enrolled(self) -> bool:
        """Has HQ given this node its store?"""
        return bool(self.store)

    def _stored(self, name: str) -> str:
        return str(self.db.value("SELECT value FROM meta WHERE name = ?", (name,), ""))

    def witness_path(self) -> Path:
        """Outside `home`, named after it, unless the configuration says where."""
        if self.config.witness:
            return Path(self.config.witness)
        base = os.environ.get("LIANPU_WITNESS_DIR")
        folder = Path(base) if base else self.home.resolve().parent / "lianpu-witness"
        return folder / f"{self.home.resolve().name}.witness"

    def context(self, actor: Actor = SYSTEM, device: str = "") -> Context:
        """A context for work that no request asked for."""
        return Context(app=self, clock=self.clock, actor=actor, device=device, trace=random_bytes(8).hex())

    def become(self, store: str, keep: Callable[[Connection], None] = lambda tx: None) -> None:
        """Take the identity that HQ gave at enrolment: what is to be kept of it, first incarnation and first event in
        one transaction. Raises `Unavailable("disk.full")` or `Unavailable("disk.failing")`.
        """
        fact = NodeEnrolled(store=store, app_version=VERSION, engine_version=ENGINE_VERSION)
        try:
            with self.journal.writing() as tx:
                keep(tx)
                set_meta(tx, "store", store)
                self.journal.mint(tx, store, "enrolment", self.clock.now_ms())
                self.journal.state(tx, self.context(), fact)
        except OperationalError as error:
            raise self.journal.storage_trouble(error)
        self.reference.store = store
        self.reference.changed()
        self.journal.bear_witness()

    # -- screens ---------------------------------------------------------------------------------------

    def touch(self, terminal: str) -> None:
        """Somebody used this terminal just now."""
        self._touched[terminal] = self.clock.monotonic_ms()

    def idle_too_long(self, terminal: str) -> bool:
        """Has nobody used it for the chain's auto-lock time?"""
        chain = self.reference.settings.chain
        minutes = chain.auto_lock_minutes if chain else 10
        now = self.clock.monotonic_ms()
        return now - self._touched.setdefault(terminal, now) > minutes * 60_000

    def chips(self, terminal: str) -> dict[str, Any]:
        """The state chips of a till screen: each source (sync, spool, scanner) answers for itself."""
        return {name: source(terminal) for name, source in self.chip_sources.items()}

    # -- care ------------------------------------------------------------------------------------------

    def heal(self) -> None:
        """A database that is older than its witness starts a new incarnation before the first sale (SYNC §2).

        A witness that is older, or gone, learns what the database has: power may have failed between the two.
        """
        seen = self.journal.behind_witness()
        if seen is None:
            if self.enrolled:
                self.journal.bear_witness()
            return
        log.error("node.rolled_back", witnessed_seq=seen.seq, inc=seen.inc)
        try:
            self._begin_behind(seen)
        except Unavailable as trouble:  # a full disk, which has given the ballast up
            if not trouble.facts.get("ballast_released"):
                raise
            self._begin_behind(seen)
        self.journal.bear_witness()

    def _begin_behind(self, seen: Witnessed) -> None:
        """The new incarnation of `heal`; raises `Unavailable("disk.full")`."""
        before = self.journal.head
        fact = NodeReincarnated(
            reason="rollback", parent_inc=before.inc, parent_seq=before.seq, last_numbers=seen.numbers
        )
        try:
            with self.journal.writing() as tx:
                self.journal.begin_anew(tx, self.context(), fact)
                set_meta(tx, HEALED, finding(seen))
        except OperationalError as error:
            raise self.journal.storage_trouble(error)

    def watch_clock(self) -> None:
        """A leap of the PC's clock is an event (SYNC §9)."""
        step = self.clock.look()
        if step is not None and self.enrolled:
            self._correct(step)

    def hear_stick(self, at_ms: int) -> None:
        """HQ wrote a stick at this time; a step of more than ten minutes by its word is an event."""
        before = self.clock.now_ms()
        step = self.clock.hear(at_ms)
        if abs(step) > STEP_MS and self.enrolled:
            self._correct(Step(before, before + step, "hq"))

    def _correct(self, step: Step) -> None:
        fact = ClockCorrected(before_ms=step.before_ms, after_ms=step.after_ms, source=step.source)
        with self.journal.changing(self.context()) as draft:
            draft.event(fact)
            draft.audit("clock.corrected", f"node:{self.store}", step_ms=step.after_ms - step.before_ms)

    def _after_commit(self, draft: Draft) -> None:
        if draft.recorded:
            self.clock.rise(draft.at)
        self.screens.tell(draft)

    def close(self) -> None:
        """Give everything back; a node that is killed instead loses nothing."""
        self.bus.close()
        self.journal.witness.flush()
        self.journal.witness.close()
        self.reference.db.close()
        self.db.close()


@contextmanager
def _trouble_named(home: Path) -> Iterator[None]:
    """What a start cannot read or write is refused in words, like a file that the engine does not open."""
    try:
        yield
    except GARBLED as error:
        refused = Misconfigured if FULL in str(error) else DatabaseDamaged
        raise refused([f"{home}: {error}"]) from error
    except OSError as error:  # a key that has no room, for instance
        raise Misconfigured([f"{home}: {error}"]) from error


def open_database(path: Path, schema: str) -> Database:
    """Open and migrate one of the node's two files."""
    database = Database(path)
    try:
        migrate(database, SQL / schema, schema)
    except BaseException:
        database.close()
        raise
    return database


def newest_time(db: Database) -> tuple[int, ClockCorrected | None]:
    """The newest journal time that is not suspect: business time never starts below it (SYNC §9).

    After a correction only what was written behind it counts. After a leap forward of the PC's own clock nothing
    behind it does: that leap is the second answer.
    """
    row = db.row(
        "SELECT rowid, body FROM body WHERE day IS NULL AND type = 'clock.corrected' ORDER BY rowid DESC LIMIT 1"
    )
    step = None if row is None else _correction(row["body"])
    if step is not None and step.source == "machine" and step.after_ms > step.before_ms:
        return step.before_ms, step
    newest = db.value(
        "SELECT max(at) FROM (SELECT at FROM body WHERE rowid >= ? AND replayed = 0 ORDER BY rowid DESC LIMIT 1000)",
        (0 if row is None else row["rowid"],),
    )
    return int(newest or 0), None


def _correction(body: bytes) -> ClockCorrected | None:
    """What it says; None when the disk has damaged it: a shop opens all the same, and a scrub mends it."""
    try:
        return msgspec.convert(decode(body).p, ClockCorrected)
    except (Invalid, msgspec.ValidationError) as error:
        log.error("node.correction_damaged", why=str(error))
        return None


def _device_secret(home: Path) -> bytes:
    path = home / "keys" / "device.secret"
    if not path.exists():
        write_secret(path, random_bytes(32))
    return path.read_bytes()
