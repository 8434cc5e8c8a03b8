"""What happens on a day: sales and other facts, publications, and the misfortunes that the seed chose."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from proof.sim import drawer
from proof.sim.disks import Disk, PowerCut
from proof.sim.parties import CASHIER, DAY, open_shift, sell, text
from proof.sim.world import World
from retail.postings import Posting, for_goods_in
from schemas.events.node import ClockCorrected
from schemas.events.stock import StockLine, StockReceived
from schemas.rows.catalogue import PriceRow

ACTS_PER_DAY = 30
PUBLISH_PER_DAY = 10
SKUS = ("A", "B", "C", "D")
MINUTE = 60_000


def schedule(world: World, end_ms: int) -> None:
    """Everything that will be done until `end_ms`, at times that the seed chooses."""
    rng, timeline = world.rng, world.timeline
    span = end_ms - timeline.now_ms
    for disk in list(world.disks):
        for _ in range(ACTS_PER_DAY * world.days):
            timeline.after(int(rng.uniform(0, span)), partial(trade, world, disk))
    for _ in range(PUBLISH_PER_DAY * world.days):
        timeline.after(int(rng.uniform(0, span)), lambda: publish(world))
    for name, (chance, action) in MISFORTUNES.items():
        for disk in list(world.disks):
            if rng.random() < chance:
                when = int(rng.uniform(span * 0.1, span * 0.8))
                timeline.after(when, partial(_strike, world, disk, action, name))


def _strike(world: World, disk: Disk, action: Callable[[World, Disk], bool], name: str) -> None:
    if action(world, disk):
        world.struck(name)


# -- trade -------------------------------------------------------------------------------------------------


def trade(world: World, disk: Disk) -> None:
    """One fact of a shop's day on one of the store's disks."""
    copies = [other for other in world.disks if other.store == disk.store]
    disk = world.rng.choice(copies)
    draw = world.rng.random()
    if draw < 0.06:
        goods_in(disk)
    elif draw < 0.08:
        foreign(disk)
        world.struck("foreign_account")
    elif draw < 0.13:
        drawer.take_back(disk.node, world.rng, disk.shift())
    elif draw < 0.16:
        direction = world.rng.choice(["in", "out"])
        drawer.move_cash(disk.node, direction, world.rng.randrange(1, 9_000), disk.shift())
    elif draw < 0.18:
        if disk.replacements == 0 and len(copies) == 1:
            closing = disk.shift()
            drawer.close_shift(disk.node, closing, world.rng.choice([0, 0, 120, -50]))
            open_shift(disk.node, f"{closing}+")
    else:
        poison = draw < 0.24
        if poison:
            world.struck("poison")
        shared = f"sale:shared-{world.rng.randrange(3)}" if world.rng.random() < 0.25 else ""
        sold = sell(
            disk.node, sku="POISON" if poison else world.rng.choice(SKUS), pieces=world.rng.randrange(1, 5),
            price_minor=world.rng.randrange(50, 5_000), shift=disk.shift(),
            by_card=world.rng.random() < 0.3, agg=shared,
        )  # fmt: skip
        disk.promised[sold.id] = sold
        disk.held.add(sold.id)
    disk.nudge()


def goods_in(disk: Disk) -> None:
    """A fact of a type that HQ's first program does not know."""
    line = StockLine(sku="A", name=text("A"), quantity=5_000, unit="pc")
    with disk.node.journal.changing(disk.node.context(CASHIER, "01")) as draft:
        draft.event(
            StockReceived(reference="note", lines=[line]), post=for_goods_in(disk.store, [line]), day=DAY
        )


def foreign(disk: Disk) -> None:
    """A node gone mad: it posts on the other store's drawer."""
    other = "002" if disk.store == "001" else "001"
    post = [Posting(f"cash:{other}:01", "HKD", 100), Posting(f"safe:{other}", "HKD", -100)]
    with disk.node.journal.changing(disk.node.context(CASHIER, "01")) as draft:
        draft._check_postings = lambda *_: None  # type: ignore[method-assign] # its own check is broken too
        draft.event(ClockCorrected(before_ms=0, after_ms=1, source="foreign"), post=post)


