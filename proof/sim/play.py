"""How a world is played: days of trade and misfortune, then a quiet time in which everything must come right."""

from __future__ import annotations

from functools import partial

from proof.sim import acts
from proof.sim.network import QUIET
from proof.sim.notes import note_order
from proof.sim.timeline import START_MS
from proof.sim.world import World

DAY_MS = 20 * 60_000
HEAL_MS = 6 * 60_000
LOOK_AT_ORDER = 0.1


def play(world: World) -> World:
    """All days, then the healing; returns the world for its checks."""
    end = START_MS + world.days * DAY_MS
    acts.schedule(world, end)
    world.timeline.after(500, partial(_project, world))
    world.timeline.run_until(end)
    _heal(world)
    return world


def _heal(world: World) -> None:
    """The line is good, HQ is up and knows every type, nobody crashes any more."""
    world.healed = True
    world.network.rates = QUIET
    world.hq_down, world.projecting = False, True
    for disk in world.disks:
        disk.offline = False
    note_order(world, world.centre)
    world.late_handler()
    for part in range(5):
        world.timeline.run_until(world.timeline.now_ms + HEAL_MS // 5)
        if part == 3:
            world.centre.projector.drain()
    world.centre.projector.drain()


def _project(world: World) -> None:
    if world.projecting and not world.hq_down:
        world.centre.projector.run_once(batch=int(world.rng.uniform(1, 60)))
        if world.rng.random() < LOOK_AT_ORDER:
            note_order(world, world.centre)
    world.timeline.after(int(world.rng.uniform(300, 6_000)), partial(_project, world))
