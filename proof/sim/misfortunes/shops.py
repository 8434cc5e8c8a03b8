"""The chain changes: a shop moves into another zone, one opens, one closes for good."""

from __future__ import annotations

import random

from kit.sql import run
from proof.sim import acts
from proof.sim.disks import Disk
from proof.sim.plan import STORES_MAX
from proof.sim.world import World


def zone_move(world: World, disk: Disk, _rng: random.Random) -> bool:
    """The store goes into the other zone, unless HQ ends before it has committed that."""
    if world.hq_down:
        return False
    zone = "B" if world.zones[disk.store] == "A" else "A"
    moved = world.at_hq(lambda: world.centre.move_store(disk.store, zone))
    world.zones[disk.store] = world.centre.zone_of(disk.store)
    return moved


def opened(world: World, _disk: Disk, _rng: random.Random) -> bool:
    """A new shop is enrolled and trades until the last day is over."""
    if world.hq_down or world.centre.fused or len(world.zones) >= STORES_MAX:
        return False
    disk = world.add_store()
    acts.schedule_store(world, disk.store)
    return True


def retired(world: World, _disk: Disk, rng: random.Random) -> bool:
    """A shop is closed at HQ and sells no more; what it has not sent yet still has to arrive."""
    trading = [disk for disk in world.disks if not disk.retired]
    if world.hq_down or world.centre.fused or len({disk.store for disk in trading}) < 2:
        return False
    store = rng.choice(trading).store
    for disk in world.disks:
        disk.retired = disk.retired or disk.store == store
    with world.centre.hq.db.write() as connection:
        run(connection, "UPDATE store SET open = 0 WHERE code = :store", {"store": store})
    return True
