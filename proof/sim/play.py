"""How a world is played: days of trade and misfortune, then a quiet time in which everything must come right."""

from __future__ import annotations

from functools import partial

from proof.sim import acts
from proof.sim.misfortunes import strike
from proof.sim.network import QUIET
from proof.sim.notes import note_order
from proof.sim.versions import STRANGE
from proof.sim.world import World
from schemas import wire

HEAL_MS = 8 * 60_000
LOOK_MS = 20_000
QUIET_LOOKS = 4  # so many in a row: every node has greeted HQ since the last thing happened
LOOK_AT_ORDER = 0.1


def play(world: World) -> World:
    """All days, then the healing; returns the world for its checks."""
    acts.schedule(world)
    for one in world.plan.strikes:
        world.timeline.at(one.at_ms, partial(strike, world, one))
    world.timeline.after(500, partial(_project, world))
    world.timeline.run_until(world.plan.end_ms)
    _heal(world)
    return world


def _heal(world: World) -> None:
    """The line is good, HQ is up and knows every type, disks have room, nobody crashes any more."""
    world.healed = True
    world.network.rates = QUIET
    world.hq_down, world.projecting = False, True
    for disk in world.disks:
        disk.offline = disk.deaf = False
        strange = disk.protocols == STRANGE
        if strange:
            disk.protocols = wire.PROTOCOLS
        if disk.fused or disk.full or strange:
            disk.restart()
        if disk.rotten:
            disk.node.scrubber.begin(repair=True)  # that night
    world.centre.restart()
    world.set_registry(world.registry)
    world.release()
    note_order(world, world.centre)
    world.late_handler()
    quiet = 0
    for _ in range(HEAL_MS // LOOK_MS):
        world.timeline.run_until(world.timeline.now_ms + LOOK_MS)
        for disk in world.disks:
            disk.run(disk.mirror)
        world.centre.projector.drain()
        quiet = quiet + 1 if all(disk.at_rest() for disk in world.disks) else 0
        if quiet == QUIET_LOOKS:
            return


def _project(world: World) -> None:
    rng = world.stream("project")
    if world.projecting and not world.hq_down:
        world.at_hq(lambda: world.centre.projector.run_once(batch=int(rng.uniform(1, 60))))
        if rng.random() < LOOK_AT_ORDER:
            note_order(world, world.centre)
    world.timeline.after(int(rng.uniform(300, 6_000)), partial(_project, world))
