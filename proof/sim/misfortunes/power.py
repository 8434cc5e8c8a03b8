"""Power fails in a shop: the process is killed, between two things or between two statements."""

from __future__ import annotations

import random

from proof.sim.disks import Disk
from proof.sim.fuse import burn
from proof.sim.notes import note_whole
from proof.sim.parties import sell
from proof.sim.stage import PowerCut
from proof.sim.world import World

STATEMENTS_MAX = 60


def crash(world: World, disk: Disk, _rng: random.Random) -> bool:
    """The process is killed between two things."""
    disk.restart()
    note_whole(world, disk)
    return True


def crash_before_witness(world: World, disk: Disk, rng: random.Random) -> bool:
    """Power fails after the commit: the sale is there, nobody was told."""
    if disk.full:
        return False

    def fail(_witnessed: object) -> None:
        raise PowerCut

    disk.node.journal.witness.write = fail  # type: ignore[method-assign, assignment]
    terminal = rng.choice(disk.terminals)
    met = disk.cuts

    def act() -> None:
        sell(disk.node, terminal=terminal, shift=disk.shift(terminal))

    disk.run(act)
    return disk.cuts > met


def power_cut(world: World, disk: Disk, rng: random.Random) -> bool:
    """Power will fail at one of the next statements, whoever runs it: a sale, a receipt, rows that come down."""
    if disk.fused:
        return False
    database = rng.choice([disk.node.db, disk.node.db, disk.node.reference.db])
    burn(database, rng.randrange(1, STATEMENTS_MAX), after=rng.random() < 0.5)
    disk.fused = True
    return True
