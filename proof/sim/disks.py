"""A store's disk with the node that runs on it: it can crash, be put back, be copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from edge.node import Node
from edge.syncing import identity as identities
from edge.syncing import outbox
from edge.syncing.running import Links, make_links
from proof.sim.network import Driver, Network
from proof.sim.parties import Sold, open_node, open_shift
from proof.sim.rot import Scrubs, is_rotten
from proof.sim.stage import PowerCut, Stage
from proof.sim.sticks import Errand, Stick
from proof.sim.timeline import PartyClock
from schemas import wire
from sync.transport import Transport

POLL_SECONDS = 20
CONFIG = {"poll_open_seconds": POLL_SECONDS, "journal_keep_days": 30}


@dataclass(frozen=True)
class Asked:
    """What the screen of a till has asked to be paid, and has no answer to yet; `goods` in thousandths by SKU."""

    basket: str
    version: int
    goods: dict[str, int]


@dataclass
class Disk:
    """One copy of a store's files. `promised` are the sales that a buyer was told are done and that survived
    here or at HQ; `held` are those that must be on this very disk; the stick has what is `mendable`."""

    stage: Stage
    network: Network
    name: str
    store: str
    home: Path
    clock: PartyClock
    promised: dict[str, Sold] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    terminals: tuple[str, ...] = ("01",)
    protocols: tuple[int, ...] = wire.PROTOCOLS
    offline: bool = False
    deaf: bool = False
    retired: bool = False
    fused: bool = False
    full: bool = False
    cursors: dict[str, tuple[str, int]] = field(default_factory=dict)
    in_force: frozenset[str] = frozenset()
    purged: dict[str, int] = field(default_factory=dict)
    rotten: set[str] = field(default_factory=set)
    mendable: set[str] = field(default_factory=set)
    rots: dict[str, Callable[[], None]] = field(default_factory=dict)
    replacements: int = 0
    cuts: int = 0
    asked: Asked | None = None
    survived: Callable[[Disk], None] = lambda _disk: None
    stick: Stick | None = None
    line: Callable[[], Transport] | None = None

    node: Node = field(init=False)
    links: Links = field(init=False)
    drivers: list[Driver] = field(init=False, default_factory=list)

    # -- life ------------------------------------------------------------------------------------------

    def boot(self, node: Node | None = None) -> None:
        """Start the node and both directions."""
        self.node = node or open_node(self.home, self.clock, **CONFIG)
        identity = identities.load(self.node.db)
        assert identity is not None
        rng = self.stage.stream(f"retry:{self.name}")
        self.links = make_links(
            self.node,
            identity,
            listens=False,
            uniform=lambda low, high: rng.uniform(low, high),
            wake_down=self._down,
            protocols=self.protocols,
        )
        self.node.scrubber = Scrubs(self.node, partial(self._scrub, self.node))
        if self.line is not None:
            self.node.scrubber.transport = Errand(self.stage, self.line())
        wrong = self.links.down.inbox.verify()
        self.links.down.inbox.forget(wrong)
        if self.stick is not None:
            assert self.line is not None
            self.stick.plug(self.node, self.line())
            self.mirror()
        self.drivers = [
            Driver(self.network, self, self.links.up, "up"),
            Driver(self.network, self, self.links.down, "down"),
        ]
        for driver in self.drivers:
            driver.poke()

    def _down(self) -> None:
        self.stage.timeline.after(1, lambda: self.drivers[1].poke())

    def _scrub(self, node: Node, work: Callable[[], None]) -> None:
        """The nodes' scrubs run between two of its other doings, as long as this process lives."""

        def run() -> None:
            if self.node is node:
                work()

        self.stage.timeline.after(1, lambda: self.run(run))

    def kill(self) -> None:
        """End the process: what was committed stays, everything in memory is gone."""
        self.fused = self.full = False
        for driver in self.drivers:
            driver.kill()
        self.node.close()

    def restart(self) -> None:
        """Kill and boot."""
        self.kill()
        self.boot()

    def run(self, action: Callable[[], None]) -> None:
        """Something that the node's process does; when power fails in the middle, the PC starts again."""
        try:
            action()
        except PowerCut:
            self.stage.struck("power_cut_met")
            self.cuts += 1
            self.restart()
            self.survived(self)

    def nudge(self) -> None:
        """The till has committed something."""
        self._rot("before")
        self.run(self.mirror)
        self._rot("after")
        self.drivers[0].poke()

    def _rot(self, the_mirror: str) -> None:
        """What was to rot before or after the mirror has looked, unless the process is about to end anyway."""
        if the_mirror in self.rots and not self.fused and not self.full:
            self.rots.pop(the_mirror)()

    def mirror(self) -> None:
        """One look of the mirror, of a store that has one; what has rotted is nothing that it could copy."""
        if self.stick is not None:
            rotten = {id_ for id_ in self.rotten if is_rotten(self.node, id_)}
            self.stick.look((self.promised.keys() & self.held) - rotten)

    # -- copies ----------------------------------------------------------------------------------------

    @property
    def witness(self) -> Path:
        """The witness stands beside the home."""
        return self.home.parent / f"{self.home.name}.witness"

    def copy_to(self, home: Path) -> None:
        """The files as they are now, witness included."""
        self.node.db.checkpoint()
        self.node.reference.db.checkpoint()
        shutil.copytree(self.home, home, ignore=shutil.ignore_patterns("*.lock", "ballast"))
        if self.witness.exists():
            shutil.copy(self.witness, home.parent / f"{home.name}.witness")

    def put_back(self, home: Path, *, witness_too: bool) -> None:
        """Replace the files by a copy; the witness is in it, or survived outside."""
        self.kill()
        shutil.rmtree(self.home)
        shutil.copytree(home, self.home)
        if witness_too:
            old = home.parent / f"{home.name}.witness"
            if old.exists():
                shutil.copy(old, self.witness)
        self.replacements += 1
        self.cursors.clear()
        self.purged.clear()
        self.in_force = frozenset()
        self.boot()

    # -- what is on it ---------------------------------------------------------------------------------

    def head(self) -> tuple[str, int]:
        """(incarnation, seq) of the newest link."""
        inc = self.node.journal.inc.inc
        return inc, int(self.node.db.value("SELECT max(seq) FROM link WHERE inc = ?", (inc,)) or 0)

    def shift(self, terminal: str) -> str:
        """The open shift of a terminal; when the last one was closed, or deleted, a new one is opened."""
        last = self.node.db.row(
            "SELECT shift, (SELECT count(*) FROM body c WHERE c.type = 'shift.closed' AND c.shift = b.shift) AS closed"
            " FROM body b WHERE type = 'shift.opened' AND shift LIKE ? ORDER BY rowid DESC LIMIT 1",
            (f"%:{terminal}:%",),
        )
        if last is not None and not last["closed"]:
            return str(last["shift"])
        return self.open_shift(terminal)

    def open_shift(self, terminal: str) -> str:
        """A new drawer at a terminal; no two disks ever give the same name."""
        name = f"{self.store}:{terminal}:{self.stage.stream('shifts').randrange(2**40):x}"
        open_shift(self.node, name, terminal=terminal)
        return name

    def at_rest(self) -> bool:
        """Nothing is unsent, nothing is under way, every row that HQ named has come."""
        resting = not any(driver.busy for driver in self.drivers)
        return resting and not self.links.down.machine.behind() and outbox.unsent(self.node.db).count == 0

    def bodies(self) -> dict[str, bytes]:
        """id → body hash of everything in the journal."""
        return {row["id"]: row["bh"] for row in self.node.db.rows("SELECT id, bh FROM body")}
