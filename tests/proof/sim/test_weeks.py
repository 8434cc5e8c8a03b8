"""Stores delete what is old and proven, and only that (U11)."""

from __future__ import annotations

from proof.sim.chance import seeded_system
from proof.sim.checks import check
from proof.sim.misfortunes import MISFORTUNES, Misfortune
from proof.sim.parties import sell
from proof.sim.plan import Strike, make_plan
from proof.sim.play import play
from proof.sim.timeline import START_MS
from proof.sim.world import World

MINUTE, DAY = 60_000, 86_400_000


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


def test_what_a_clock_ahead_has_dated_is_deleted_like_the_rest(tmp_path, monkeypatch):
    """The judge takes the day on which HQ had it, and finds nothing that is young."""
    made = []

    def years_ahead(_world, disk, _rng):
        disk.kill()
        disk.clock.offset_ms += 9_000 * DAY
        disk.boot()
        terminal = disk.terminals[0]
        made.append((disk, sell(disk.node, terminal=terminal, shift=disk.shift(terminal)).id))
        return True

    monkeypatch.setitem(MISFORTUNES, "clock_jump", Misfortune(MISFORTUNES["clock_jump"].odds, years_ahead))
    plan = make_plan(3, {}, stores=2)
    strikes = (
        Strike(0, START_MS + 3 * MINUTE, "clock_jump", "001"),
        Strike(1, START_MS + 8 * MINUTE, "closed_for_weeks", "001"),
    )

    with seeded_system(plan.seed):
        world = World(plan.only(strikes, frozenset()), tmp_path)
        try:
            report = check(play(world))
            left = [
                disk.node.db.value("SELECT count(*) FROM body WHERE id = ?", sold) for disk, *sold in made
            ]
        finally:
            world.close()

    assert report.violated == []
    assert left == [0]
