"""A cashier at a till of a simulated store, by the till's own commands: shift, basket, hold and recall, refund, Z.

The store's other terminals take the short way (`proof.sim.parties.sell`), which is quick and has no basket. What
this one does lives on the disk from one visit to the next: a basket that is open when the disk is copied, put back or
cut off from power is paid later, asked for again, or comes back as a sale that the till knows nothing of.
"""

from __future__ import annotations

import random
from collections import Counter

import msgspec

from edge.returns.actions import make_return
from edge.sales.actions import finish
from edge.shifts import actions as shifts
from edge.shifts import queries
from edge.till import repository as baskets
from edge.till.actions import abort, accept_prices, hold, recall, remove_line, scan
from edge.till.model import OpenBasket
from kit.context import Actor, Context
from proof.sim.disks import Asked, Disk
from proof.sim.parties import CURRENCY, Sold, text
from proof.sim.world import World
from retail.basket import blocked
from retail.errors import Conflict, Refused
from schemas.rows import catalogue, chain, stores

TILL = "21"  # no other terminal of a simulated store has this number
SKUS = ("A", "B", "C", "D")
RIGHTS = frozenset({"till.sell", "till.void_basket", "shifts.open", "shifts.close", "returns.make"})
CASHIER = Actor("1002", "Cashier", "manager", RIGHTS, "en")
OTHER = "other"
_FIRST = "substr({0} || '.', 1, instr({0} || '.', '.') - 1)"  # a basket's name before its disk was put back
EXPECTED = frozenset({"returns.drawer_short", "returns.more_than_sold", "returns.card_got_less"})


def goods() -> dict[tuple[str, str, str], msgspec.Struct | bytes | None]:
    """What every till of the chain needs besides prices of the moment."""
    found: dict[tuple[str, str, str], msgspec.Struct | bytes | None] = {
        ("chain", "settings", "chain"): chain.ChainSettingsRow(
            name=text("Chain"), currency=CURRENCY, tax_rounding="receipt", taxes=[], cash_step_minor=10,
            day_turn="04:00", weighed_rules=[], receipt_head=text(""), receipt_foot=text(""),
        )
    }  # fmt: skip
    for purpose in ("return", "void"):
        row = chain.ReasonRow(list=purpose, code=OTHER, name=text("Other"), position=1)
        found["chain", "reason", f"{purpose}|{OTHER}"] = row
    for sku in SKUS:
        found["chain", "product", sku] = catalogue.ProductRow(
            sku=sku, name=text(f"Product {sku}"), brand=text(""), spec="", unit="pc", weighed=False, tax_code="",
            category="", active=True, pinyin="",
        )  # fmt: skip
        found["chain", "barcode", f"{sku}|{sku}"] = catalogue.BarcodeRow(code=sku, sku=sku)
    return found


def shop(store: str, zone: str) -> dict[tuple[str, str, str], msgspec.Struct | bytes | None]:
    """The rows of a store that has this till."""
    return {
        (f"store:{store}", "store", store): stores.StoreRow(
            code=store, name=text("Shop"), address=text(""), zone=zone, time_zone="Asia/Hong_Kong",
            receipt_head=text(""), receipt_foot=text(""),
        ),
        (f"store:{store}", "terminal", TILL): stores.TerminalRow(code=TILL, name="T21", devices={}),
    }  # fmt: skip


def visit(world: World, disk: Disk, rng: random.Random) -> None:
    """A buyer comes, or a cashier clears up; before HQ's rows have come the till can do nothing yet."""
    settings = disk.node.reference.settings
    if settings.chain is None or settings.store is None:
        return
    ctx, draw = disk.node.context(CASHIER, TILL), rng.random()
    _note_baskets(world, disk)
    if disk.asked is not None:
        _ask_again(world, disk, ctx, disk.asked)
    if queries.open_shift(disk.node.db, TILL) is None:
        shifts.open_shift(ctx, 50_000)
    held = baskets.held(disk.node.db)
    if draw < 0.1:
        _refund(disk, ctx, rng)
    elif draw < 0.15:
        make_z(world, disk)
    elif draw < 0.35 and held and not _lines(disk):
        recall(ctx, rng.choice(held)["id"])
    else:
        _scan(ctx, rng)
    if not _lines(disk):
        return
    if rng.random() < 0.6:
        _pay(world, disk, ctx, twice=rng.random() < 0.2)
    elif rng.random() < 0.3:
        hold(ctx, "")
    elif rng.random() < 0.1:
        abort(ctx, OTHER, None)


