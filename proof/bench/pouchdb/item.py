"""Upload and first boot beside PouchDB's replication: what a shop without this project would take from the shelf.

One Node process is a store (PouchDB over LevelDB), one the centre (express-pouchdb over LevelDB, on loopback), joined
by `PouchDB.replicate` with 500 documents a batch. It uploads the very bodies that the product uploads in the same
round. PouchDB waits for no disk, checks no chain, signs nothing and books nothing; it has both cores, where the
product does both sides' work on one (`proof.bench.push`). The first boot is a replication of a document a product,
with its barcode and price in it, into a new database (`proof.bench.bootstrap` has three rows a product); it takes so
long that it is measured once. A document that did not arrive makes the rows WRONG.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

import msgspec

from kit.clock import SystemClock
from proof.bench.bootstrap import Boot, first_boot, published
from proof.bench.measure import Figure, beside
from proof.bench.pouchdb.peer import SALES_DB, Peer
from proof.bench.pouchdb.scripts import modules
from proof.bench.push import Store, Upload
from proof.bench.shop import made_products, real_products
from proof.sim.parties import a_centre

SALES, PRODUCTS = 10_000, 100_000
UP_TARGET, CPU_TARGET = 3.0, 0.5


def measure(rounds: int, sales: int = SALES, products: int = PRODUCTS) -> list[Figure]:
    """Upload, processor time and bytes; seconds and bytes of a first boot."""
    packages = modules()
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        home = Path(folder)
        store, peer = Store(home / "ours"), Peer(home / "pouchdb", packages)
        runs = []
        try:
            for n in range(rounds + 1):
                bodies = store.fill(sales)
                run = (store.upload(sales), peer.upload(bodies))
                if n:
                    runs.append(run)
            wrong = store.check(sales * (rounds + 1)) or peer.check(SALES_DB, sales * (rounds + 1))
            boot = peer.first_boot(peer.publish(documents(products)))
        finally:
            store.close()
            peer.close()
        return uploads(runs, wrong) + boots(our_boot(home, products), boot)


def uploads(runs: list[tuple[Upload, Upload]], wrong: str) -> list[Figure]:
    """Medians over the rounds, ratios pair by pair."""

    def compare(
        item: str, unit: str, of: Callable[[Upload], float], target: float | None, up: bool
    ) -> Figure:
        mine, theirs = [of(ours) for ours, _ in runs], [of(peer) for _, peer in runs]
        return beside(f"{item}, PouchDB", unit, mine, theirs, target=target, at_least=up, note=wrong)

    return [
        compare("upload", "sales/s", lambda u: u.per_second, UP_TARGET, True),
        compare(
            "the centre's processor time per sale", "ms",
            lambda u: u.centre_seconds * 1000 / u.sales, CPU_TARGET, False,
        ),
        compare("bytes on the line per sale", "bytes", lambda u: u.wire_bytes / u.sales, None, False),
    ]  # fmt: skip


def our_boot(home: Path, products: int) -> Boot:
    """The product's first boot with as many products, once."""
    rows = published(products)
    centre = a_centre(home / "hq", SystemClock(), stores={"001": "A"}, url=None)
    try:
        centre.publish(rows)
        return first_boot(home / "node", centre, "001", rows, 0)
    finally:
        centre.close()


def boots(ours: Boot, peer: Upload) -> list[Figure]:
    """Seconds, HQ's build included, and bytes."""
    name = f"first boot with {peer.sales:,} products"
    seconds, kb, theirs = ours.build + ours.seconds, ours.wire_bytes / 1000, peer.wire_bytes / 1000
    return [
        Figure(f"{name} and HQ's build, PouchDB", seconds, peer.seconds, "s", seconds / peer.seconds),
        Figure("bytes on the line for it, PouchDB", kb, theirs, "kB", kb / theirs),
    ]


def documents(products: int) -> Iterator[bytes]:
    """A document a product."""
    real = list(real_products())
    for row in islice(chain(real, made_products(real, max(0, products - len(real)))), products):
        names = {"en": row["en"], "zh-Hans": row["hans"], "zh-Hant": row["hant"]}
        yield msgspec.json.encode(
            {
                "_id": row["sku"], "name": names, "spec": row["spec"], "unit": "pc", "weighed": False, "tax_code": "",
                "category": "", "active": True, "barcodes": [row["code"]],
                "prices": [{"id": "p1", "price_minor": row["price"], "from_civil": "2026-01-01T00:00"}],
            }
        )  # fmt: skip
