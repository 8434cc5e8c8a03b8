"""HQ's own misfortunes: it is down, dies between two statements, is restored from a backup, pauses, is upgraded."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

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


def restored(world: World, _disk: Disk, rng: random.Random) -> bool:
    """HQ's disk dies; a backup is restored as `lianpu-hq restore` does it. Prices wait until somebody releases them."""
    if not _quiet(world):
        return False
    files: list[Path] = []
    if not world.at_hq(lambda: files.append(world.take_backup())):
        return False

    def release() -> None:
        if world.hq_down or world.centre.fused:
            world.after(rng, 10_000, 20_000, release)
            return
        world.release()

    def put_back() -> None:
        world.centre.restore(files[0])
        world.after(rng, 20_000, 2 * MINUTE, release)

    _later(world, rng, put_back, raised=True)
    return True


def copied_back(world: World, _disk: Disk, rng: random.Random) -> bool:
    """Somebody puts an older copy of HQ's file back and tells nobody: HQ has to find out from its own receipts."""
    if not _quiet(world):
        return False
    backup = world.centre.backup(world.folder / f"hq-backup-{world.timeline.now_ms}")
    _later(world, rng, lambda: world.centre.put_back(backup), raised=False)
    return True


def _quiet(world: World) -> bool:
    return not world.hq_down and not world.centre.fused


def _later(world: World, rng: random.Random, put_back: Callable[[], None], *, raised: bool) -> None:
    heard, weeks = list(world.record.pushes), world.record.weeks_closed

    def strike() -> None:
        if world.healed or not _quiet(world) or weeks != world.record.weeks_closed:
            return  # nobody puts back a copy of before the holidays: what was deleted since would be lost
        put_back()
        world.centre.read_rows()
        world.set_registry(world.registry)
        world.record.pushes[:] = heard
        world.find_stores()
        world.disaster()
        note_restored(world, world.centre, raised=raised)
        world.struck("hq_older")

    world.after(rng, 1 * MINUTE, 4 * MINUTE, strike)


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
