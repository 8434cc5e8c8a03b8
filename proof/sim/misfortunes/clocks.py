"""A shop's clock stands wrong: after a dead battery, or because somebody has set it."""

from __future__ import annotations

import random

from proof.sim.disks import Disk
from proof.sim.world import World

MINUTE_MS, DAY_MS = 60_000, 86_400_000


def jump_while_off(world: World, disk: Disk, rng: random.Random) -> bool:
    """The PC comes back with another date: days or years off."""
    disk.kill()
    disk.clock.offset_ms += rng.choice([-20_000, -2, 2, 400, 9_000]) * DAY_MS
    disk.boot()
    return True


def step_while_running(world: World, disk: Disk, rng: random.Random) -> bool:
    """The clock is set while the till is in use: minutes or hours."""
    disk.clock.offset_ms += rng.choice([-600, -61, -9, 3, 12, 90, 900]) * MINUTE_MS
    return True
