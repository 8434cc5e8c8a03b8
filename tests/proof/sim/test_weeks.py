"""Stores delete what is old and proven, and only that (U11)."""

from __future__ import annotations

from proof.sim.chance import seeded_system
from proof.sim.checks import check
from proof.sim.plan import Strike, make_plan
from proof.sim.play import play
from proof.sim.timeline import START_MS
from proof.sim.world import World

MINUTE = 60_000


def test_after_five_weeks_stores_delete_what_three_backups_have(tmp_path):
    plan = make_plan(3, {}, stores=2)
    closed = Strike(0, START_MS + 8 * MINUTE, "closed_for_weeks", "001")

    with seeded_system(plan.seed):
        world = World(plan.only((closed,), frozenset()), tmp_path)
        try:
            report = check(play(world))
            deleted = [sum(disk.purged.values()) for disk in world.disks]
        finally:
            world.close()

    assert report.violated == []
    assert report.evaluated["U11"] > 0
    assert all(count > 10 for count in deleted), deleted
