"""Every misfortune by its name: how often it strikes, whom, and what it does."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from proof.sim.disks import Disk
from proof.sim.misfortunes import clocks, headquarters, line, media, power, shops, versions, weeks
from proof.sim.plan import Odds, Strike
from proof.sim.world import World

Action = Callable[[World, Disk, random.Random], bool]


@dataclass(frozen=True)
class Misfortune:
    """`action` returns whether it really struck."""

    odds: Odds
    action: Action


def _each(chance: float, action: Action) -> Misfortune:
    return Misfortune(Odds(chance), action)


def _wide(chance: float, action: Action) -> Misfortune:
    return Misfortune(Odds(chance, wide=True), action)


MISFORTUNES: dict[str, Misfortune] = {
    "crash": _each(0.4, power.crash),
    "crash_before_witness": _each(0.3, power.crash_before_witness),
    "power_cut": _each(1.0, power.power_cut),
    "restore": _each(0.25, media.restore),
    "clone": _each(0.12, media.clone),
    "disk_full": _each(0.35, media.disk_full),
    "rows_damaged": _each(0.2, media.rows_damaged),
    "clock_jump": _each(0.3, clocks.jump_while_off),
    "clock_step": _each(0.3, clocks.step_while_running),
    "line_down": _each(0.3, line.down),
    "deaf": _each(0.3, line.deaf),
    "partition": _wide(0.25, line.partition),
    "swizzle": _wide(0.2, line.swizzle),
    "hq_down": _wide(0.3, headquarters.down),
    "hq_cut": _wide(0.7, headquarters.cut),
    "hq_restored": _wide(0.25, headquarters.restored),
    "hq_copied_back": _wide(0.15, headquarters.copied_back),
    "projector_paused": _wide(0.3, headquarters.projector_paused),
    "upgrade": _wide(0.3, headquarters.upgrade),
    "zone_move": _each(0.2, shops.zone_move),
    "store_opened": _wide(0.15, shops.opened),
    "store_retired": _wide(0.15, shops.retired),
    "left_behind": _each(0.2, media.left_behind),
    "newer_store": _each(0.15, versions.newer_store),
    "newer_hq": _wide(0.25, versions.newer_hq),
    "strange_store": _each(0.1, versions.strange_store),
    "record_rots": _each(0.2, media.record_rots),
    "closed_for_weeks": _wide(0.1, weeks.closed),
}
ODDS = {name: misfortune.odds for name, misfortune in MISFORTUNES.items()}


def strike(world: World, one: Strike) -> None:
    """Let it happen, and count it when it did; a fuse that was lit before may end the store's process in it."""
    action, disk = MISFORTUNES[one.fault].action, world.disk_of(one.store)

    def act() -> None:
        if action(world, disk, world.stream(f"strike:{one.number}")):
            world.struck(one.fault)

    disk.run(act)
