"""What happens to a shop's disk: an older copy is put back, it is cloned, it is full, a page rots."""

from __future__ import annotations

import random

from proof.sim.acts import publish
from proof.sim.disks import Disk
from proof.sim.rot import flipped
from proof.sim.world import World, ids_at_hq

MINUTE = 60_000


def restore(world: World, disk: Disk, rng: random.Random) -> bool:
    """The disk dies and an older copy takes its place, the witness with it or not."""
    home = world.folder / f"backup-{disk.home.name}-{world.timeline.now_ms}"
    disk.copy_to(home)
    kept, held, then = dict(disk.promised), set(disk.held), disk.head()

    def put_back() -> None:
        if world.healed:
            return
        known = ids_at_hq(world.centre) | (disk.stick.safe if disk.stick is not None else set())
        witness_too, now = rng.random() < 0.5, disk.head()
        disk.held = held
        disk.put_back(home, witness_too=witness_too)
        if not witness_too and now != then:
            note_behind(world, disk, then)
        disk.promised = kept | {id_: sold for id_, sold in disk.promised.items() if id_ in known}
        world.disaster()
        world.struck("restored")

    world.after(rng, 1 * MINUTE, 5 * MINUTE, put_back)
    return True


def note_behind(world: World, disk: Disk, copy: tuple[str, int]) -> None:
    """I2: the witness has seen more than this copy, so nothing may be appended to where the copy stood."""
    behind = disk.head()[0] == copy[0]
    world.record.note(
        "I2", f"{disk.name}: goes on under {copy[0]}, which its witness knows better" if behind else None
    )


def clone(world: World, disk: Disk, _rng: random.Random) -> bool:
    """Somebody copies the disk and runs both."""
    if any(other.store == disk.store and other is not disk for other in world.disks):
        return False
    world.add_clone(disk)
    return True


def disk_full(world: World, disk: Disk, rng: random.Random) -> bool:
    """Not one page more fits into one of the store's files for some minutes: the sales' or the prices'."""
    if disk.full or disk.fused:
        return False
    database = rng.choice([disk.node.db, disk.node.reference.db])
    pages = database.writer.execute("PRAGMA page_count").fetchone()[0]
    database.writer.execute(f"PRAGMA max_page_count = {pages}")
    disk.full = True

    def room() -> None:
        if disk.full and database in (disk.node.db, disk.node.reference.db):
            database.writer.execute("PRAGMA max_page_count = 4294967294")
            disk.full = False

    world.after(rng, 1 * MINUTE, 4 * MINUTE, room)
    return True


def left_behind(world: World, disk: Disk, rng: random.Random) -> bool:
    """The same, and while the snapshot is on its way HQ goes on publishing."""
    if not _rot(disk, "scope = 'chain'"):
        return False

    def go_on() -> None:
        if not world.healed:
            publish(world, rng)

    for _ in range(6):
        world.after(rng, 1_000, 30_000, go_on)
    return True


def rows_damaged(world: World, disk: Disk, _rng: random.Random) -> bool:
    """A row of reference.sqlite rots, or all of a scope; the next start finds it, and mends buckets or loads all."""
    one = "(scope, kind, key) IN (SELECT scope, kind, key FROM row ORDER BY key DESC LIMIT 1)"
    return _rot(disk, one if world.timeline.now_ms % 2 else "scope = 'chain'")


def record_rots(world: World, disk: Disk, rng: random.Random) -> bool:
    """A bit flips in a record that the till has just written, before or after its mirror has it; a scrub follows.

    It mends the record from mirror or HQ; when neither has it, the log goes on past it.
    """
    if disk.rots:
        return False
    before_mirror, bit = rng.random() < 0.7, rng.choice((0x01, 0x80))

    def rot() -> None:
        newest = disk.node.db.rows("SELECT id FROM body WHERE replayed = 0 ORDER BY rowid DESC LIMIT 3")
        id_ = rng.choice(newest)["id"]
        flipped(disk.node, id_, bit)
        disk.rotten.add(id_)
        if disk.stick is not None and id_ in disk.stick.safe:
            disk.mendable.add(id_)
        world.after(rng, 10_000, 3 * MINUTE, scrub)

    def scrub() -> None:
        disk.node.scrubber.begin(repair=True)

    disk.rots["before" if before_mirror else "after"] = rot
    return True


def _rot(disk: Disk, where: str) -> bool:
    if disk.fused:
        return False
    with disk.node.reference.db.write() as tx:
        done = tx.execute(f"UPDATE row SET bytes = CAST(bytes || ' ' AS BLOB) WHERE {where}").rowcount
    disk.restart()
    return done > 0
