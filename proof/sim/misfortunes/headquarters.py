"""HQ's own misfortunes: it is down, dies between two statements, is restored from a backup, pauses, is upgraded."""

from __future__ import annotations

import random

from hq.ingest import epoch
from proof.sim.disks import Disk
from proof.sim.fuse import burn_hq
from proof.sim.notes import note_restored
from proof.sim.world import World

MINUTE = 60_000
STATEMENTS_MAX = 120


def down(world: World, _disk: Disk, rng: random.Random) -> bool:
    """HQ is down for a while and comes back as another process on the same database."""
    if world.hq_down:
        return False
    world.hq_down = True

    def up() -> None:
        world.restart_hq()
        world.hq_down = False

    world.after(rng, 5_000, 2 * MINUTE, up)
    return True


def cut(world: World, _disk: Disk, rng: random.Random) -> bool:
    """HQ's power will fail at one of its next statements: in a push, a hello, a publication, in stage 2."""
    if world.hq_down or world.centre.fused:
        return False
    burn_hq(world.centre.hq.db, rng.randrange(1, STATEMENTS_MAX), lambda: world.hq_working)
    world.centre.fused = True
    return True


def restored(world: World, disk: Disk, rng: random.Random) -> bool:
    """HQ's disk dies; a backup is restored as it should be, with a new epoch."""
    return _older_copy(world, rng, raise_epoch=True)


def copied_back(world: World, disk: Disk, rng: random.Random) -> bool:
    """Somebody puts an older copy of HQ's file back and tells nobody: HQ has to find out from its own receipts."""
    return _older_copy(world, rng, raise_epoch=False)


def _older_copy(world: World, rng: random.Random, *, raise_epoch: bool) -> bool:
    if world.hq_down or world.centre.fused:
        return False
    backup = world.centre.backup(world.folder / f"hq-backup-{world.timeline.now_ms}")
    heard = len(world.record.pushes)

    def put_back() -> None:
        if world.healed or world.hq_down:
            return
        greatest = world.centre.hq.epoch
        world.centre.put_back(backup)
        world.set_registry(world.registry)
        if raise_epoch:
            with world.centre.hq.db.write() as connection:
                epoch.raised(world.centre.hq, connection, why="restored", subject=greatest)
        del world.record.pushes[heard:]
        world.find_stores()
        world.disaster()
        note_restored(world, world.centre, raised=raise_epoch)
        world.struck("hq_older")

    world.after(rng, 1 * MINUTE, 4 * MINUTE, put_back)
    return True


def projector_paused(world: World, _disk: Disk, rng: random.Random) -> bool:
    """Stage 2 stands still; pushes must not care."""
    world.projecting = False

    def go_on() -> None:
        world.projecting = True

    world.after(rng, 1 * MINUTE, 6 * MINUTE, go_on)
    return True


def upgrade(world: World, _disk: Disk, _rng: random.Random) -> bool:
    """HQ gets the program that knows every type."""
    if world.hq_down or world.centre.fused:
        return False
    world.late_handler()
    return True
