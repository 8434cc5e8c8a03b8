"""The line: one shop's is dead, one direction is dead, all are dead, shops fall off and come back one by one."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from proof.sim.disks import Disk
from proof.sim.world import World

MINUTE = 60_000


def down(world: World, disk: Disk, rng: random.Random) -> bool:
    """The shop's line is dead for some minutes."""
    return _cut_off(world, [disk], rng, 6 * MINUTE)


def partition(world: World, _disk: Disk, rng: random.Random) -> bool:
    """Nobody reaches HQ; then everybody does at once."""
    return _cut_off(world, list(world.disks), rng, 4 * MINUTE)


def _cut_off(world: World, disks: list[Disk], rng: random.Random, longest_ms: int) -> bool:
    for disk in disks:
        _offline(disk)

    def heal() -> None:
        for disk in disks:
            _online(disk)

    world.after(rng, 1 * MINUTE, longest_ms, heal)
    return True


def deaf(world: World, disk: Disk, rng: random.Random) -> bool:
    """What the shop says arrives, what HQ answers does not."""
    disk.deaf = True

    def hears() -> None:
        disk.deaf = False

    world.after(rng, 1 * MINUTE, 4 * MINUTE, hears)
    return True


def swizzle(world: World, _disk: Disk, rng: random.Random) -> bool:
    """Shops fall off one after the other and come back in another order."""
    order = list(world.disks)
    rng.shuffle(order)
    for n, disk in enumerate(order):
        world.after(rng, n * 10_000, n * 10_000 + 5_000, partial(_falls_off, world, disk))
    rng.shuffle(order)
    backs: list[Callable[[], None]] = [partial(_online, disk) for disk in order]
    for n, back in enumerate(backs):
        world.after(rng, 2 * MINUTE + n * 15_000, 2 * MINUTE + n * 15_000 + 9_000, back)
    return True


def _falls_off(world: World, disk: Disk) -> None:
    if not world.healed:
        _offline(disk)


def _offline(disk: Disk) -> None:
    disk.offline = True


def _online(disk: Disk) -> None:
    disk.offline = False
