"""The world: two stores, HQ, a bad line, and a list of misfortunes that a seed chooses.

Real code on both ends: the store's journal and sync on real SQLite files, HQ's application on SQLite in memory.
Only time, the line and the misfortunes are made up. A simulated day is short: twenty minutes with some thirty
events, because what matters is the order of things and not the hours between them.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from hq.ingest.handlers import HANDLERS, Handler, Registry
from hq.ingest.model import Entry, Rows
from hq.ingest.projector import Projector
from proof.sim.disks import Disk
from proof.sim.network import Network, Rates
from proof.sim.notes import note_applied, note_push
from proof.sim.parties import Centre, a_centre, a_node, open_shift
from proof.sim.stage import Stage
from proof.sim.timeline import PartyClock
from schemas.events.sales import SaleCompleted
from sync.calls import Answer, Request

STORES = {"001": "A", "002": "B"}
POISON = "POISON"


class World(Stage):
    """One seed's stores and HQ. `proof.sim.play` plays it; the checks read what it left behind."""

    def __init__(self, seed: int, store_days: int = 2, folder: Path | None = None) -> None:
        super().__init__(seed)
        self.days = max(1, store_days // len(STORES))
        self.folder = Path(tempfile.mkdtemp(prefix="lianpu-sim-", dir=folder or _memory_folder()))
        self.network = Network(self, Rates(), self.hear, self.looked)
        self.centre: Centre = a_centre(self.folder / "hq", PartyClock(self.timeline), stores=STORES, url=None)
        self.set_registry(young_registry())
        self.zones = dict(STORES)
        self.disks: list[Disk] = []
        for store in STORES:
            self._add_store(store)

    # -- building --------------------------------------------------------------------------------------

    def _add_store(self, store: str) -> None:
        clock = PartyClock(self.timeline, int(self.rng.uniform(-90_000, 90_000)))
        disk = Disk(self, self.network, f"{store}/1", store, self.folder / store, clock)
        node = a_node(disk.home, self.centre, store, clock)
        self.disks.append(disk)
        disk.boot(node)
        open_shift(node, f"shift-{store}")

    def add_clone(self, disk: Disk) -> Disk:
        """A second disk with the same content."""
        n = len(self.disks)
        clock = PartyClock(self.timeline, disk.clock.offset_ms)
        home = self.folder / f"clone-{n}"
        clone = Disk(self, self.network, f"{disk.store}/{n + 1}", disk.store, home, clock)
        disk.copy_to(clone.home)
        clone.promised, clone.held = dict(disk.promised), set(disk.held)
        clone.replacements = disk.replacements = disk.replacements + 1
        self.disks.append(clone)
        clone.boot()
        return clone

    def set_registry(self, registry: Registry) -> None:
        """HQ runs another program version from now on."""
        self.registry = registry
        self.centre.app.extensions["lianpu_projector"] = Projector(self.centre.hq, registry)

    def late_handler(self) -> None:
        """The program that knows the missing type and survives the poison; it runs what was parked again."""
        if self.centre.projector.registry is not HANDLERS:
            self.set_registry(old_poison_cured())
            self.centre.projector.retry_improved()
            self.struck("late_handler")

    def restart_hq(self) -> None:
        """HQ's process ends and another one opens its database."""
        self.centre.restart()
        self.set_registry(self.registry)
        self.struck("hq_restart")

    # -- the line ----------------------------------------------------------------------------------------

    def hear(self, disk: Disk, request: Request, *, mangled: bool) -> Answer:
        """HQ takes a request; what it answers is checked against what it has."""
        before = self.stored() if mangled else ""
        answer = self.centre.transport().send(request)
        if mangled and request.path == "/push":
            self.record.broken.append((answer.status, before == self.stored()))
        if request.path == "/push" and not mangled:
            note_push(self, self.centre, disk, request, answer)
        return answer

    def looked(self, disk: Disk) -> None:
        """A disk has taken an answer: what it holds now is compared with what was published."""
        note_applied(self, disk)

    # -- looking ---------------------------------------------------------------------------------------

    def stored(self) -> str:
        """A fingerprint of everything that pushes may change at HQ."""
        return fingerprint_of(self.centre, LOG_TABLES)

    def close(self) -> None:
        """Give every file back."""
        for disk in self.disks:
            disk.kill()
        self.centre.close()
        shutil.rmtree(self.folder, ignore_errors=True)


LOG_TABLES = ("link", "body", "head_signature", "event_seen", "posting", "balance", "parked", "fork", "fork_evidence",
              "sale", "sale_line", "sale_tender", "stock_document", "till_note")  # fmt: skip


def fingerprint_of(centre: Centre, tables: tuple[str, ...]) -> str:
    """SHA-256 over the rows of tables, in the order of their content."""
    total = hashlib.sha256()
    for table in tables:
        for line in sorted(repr(tuple(row)) for row in centre.hq.db.rows(f"SELECT * FROM {table}")):
            total.update(line.encode())
    return total.hexdigest()


def young_registry() -> Registry:
    """HQ's first program: it does not know goods-in, and one product makes it stumble."""
    sale = HANDLERS["sale.completed"]

    def rows(entry: Entry, payload: SaleCompleted) -> Rows:
        if any(line.sku == POISON for line in payload.lines):
            raise KeyError(POISON)
        return sale.rows(entry, payload)

    known = {name: handler for name, handler in HANDLERS.items() if name != "stock.received"}
    return known | {"sale.completed": Handler(sale.version, rows, sale.payload)}


def old_poison_cured() -> Registry:
    """HQ's next program: every type known, the sale handler one version up."""
    sale = HANDLERS["sale.completed"]
    return {**HANDLERS, "sale.completed": Handler(sale.version + 1, sale.rows, sale.payload)}


def _memory_folder() -> str | None:
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() else None