# -- publication -------------------------------------------------------------------------------------------


def publish(world: World) -> None:
    """One transaction at HQ: prices come, change and go in several scopes at once."""
    rng, changed = world.rng, {}
    scopes = ["chain", "zone:A", "zone:B", "store:001", "store:002"]
    for _ in range(rng.randrange(1, 5)):
        scope, sku, number = rng.choice(scopes), rng.choice(SKUS), rng.randrange(1, 4)
        hour = rng.randrange(0, 24)
        row = PriceRow(sku=sku, id=f"p{number}", price_minor=rng.randrange(50, 5_000),
                       from_civil=f"2026-07-10T{hour:02d}:00",
                       until_civil=f"2026-07-11T{hour:02d}:00" if rng.random() < 0.3 else None)  # fmt: skip
        changed[(scope, "price", f"{sku}|p{number}")] = row if rng.random() < 0.8 else None
    made = world.centre.publish(changed)
    for scope, version in made.items():
        rows = {(kind, key): data for (s, kind, key), data in world.centre.rows.items() if s == scope}
        world.record.versions[scope][version] = rows


# -- misfortunes -------------------------------------------------------------------------------------------


def crash(world: World, disk: Disk) -> bool:
    """The process is killed between two things."""
    disk.restart()
    note_whole(world, disk)
    return True


def crash_before_commit(world: World, disk: Disk) -> bool:
    """Power fails in the middle of a sale's transaction."""
    before = disk.bodies()
    try:
        with disk.node.journal.changing(disk.node.context(CASHIER, "01")) as draft:
            draft.event(ClockCorrected(before_ms=0, after_ms=1, source="cut"))
            raise PowerCut
    except PowerCut:
        disk.restart()
    same = disk.bodies().keys() - before.keys() <= _new_incs(disk)
    world.record.note("U13", None if same else f"{disk.name}: half a transaction survived")
    note_whole(world, disk)
    return True


def crash_before_witness(world: World, disk: Disk) -> bool:
    """Power fails after the commit: the sale is there, nobody was told."""

    def fail(_witnessed: object) -> None:
        raise PowerCut

    disk.node.journal.witness.write = fail  # type: ignore[method-assign, assignment]
    try:
        sell(disk.node, shift=disk.shift())
    except PowerCut:
        disk.restart()
    note_whole(world, disk)
    return True


def _new_incs(disk: Disk) -> set[str]:
    rows = disk.node.db.rows("SELECT id FROM body WHERE type = 'node.reincarnated'")
    return {row["id"] for row in rows}


def note_whole(world: World, disk: Disk) -> None:
    """After a crash a sale is there with everything or not at all, and what was promised is there."""
    sales = {row["id"] for row in disk.node.db.rows("SELECT id FROM body WHERE type = 'sale.completed'")}
    shown = {row["id"] for row in disk.node.db.rows("SELECT id FROM document WHERE kind = 'sale'")}
    odd = {row["id"] for row in disk.node.db.rows("SELECT id FROM body WHERE replayed = 1")}
    whole = shown <= sales and sales - shown <= odd
    world.record.note("U13", None if whole else f"{disk.name}: a sale without its rows")
    kept = disk.held <= sales
    world.record.note("U13", None if kept else f"{disk.name}: a promised sale is gone")


