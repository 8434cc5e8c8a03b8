"""What happens on a day: sales and other facts in the shops, publications at HQ."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from proof.sim import drawer, till
from proof.sim.disks import Disk
from proof.sim.facts import foreign, goods_in, newer, widened
from proof.sim.parties import sell
from proof.sim.programs import POISON
from proof.sim.timeline import START_MS
from proof.sim.versions import is_newer
from proof.sim.world import World
from retail.errors import Unavailable
from schemas.rows.catalogue import PriceRow
from schemas.rows.registry import encode

ACTS_PER_DAY = 30
PUBLISH_PER_DAY = 10
VISITS_PER_DAY = 6


def schedule(world: World) -> None:
    """Everything that people will do, at times that the seed chooses; the goods are there before."""
    _publish(world, till.goods())
    for store in list(world.zones):
        schedule_store(world, store)
    rng = world.stream("publish")
    for _ in range(PUBLISH_PER_DAY * world.plan.days):
        world.timeline.at(int(rng.uniform(START_MS, world.plan.end_ms)), partial(publish, world, rng))


def schedule_store(world: World, store: str) -> None:
    """A shop's trade from now until the last day is over: at its terminals, and at the one with a cashier."""
    world.at_hq(lambda: _publish(world, till.shop(store, world.zones[store])))
    for act, name, per_day in ((trade, "trade", ACTS_PER_DAY), (visit, "till", VISITS_PER_DAY)):
        rng = world.stream(f"{name}:{store}")
        now, end = world.timeline.now_ms, world.plan.end_ms
        for _ in range(per_day * world.plan.days):
            when = int(rng.uniform(START_MS, end))
            if when >= now:
                world.timeline.at(when, partial(act, world, store, rng))


# -- trade -------------------------------------------------------------------------------------------------


def trade(world: World, store: str, rng: random.Random) -> None:
    """One fact of a shop's day, at one terminal of one of the store's disks."""
    copies = [disk for disk in world.disks if disk.store == store]
    disk = rng.choice(copies)
    terminal = rng.choice(disk.terminals)
    draw = rng.random()
    _act(world, disk, lambda: _fact(world, disk, terminal, draw, rng))


def visit(world: World, store: str, rng: random.Random) -> None:
    """A buyer or a cashier at the real till of one of the store's disks."""
    disk = rng.choice([disk for disk in world.disks if disk.store == store])
    _act(world, disk, lambda: till.visit(world, disk, rng))


def _act(world: World, disk: Disk, work: Callable[[], None]) -> None:
    """What people do in a shop that is still open; a full disk refuses it."""
    if disk.retired:
        return

    def act() -> None:
        try:
            work()
        except Unavailable as refused:
            if refused.code != "disk.full":
                raise
            world.struck("refused_on_full_disk")

    disk.run(act)
    disk.nudge()


def _fact(world: World, disk: Disk, terminal: str, draw: float, rng: random.Random) -> None:
    shift = disk.shift(terminal)
    if draw < 0.06:
        goods_in(disk, terminal)
    elif draw < 0.08:
        foreign(disk, world.zones)
        world.struck("foreign_account")
    elif draw < 0.13:
        drawer.take_back(disk.node, rng, terminal, shift)
    elif draw < 0.16:
        direction = rng.choice(["in", "out"])
        drawer.move_cash(disk.node, terminal, direction, rng.randrange(1, 9_000), shift)
    elif draw < 0.18:
        if disk.replacements == 0:
            drawer.close_shift(disk.node, terminal, shift, rng.choice([0, 0, 120, -50]))
    elif draw < 0.2:
        newer(disk, terminal)
        world.struck("newer_type")
        if is_newer(disk.protocols):
            widened(disk)
            world.struck("newer_event_field")
    else:
        _sale(world, disk, terminal, shift, draw < 0.26, rng)


def _sale(world: World, disk: Disk, terminal: str, shift: str, poison: bool, rng: random.Random) -> None:
    if poison:
        world.struck("poison")
    shared = f"sale:shared-{rng.randrange(3)}" if rng.random() < 0.25 else ""
    sold = sell(
        disk.node, sku=POISON if poison else rng.choice(till.SKUS), pieces=rng.randrange(1, 5),
        price_minor=rng.randrange(50, 5_000), terminal=terminal, shift=shift, by_card=rng.random() < 0.3, agg=shared,
    )  # fmt: skip
    disk.promised[sold.id] = sold
    disk.held.add(sold.id)


# -- publication -------------------------------------------------------------------------------------------


def publish(world: World, rng: random.Random) -> None:
    """One transaction at HQ: prices come, change and go in several scopes at once; some rows are of a newer HQ."""
    if world.hq_down:
        return
    changed: dict[tuple[str, str, str], PriceRow | bytes | None] = {}
    scopes = ["chain", "zone:A", "zone:B", *(f"store:{store}" for store in world.zones)]
    for _ in range(rng.randrange(1, 5)):
        scope, sku, number = rng.choice(scopes), rng.choice(till.SKUS), rng.randrange(1, 4)
        hour = rng.randrange(0, 24)
        row = PriceRow(sku=sku, id=f"p{number}", price_minor=rng.randrange(50, 5_000),
                       from_civil=f"2026-07-10T{hour:02d}:00",
                       until_civil=f"2026-07-11T{hour:02d}:00" if rng.random() < 0.3 else None)  # fmt: skip
        stands, wider = rng.random() < 0.8, world.stream("newer_field").random() < 0.1
        changed[(scope, "price", f"{sku}|p{number}")] = (
            (_wider(world, row) if wider else row) if stands else None
        )
    if rng.random() < 0.15:
        changed[("chain", "hologram", f"h{rng.randrange(3)}")] = b'{"beam":%d}' % rng.randrange(100)
        world.struck("newer_row")
    world.at_hq(lambda: _publish(world, changed))


def _wider(world: World, row: PriceRow) -> bytes:
    """The row of a newer HQ: a kind that every till knows, with a field that it does not know."""
    world.struck("newer_field")
    return encode(row)[:-1] + b',"hue":%d}' % world.stream("newer_field").randrange(9)


def _publish(world: World, changed: Mapping[tuple[str, str, str], msgspec.Struct | bytes | None]) -> None:
    made = world.centre.publish(changed)
    for scope, version in made.items():
        rows = {(kind, key): data for (s, kind, key), data in world.centre.rows.items() if s == scope}
        world.record.publish(scope, version, rows)