def make_z(world: World, disk: Disk) -> None:
    """The Z of this till, after whoever stands there has paid."""
    if queries.open_shift(disk.node.db, TILL) is None:
        return
    ctx = disk.node.context(CASHIER, TILL)
    if _lines(disk):
        _pay(world, disk, ctx)
    with disk.node.db.read() as tx:
        counted = max(0, queries.drawer_balance(tx, disk.store, TILL, CURRENCY))
    asked = [question["kind"] for question in shifts.closing_questions(ctx)]
    shifts.close_shift(ctx, count={"1": counted}, confirmed=asked, approval=None)


# -- steps -------------------------------------------------------------------------------------------------


def _open(disk: Disk) -> OpenBasket | None:
    row = baskets.open_row(disk.node.db, TILL)
    return None if row is None else OpenBasket.from_row(row)


def _lines(disk: Disk) -> int:
    opened = _open(disk)
    return 0 if opened is None else len(opened.basket.lines)


def _scan(ctx: Context, rng: random.Random) -> None:
    """Some goods; what has no price at this moment is left at the till."""
    for _ in range(rng.randrange(1, 4)):
        done = scan(ctx, rng.choice(SKUS), quantity=rng.randrange(1, 4) * 1000)
        if done["state"] != "ok":
            remove_line(ctx, done["line"])


def _pay(world: World, disk: Disk, ctx: Context, *, twice: bool = False) -> None:
    """Exact cash. What the screen asked for is remembered until it has its answer, whatever the disk goes through."""
    opened = _at_prices_of_now(disk, ctx)
    if opened is None:
        return
    pieces: Counter[str] = Counter()
    for line in opened.basket.lines:
        pieces[str(line.sku)] += line.quantity
    disk.asked = Asked(opened.basket.id, opened.basket.version, dict(pieces))
    sold = _answered(world, disk, ctx, disk.asked)
    if "." in opened.basket.id:
        world.struck("basket_continued")
    if twice:
        again = finish(ctx, basket=opened.basket.id, version=opened.basket.version)["sale"]
        same = again["id"] == sold.id
        world.record.note("U13", None if same else f"{disk.name}: two answers for one basket")


def _at_prices_of_now(disk: Disk, ctx: Context) -> OpenBasket | None:
    """The basket, without what has lost its price since it was scanned; None when nothing is left of it."""
    accept_prices(ctx, keep=False)
    opened = _open(disk)
    for line in blocked(opened.basket) if opened is not None else ():
        remove_line(ctx, line)
    return _open(disk) if _lines(disk) else None


def _note_baskets(world: World, disk: Disk) -> None:
    """U13: what was sold does not lie at the till to be paid again, whichever copy of the disk came back."""
    sold = disk.node.db.rows(
        f"SELECT w.id FROM basket w JOIN document d ON {_FIRST.format('d.basket')} = {_FIRST.format('w.id')}"
        " WHERE w.state IN ('open', 'held') AND d.at >= w.changed_at"
    )
    words = f"{disk.name}: sold, and at the till once more: {[row['id'] for row in sold]}"
    world.record.note("U13", words if sold else None)


def _ask_again(world: World, disk: Disk, ctx: Context, asked: Asked) -> None:
    """The till has restarted: the screen still shows its basket, and asks what has become of it."""
    try:
        _answered(world, disk, ctx, asked)
        world.struck("basket_asked_again")
    except Refused as refused:
        if not isinstance(refused, Conflict) and refused.code not in (
            "till.price_switched",
            "shifts.none_open",
        ):
            raise
        disk.asked = None


def _answered(world: World, disk: Disk, ctx: Context, asked: Asked) -> Sold:
    """The sale that the till says this basket is: of exactly these goods, or somebody took them for nothing."""
    done = finish(ctx, basket=asked.basket, version=asked.version)["sale"]
    disk.asked = None
    row = disk.node.db.row("SELECT body FROM body WHERE id = ?", (done["id"],))
    said: Counter[str] = Counter()
    for line in msgspec.json.decode(row["body"])["p"]["lines"] if row is not None else ():
        said[line["sku"]] += int(line["quantity"])
    words = f"{disk.name}: for {asked.goods} the till answered {done['number']} of {dict(said)}"
    world.record.note("U13", None if said == asked.goods else words)
    sold = Sold(done["id"], done["number"], done["total_minor"], bytes.fromhex(done["bh"]))
    disk.promised[sold.id] = sold
    disk.held.add(sold.id)
    return sold


def _refund(disk: Disk, ctx: Context, rng: random.Random) -> None:
    """One piece of any sale whose bytes are sound comes back."""
    rows = disk.node.db.rows("SELECT id FROM document WHERE kind = 'sale' ORDER BY id")
    sound = [row["id"] for row in rows if row["id"] not in disk.rotten]
    if not sound:
        return
    try:
        make_return(
            ctx, original=rng.choice(sound), reason=OTHER, wanted={1: 1000}, tenders=[], approval=None
        )
    except Refused as refused:
        if refused.code not in EXPECTED:
            raise