def restore(world: World, disk: Disk) -> bool:
    """The disk dies and an older copy takes its place, the witness with it or not."""
    home = world.folder / f"backup-{disk.home.name}-{world.timeline.now_ms}"
    disk.copy_to(home)
    kept, held, then = dict(disk.promised), set(disk.held), disk.head()

    def put_back() -> None:
        if world.healed:
            return
        known = {row[0] for row in world.centre.hq.db.rows("SELECT id FROM event_seen")} | _at_hq(world)
        witness_too, now = world.rng.random() < 0.5, disk.head()
        disk.put_back(home, witness_too=witness_too)
        if not witness_too and now != then:
            note_behind(world, disk, then)
        disk.held = held
        disk.promised = kept | {id_: sold for id_, sold in disk.promised.items() if id_ in known}
        world.struck("restored")

    world.after(1 * MINUTE, 5 * MINUTE, put_back)
    return True


def note_behind(world: World, disk: Disk, copy: tuple[str, int]) -> None:
    """I2: the witness has seen more than this copy, so nothing may be appended to where the copy stood."""
    behind = disk.head()[0] == copy[0]
    world.record.note(
        "I2", f"{disk.name}: goes on under {copy[0]}, which its witness knows better" if behind else None
    )


def _at_hq(world: World) -> set[str]:
    """Sales that HQ has in its log, applied or not."""
    found = set()
    for row in world.centre.hq.db.rows("SELECT body FROM body"):
        found.add(msgspec.json.decode(bytes(row[0]))["id"])
    return found


def clone(world: World, disk: Disk) -> bool:
    """Somebody copies the disk and runs both."""
    if any(other.store == disk.store and other is not disk for other in world.disks):
        return False
    world.add_clone(disk)
    return True


def clock_jump(world: World, disk: Disk) -> bool:
    """The PC's clock stands at another date after a restart."""
    disk.kill()
    days = world.rng.choice([-20_000, -2, 2, 400])
    disk.clock.offset_ms += days * 86_400_000
    disk.boot()
    return True


def offline(world: World, disk: Disk) -> bool:
    """The shop's line is dead for some minutes."""
    disk.offline = True

    def back() -> None:
        disk.offline = False

    world.after(1 * MINUTE, 6 * MINUTE, back)
    return True


def hq_restart(world: World, disk: Disk) -> bool:
    """HQ is down for a while and comes back as another process on the same database."""
    already, world.hq_down = world.hq_down, True

    def up() -> None:
        world.restart_hq()
        world.hq_down = False

    world.after(5_000, 2 * MINUTE, up)
    return not already


def projector_pause(world: World, disk: Disk) -> bool:
    """Stage 2 stands still; pushes must not care."""
    world.projecting = False

    def go_on() -> None:
        world.projecting = True

    world.after(1 * MINUTE, 6 * MINUTE, go_on)
    return True


def upgrade(world: World, disk: Disk) -> bool:
    """HQ gets the program that knows every type."""
    world.late_handler()
    return False


def zone_move(world: World, disk: Disk) -> bool:
    """The store goes into the other zone."""
    zone = "B" if world.zones[disk.store] == "A" else "A"
    world.zones[disk.store] = zone
    world.centre.move_store(disk.store, zone)
    return True


def rows_damaged(world: World, disk: Disk) -> bool:
    """A page of reference.sqlite rots; the next start finds it."""
    db = disk.node.reference.db
    with db.write() as tx:
        done = tx.execute("UPDATE row SET bytes = CAST(bytes || ' ' AS BLOB) WHERE scope = 'chain'").rowcount
    disk.restart()
    return done > 0


MISFORTUNES: dict[str, tuple[float, Callable[[World, Disk], bool]]] = {
    "crash": (0.5, crash),
    "crash_before_commit": (0.4, crash_before_commit),
    "crash_before_witness": (0.4, crash_before_witness),
    "restore": (0.3, restore),
    "clone": (0.2, clone),
    "clock_jump": (0.4, clock_jump),
    "line_down": (0.5, offline),
    "hq_down": (0.3, hq_restart),
    "projector_paused": (0.3, projector_pause),
    "late_handler": (0.25, upgrade),
    "zone_move": (0.25, zone_move),
    "rows_damaged": (0.25, rows_damaged),
}
