"""The chain is closed for weeks. Before that three backups were proven, so that stores may delete what is old."""

from __future__ import annotations

import random

from proof.sim import drawer, till
from proof.sim.disks import Disk
from proof.sim.world import World

DAY_MS = 86_400_000
WEEKS_MS = 36 * DAY_MS
BACKUPS = 3  # HQ promises nothing by fewer


def closed(world: World, _disk: Disk, _rng: random.Random) -> bool:
    """Every till makes its Z, HQ takes its backups, everything is switched off and comes back five weeks later."""
    if world.hq_down or world.centre.fused or any(disk.fused or disk.full for disk in world.disks):
        return False
    for disk in world.disks:
        _make_z(disk)
        till.make_z(world, disk)
    for _ in range(BACKUPS):
        if not world.at_hq(world.take_backup):
            return False
    world.record.weeks_closed += 1
    world.centre.hq.clock.offset_ms += WEEKS_MS  # type: ignore[attr-defined]
    world.restart_hq()
    for disk in world.disks:
        disk.kill()
        disk.clock.offset_ms += WEEKS_MS
        disk.boot()
        for terminal in disk.terminals:
            disk.open_shift(terminal)
    return True


def _make_z(disk: Disk) -> None:
    """A disk that lost its past cannot tell what is in its drawers: its shifts stay open at HQ."""
    for terminal in disk.terminals if disk.replacements == 0 else ():
        drawer.close_shift(disk.node, terminal, disk.shift(terminal), 0)
