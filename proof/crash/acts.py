"""The acts that are cut: each is the real code of a node doing one thing, from a store that has traded before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.returns.actions import make_return
from edge.shifts.actions import close_shift, open_shift
from edge.till.actions import hold, recall, scan
from proof.crash import acts_files, acts_salvage, acts_start
from proof.crash.judge import Settled
from proof.crash.recorder import Recorder
from proof.crash.shop import HOME, Shop, cashier, exchange, product, sell

FLOAT_MINOR = 50_000


@dataclass(frozen=True)
class Act:
    """`prepare` fills the folder before the recording, `run` is recorded and closes what it opens.

    `between` are contents of databases that are whole and were never promised, with the last moment beyond which
    they would be a loss; `loose` names small files that are
    made again at need; `rollbacks` is how many new incarnations there must be after a boot; `check` looks at the
    files after it; `settled` is what a start does to them before it opens a database.
    """

    name: str
    run: Callable[[Shop, Path, Recorder], None]
    prepare: Callable[[Shop, Path], None] = lambda shop, root: shop.copy(root)
    between: Callable[[Shop, Path], dict[str, int]] = lambda shop, folder: {}
    loose: frozenset[str] = frozenset()
    rollbacks: int = 0
    check: Callable[[Path], list[str]] = lambda root: []
    settled: Settled = lambda files, scratch: files


def sale(shop: Shop, root: Path, recorder: Recorder) -> None:
    """Two sales with scans, receipts and drawer pulses."""
    node = shop.open(root)
    ctx = cashier(node)
    for codes in (("A", "B"), ("C",)):
        shop.clock.advance(9_000)
        sell(ctx, *codes)
    node.close()


def back(shop: Shop, root: Path, recorder: Recorder) -> None:
    """One piece of an earlier sale comes back for cash, and another is sold."""
    node = shop.open(root)
    ctx = cashier(node)
    original = node.db.value("SELECT id FROM document ORDER BY n LIMIT 1")
    make_return(ctx, original=original, reason="other", wanted={1: 1000}, tenders=(), approval=None)
    sell(ctx, "C")
    node.close()


def z_report(shop: Shop, root: Path, recorder: Recorder) -> None:
    """A sale, the Z with its signed head, and the next shift."""
    node = shop.open(root)
    ctx = cashier(node)
    sell(ctx, "A")
    close_shift(ctx, count={"1000": 58}, confirmed=("unsent", "print_jobs"), approval=None)
    shop.clock.advance(60_000)
    open_shift(ctx, FLOAT_MINOR)
    node.close()


def held(shop: Shop, root: Path, recorder: Recorder) -> None:
    """A basket is put aside, another sold, the first taken back and sold."""
    node = shop.open(root)
    ctx = cashier(node)
    scan(ctx, "A")
    basket = str(hold(ctx, "back in a minute")["held"])
    sell(ctx, "B")
    recall(ctx, basket)
    sell(ctx, "C")
    node.close()


def receipt(shop: Shop, root: Path, recorder: Recorder) -> None:
    """A sale goes up, HQ's signed receipt comes back and is kept; another sale waits."""
    node = shop.open(root)
    sell(cashier(node), "A")
    exchange(node, shop.centre)
    sell(cashier(node), "B")
    node.close()


def scope(shop: Shop, root: Path, recorder: Recorder) -> None:
    """New prices, a new product and one that goes: two versions of a scope, beside a sale."""
    node = shop.open(root)
    for turn, price_minor in enumerate((1_100, 1_200)):
        shop.centre.publish(product("A", price_minor) | product(f"N{turn}", 500))
        exchange(node, shop.centre)
        sell(cashier(node), "A")
    shop.centre.publish(dict.fromkeys(product("N0", 500)))
    exchange(node, shop.centre)
    node.close()


def snapshot(shop: Shop, root: Path, recorder: Recorder) -> None:
    """The store moves to another zone: a scope is loaded beside the old one, then both are switched."""
    shop.centre.publish(
        {("zone:B", *key[1:]): row for key, row in product("A", 777).items() if key[1] == "price"}
    )
    shop.centre.move_store("001", "B")
    node = shop.open(root)
    exchange(node, shop.centre)
    sell(cashier(node), "A")
    node.close()


def checkpoint(shop: Shop, root: Path, recorder: Recorder) -> None:
    """Sales while the log is moved into the database and begun again, by size and by request (ES-05)."""
    node = shop.open(root)
    ctx = cashier(node)
    node.db.writer.execute("PRAGMA wal_autocheckpoint = 40")
    for _ in range(5):
        sell(ctx, "A")
    node.db.checkpoint()
    sell(ctx, "B")
    node.close()


def healed(shop: Shop, root: Path, recorder: Recorder) -> None:
    """A database that was put back: the boot finds the witness ahead and begins a new incarnation."""
    node = shop.open(root)
    sell(cashier(node), "A")
    node.close()


def put_back(shop: Shop, root: Path) -> None:
    """Sell on a copy, then put the older files back under the newer witness."""
    shop.copy(root)
    older = (root / HOME / "node.sqlite").read_bytes()
    node = shop.open(root)
    for _ in range(2):
        sell(cashier(node), "B")
    node.close()
    (root / HOME / "node.sqlite").write_bytes(older)


ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act("sale", sale),
        Act("return", back),
        Act("z", z_report),
        Act("hold", held),
        Act("receipt", receipt),
        Act("scope", scope),
        Act("zone", snapshot),
        Act("checkpoint", checkpoint),
        Act("reboot", sale, prepare=acts_start.unclosed),
        Act("heal", healed, prepare=put_back, rollbacks=1),
        Act("migration", acts_start.migrate_old, prepare=acts_start.old, between=acts_start.versions),
        Act("first", acts_start.first, prepare=lambda shop, root: None, between=acts_start.new_versions),
        Act("salvage", acts_salvage.run, prepare=acts_salvage.killed, settled=acts_salvage.settled),
        Act("files", acts_files.run, loose=acts_files.LOOSE, check=acts_files.problems),
    )
}
