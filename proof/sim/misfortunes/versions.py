"""Programs of different versions: a store is updated before HQ, HQ before a store and back, one shares no version."""

from __future__ import annotations

import random

from proof.sim.disks import Disk
from proof.sim.versions import NEWER, STRANGE
from proof.sim.world import World
from schemas import wire

MINUTE = 60_000


def newer_store(world: World, disk: Disk, _rng: random.Random) -> bool:
    """The store's program is updated first, and stays."""
    if disk.protocols != wire.PROTOCOLS:
        return False
    disk.protocols = NEWER
    disk.restart()
    return True


def newer_hq(world: World, _disk: Disk, rng: random.Random) -> bool:
    """HQ's program is updated, and after some minutes somebody goes back to the old one, or nobody does."""
    if world.hq_down or world.centre.fused or world.centre.protocols == NEWER:
        return False
    world.centre.protocols = NEWER
    world.restart_hq()

    def back() -> None:
        if not world.hq_down and not world.centre.fused and not world.healed:
            world.centre.protocols = wire.PROTOCOLS
            world.restart_hq()
            world.struck("hq_went_back")

    if rng.random() < 0.7:
        world.after(rng, 1 * MINUTE, 5 * MINUTE, back)
    return True


def strange_store(world: World, disk: Disk, rng: random.Random) -> bool:
    """A program that shares no version with HQ runs for some minutes: it sells, and HQ's people hear of it."""
    if disk.protocols == STRANGE:
        return False
    before, disk.protocols = disk.protocols, STRANGE
    disk.restart()

    def mend() -> None:
        if disk.protocols == STRANGE:
            disk.protocols = before
            disk.restart()

    world.after(rng, 1 * MINUTE, 4 * MINUTE, lambda: disk.run(mend))
    return True
