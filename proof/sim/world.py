"""The world: stores, their terminals, HQ, a bad line, and a plan of misfortunes.

Real code on both ends: the store's journal and sync and HQ's application, all on real SQLite files. Only time, the
line and the misfortunes are made up. A simulated day is short: twelve minutes with some thirty facts a store,
because what matters is the order of things and not the hours between them.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import msgspec

from hq.ingest.handlers import HANDLERS, Registry
from hq.ingest.projector import Projector
from proof import postgres
from proof.sim import books, versions
from proof.sim.disks import CONFIG, Disk
from proof.sim.network import Network, rates_of
from proof.sim.notes import note_applied, note_epoch, note_purged, note_push, note_told, note_whole
from proof.sim.parties import Centre, add_store
from proof.sim.plan import Plan, names
from proof.sim.programs import old_poison_cured, young_registry
from proof.sim.ready import a_ready_centre, a_ready_node, give_back
from proof.sim.stage import PowerCut, Stage
from proof.sim.sticks import Stick
from proof.sim.timeline import PartyClock
from sync.calls import Answer, Request
from sync.transport import InProcessTransport

ZONES = ("A", "B")
STICKS = 0.3  # so many stores have a mirror


class World(Stage):
    """One plan's stores and HQ. `proof.sim.play` plays it; the checks read what it left behind."""

    def __init__(self, plan: Plan, folder: Path | None = None, *, server: str = "") -> None:
        """`server` is the address of a PostgreSQL server on which HQ's database is made; else it is a file."""
        super().__init__(plan.seed)
        self.database = postgres.create(server) if server else None
        self.plan = plan
        self.folder = Path(tempfile.mkdtemp(prefix="lianpu-sim-", dir=folder or _memory_folder()))
        self.disks: list[Disk] = []
        try:
            self._build(plan)
        except BaseException:  # also when somebody ends the run: nobody else knows of the folder yet
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    # -- building --------------------------------------------------------------------------------------

    def _build(self, plan: Plan) -> None:
        self.network = Network(self, rates_of(plan.line), self.hear, self.looked)
        self.zones = {store: ZONES[n % 2] for n, store in enumerate(names(plan.stores))}
        self.terminals = tuple(f"{n + 1:02d}" for n in range(plan.terminals))
        self.centre: Centre = a_ready_centre(
            self.folder / "hq", PartyClock(self.timeline), stores=self.zones, url=self.database
        )
        self.set_registry(young_registry())
        note_epoch(self, self.centre)
        for store in self.zones:
            self._add_disk(store)

    def _add_disk(self, store: str) -> Disk:
        clock = PartyClock(self.timeline, int(self.stream("clocks").uniform(-90_000, 90_000)))
        disk = Disk(self, self.network, f"{store}/1", store, self.folder / store, clock)
        disk.terminals, disk.survived, disk.line = self.terminals, self._after_cut, self._line
        if self.stream(f"stick:{store}").random() < STICKS:
            disk.stick = Stick(self, self.folder / f"{store}.stick")
        node = a_ready_node(disk.home, self.centre, store, clock, **CONFIG)
        self.disks.append(disk)
        disk.boot(node)
        for terminal in self.terminals:
            disk.open_shift(terminal)
        return disk

    def _line(self) -> InProcessTransport:
        return self.centre.transport()

    def add_store(self) -> Disk:
        """One more shop is opened while the others trade."""
        store = f"{len(self.zones) + 1:03d}"
        self.zones[store] = ZONES[len(self.zones) % 2]
        with self.centre.hq.db.write() as connection:
            add_store(connection, store, self.zones[store])
        return self._add_disk(store)

    def add_clone(self, disk: Disk) -> Disk:
        """A second disk with the same content."""
        n = len(self.disks)
        clock = PartyClock(self.timeline, disk.clock.offset_ms)
        home = self.folder / f"clone-{n}"
        clone = Disk(self, self.network, f"{disk.store}/{n + 1}", disk.store, home, clock)
        clone.terminals, clone.survived, clone.line = disk.terminals, self._after_cut, self._line
        disk.copy_to(clone.home)
        clone.promised, clone.held, clone.rotten = dict(disk.promised), set(disk.held), set(disk.rotten)
        clone.replacements = disk.replacements = disk.replacements + 1
        self.disks.append(clone)
        clone.boot()
        return clone

    def disk_of(self, store: str) -> Disk:
        """The store's first disk."""
        return next(disk for disk in self.disks if disk.store == store)

    def _after_cut(self, disk: Disk) -> None:
        note_purged(self, self.centre, disk)
        note_whole(self, disk)

    # -- HQ --------------------------------------------------------------------------------------------

    def set_registry(self, registry: Registry) -> None:
        """HQ runs this program from now on; as at every start it tries again what it now knows better."""
        self.registry = registry
        self.centre.app.extensions["lianpu_projector"] = Projector(self.centre.hq, registry)
        self.centre.projector.retry_improved()

    def late_handler(self) -> None:
        """The program that knows the missing type and survives the poison; it runs what was parked again."""
        if self.registry.keys() != HANDLERS.keys():
            self.set_registry(old_poison_cured())
            self.struck("late_handler")

    def restart_hq(self) -> None:
        """HQ's process ends and another one opens its database."""
        self.centre.restart()
        self.set_registry(self.registry)
        self.struck("hq_restart")

    def take_backup(self) -> Path:
        """A proven backup; remembered is how far each log goes in it, as the database itself says."""
        rows = self.centre.hq.db.rows("SELECT node, inc, MAX(seq) FROM link GROUP BY node, inc")
        taken = self.centre.take_backup()
        self.record.backups.append({(row[0], row[1]): int(row[2]) for row in rows})
        return taken

    def release(self) -> None:
        """After a restore: the scopes go down again, under new versions."""
        self.centre.release()
        for scope, (version, rows) in self.centre.published().items():
            self.record.publish(scope, version, rows)

    def find_stores(self) -> None:
        """After an older copy of HQ: shops that it does not know are entered again, each is in the zone it says."""
        with self.centre.hq.db.write() as connection:
            for store, zone in self.zones.items():
                add_store(connection, store, zone)
        self.zones = {store: self.centre.zone_of(store) for store in self.zones}

    def at_hq(self, action: Callable[[], object]) -> bool:
        """Something that HQ's process does; false when it ended in the middle and was started again."""
        self.hq_working = True
        try:
            action()
        except PowerCut:
            self.struck("hq_cut_met")
            self.hq_working = False
            self.restart_hq()
            return False
        finally:
            self.hq_working = False
        return True

    def disaster(self) -> None:
        """A disk or HQ was replaced by an older copy: a promise holds for what is left anywhere."""
        left = ids_at_hq(self.centre).union(*(disk.bodies() for disk in self.disks))
        left |= {id_ for disk in self.disks if disk.stick is not None for id_ in disk.stick.safe}
        for disk in self.disks:
            disk.promised = {id_: sold for id_, sold in disk.promised.items() if id_ in left}

    # -- the line ----------------------------------------------------------------------------------------

    def hear(self, disk: Disk, request: Request, *, mangled: bool) -> Answer | None:
        """HQ takes a request; what it answers is checked against what it has. None: HQ died over it."""
        looked_at = mangled and request.path == "/push"
        before = self.stored() if looked_at else ""
        request = request if mangled else versions.asked(self, disk, request)
        answers: list[Answer] = []
        if not self.at_hq(lambda: answers.append(self.centre.transport().send(request))):
            return None
        answer = versions.answered(self, request, answers[0])
        if request.path == "/hello":
            note_epoch(self, self.centre)
        self.saw(request.path.encode(), answer.status.to_bytes(2, "big"), answer.body)
        if looked_at:
            self.record.broken.append((answer.status, before == self.stored()))
        if request.path.startswith("/snapshot/") and answer.status == 206:
            self._note_stale(request)
        if not mangled:
            versions.note(self, disk, request, answer)
        if request.path == "/push" and not mangled:
            note_push(self, self.centre, disk, request, answer)
        if request.path == "/telemetry" and not mangled:
            note_told(self, disk, answer)
        return answer

    def _note_stale(self, request: Request) -> None:
        """A chunk of a snapshot that HQ has left behind meanwhile."""
        scope, version = request.path.removeprefix("/snapshot/").split("?version=")
        newest = self.centre.hq.db.value(
            "SELECT version FROM scope WHERE scope = :scope", {"scope": unquote(scope)}
        )
        if int(version) < (newest or 0):
            self.struck("snapshot_stale")

    def looked(self, disk: Disk) -> None:
        """A disk has taken an answer: what it holds now is compared with what was published."""
        note_applied(self, disk)
        note_purged(self, self.centre, disk)

    # -- looking ---------------------------------------------------------------------------------------

    def stored(self) -> str:
        """A fingerprint of everything that pushes may change at HQ."""
        return fingerprint_of(self.centre, LOG_TABLES)

    def close(self) -> None:
        """Give every file back."""
        for disk in self.disks:
            disk.kill()
        give_back(self.centre)
        if self.database is not None:
            postgres.drop(self.database)
        shutil.rmtree(self.folder, ignore_errors=True)


LOG_TABLES = ("link", "body", "head_signature", "event_seen", "posting", "balance", "parked", "fork", "fork_evidence",
              "sale", "sale_line", "sale_tender", "stock_document", "till_note")  # fmt: skip


def fingerprint_of(centre: Centre, tables: tuple[str, ...], leave_out: frozenset[str] = frozenset()) -> str:
    """SHA-256 over the rows of tables, in the order of their content, without some columns."""
    total = hashlib.sha256()
    with centre.hq.db.read() as connection:
        for table in tables:
            names, rows = books.plain_rows(connection, table)
            kept = [n for n, name in enumerate(names) if name not in leave_out]
            for line in sorted(repr([row[n] for n in kept]) for row in rows):
                total.update(line.encode())
    return total.hexdigest()


def ids_at_hq(centre: Centre) -> set[str]:
    """Events that HQ has in its log, applied or not."""
    rows = centre.hq.db.rows("SELECT body FROM body")
    return {msgspec.json.decode(bytes(row[0]))["id"] for row in rows}


def _memory_folder() -> str | None:
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() else None
