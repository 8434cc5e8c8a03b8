"""The first boot of a store: 100,000 products, each with a barcode and a price, from HQ's database to the first scan.

Ours: HQ reads and packs the rows into a signed snapshot (build, once for all stores of a chain); a fresh node opens a
session, greets, fetches the chunks, checks each, and loads them into its tables in one transaction with the digest
checked, until a barcode finds its product and price (first boot). Both ends are called in the same process.
The limits: a ready SQLite file of the same three tables copied, synced, opened and asked for a barcode · the same rows
read as JSON and inserted row by row in one transaction.
The peer: the first copy that PostgreSQL's logical replication makes of the same rows between two databases.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from time import perf_counter

import msgspec

from edge.node import Node
from edge.reference.queries import products_by_codes
from edge.syncing import identity as identities
from edge.syncing.running import make_links
from kit import db as sqlite
from kit.clock import SystemClock
from proof import postgres
from proof.bench.measure import Figure, beside
from proof.bench.push import Metered
from proof.bench.replication import Replication
from proof.bench.shop import made_products, real_products
from proof.sim.parties import Centre, a_centre, a_node
from schemas.rows.catalogue import BarcodeRow, PriceRow, ProductRow
from schemas.rows.registry import decode, encode
from sync.calls import Answer, Request
from sync.runner import Link

PRODUCTS = 100_000
PEER_TARGET = 0.3
KB_MAX = (
    2_400.0  # 0.75 × what SymmetricDS took for as many, measured apart from this project (PERFORMANCE §2)
)
STORES = [f"{n:03d}" for n in range(1, 100)]
TABLES = {
    "product": "sku text, en text, hans text, hant text, spec text, unit text, active bigint, PRIMARY KEY (sku)",
    "barcode": "code text, sku text, quantity bigint, PRIMARY KEY (code, sku)",
    "price": "sku text, id text, price bigint, from_civil text, PRIMARY KEY (sku, id)",
}
Published = dict[tuple[str, str, str], bytes]
"""(scope, kind, key) → bytes."""


def measure(rounds: int, products: int = PRODUCTS) -> list[Figure]:
    """Seconds of build and first boot, and what goes over the line."""
    boots, files, singles, copies = [], [], [], []
    with (
        tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder,
        postgres.server(logical=True) as address,
        Replication(address, TABLES) as replication,
    ):
        home, rows = Path(folder), published(products)
        centre = a_centre(
            home / "hq", SystemClock(), stores=dict.fromkeys(STORES[: rounds + 1], "A"), url=None
        )
        try:
            centre.publish(rows)
            ready = ready_file(home / "ready.sqlite", rows)
            fill_peer(replication, rows)
            for n in range(rounds + 1):
                boots.append(first_boot(home / f"node{n}", centre, STORES[n], rows, n))
                files.append(install(ready, home / "copy.sqlite", rows))
                singles.append(row_by_row(home / "single.sqlite", rows))
                copies.append(replication.begin_anew())
        finally:
            centre.close()
        said = "" if replication.count("price") == products else "WRONG: the peer has not got all prices"
    return figures(boots[1:], files[1:], singles[1:], copies[1:], said, rows)


@dataclass(frozen=True)
class Boot:
    """One first boot: seconds of HQ's build, seconds of all the rest, bytes with all headers."""

    build: float
    seconds: float
    wire_bytes: int


def figures(
    boots: Sequence[Boot],
    files: list[float],
    singles: list[float],
    copies: list[float],
    said: str,
    rows: Published,
) -> list[Figure]:
    """Medians over the rounds."""

    def compare(
        item: str, of: Callable[[Boot], float], theirs: list[float], target: float | None = None
    ) -> Figure:
        return beside(item, "s", [of(boot) for boot in boots], theirs, target=target, note=said)

    name = f"first boot with {len(rows) // len(TABLES):,} products"
    kb = statistics.median(boot.wire_bytes / 1000 for boot in boots)
    plain = sum(map(len, rows.values())) / 1000
    return [
        compare(f"{name}, PostgreSQL's first copy", lambda boot: boot.seconds, copies, PEER_TARGET),
        compare(f"{name}, a ready SQLite file copied", lambda boot: boot.seconds, files),
        compare(f"{name}, loaded row by row", lambda boot: boot.seconds, singles),
        compare("HQ's build of that snapshot, PostgreSQL's first copy", lambda boot: boot.build, copies),
        Figure("bytes on the line for it, its rows unpacked", kb, plain, "kB", kb / plain, bound=KB_MAX),
    ]


# -- the rows ----------------------------------------------------------------------------------------------


def published(products: int) -> Published:
    """What HQ publishes: product, barcode and price of each."""
    real = list(islice(real_products(), products))
    goods = chain(real, made_products(list(real_products()), products - len(real)))
    found: Published = {}
    for row in goods:
        sku, code = row["sku"], row["code"]
        names = {"en": row["en"], "zh-Hans": row["hans"], "zh-Hant": row["hant"]}
        found["chain", "product", sku] = encode(
            ProductRow(
                sku=sku, name=names, brand={}, spec=row["spec"], unit="pc", weighed=False, tax_code="", category="",
                active=True, pinyin="",
            )
        )  # fmt: skip
        found["chain", "barcode", f"{code}|{sku}"] = encode(BarcodeRow(code=code, sku=sku))
        found["chain", "price", f"{sku}|p1"] = encode(
            PriceRow(sku=sku, id="p1", price_minor=row["price"], from_civil="2026-01-01T00:00")
        )
    return found


def columns(kind: str, data: bytes) -> tuple[object, ...]:
    """A row for the tables of the limits and of the peer."""
    row: ProductRow | BarcodeRow | PriceRow = decode(kind, data)
    if isinstance(row, ProductRow):
        names = row.name
        return row.sku, names["en"], names["zh-Hans"], names["zh-Hant"], row.spec, row.unit, int(row.active)
    if isinstance(row, BarcodeRow):
        return row.code, row.sku, row.quantity
    return row.sku, row.id, row.price_minor, row.from_civil


def some_code(rows: Published) -> str:
    """A barcode from their middle."""
    codes = [key for _, kind, key in rows if kind == "barcode"]
    return codes[len(codes) // 2].partition("|")[0]


# -- ours --------------------------------------------------------------------------------------------------


class Timed(Metered):
    """Tells the seconds of the one request in which HQ builds the snapshot, and how many chunks were fetched."""

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre)
        self.build = 0.0
        self.chunks = 0

    def send(self, request: Request) -> Answer:
        """The answer of the application."""
        began = perf_counter()
        answer = super().send(request)
        if request.path.startswith("/scope/chain?"):
            self.build += perf_counter() - began
        self.chunks += request.path.startswith("/snapshot/chain?")
        return answer


def first_boot(home: Path, centre: Centre, store: str, rows: Published, n: int) -> Boot:
    """Enrol a node, and measure from its first word to HQ until it can scan."""
    touched = next(place for place in rows if place[1] == "price")
    price: PriceRow = decode("price", rows[touched])
    centre.publish(
        {touched: msgspec.structs.replace(price, price_minor=1_000 + n)}
    )  # a version without a snapshot
    node, line = a_node(home, centre, store, SystemClock()), Timed(centre)
    try:
        identity = identities.load(node.db)
        assert identity is not None
        links = make_links(node, identity, listens=False)
        began = perf_counter()
        pump(links.up, line)
        pump(links.down, line)
        scan(node, some_code(rows))
        took = perf_counter() - began
        found = node.reference.db.value("SELECT COUNT(*) FROM row WHERE scope = 'chain'")
    finally:
        node.close()
    if found != len(rows) or not line.chunks:
        raise RuntimeError(f"{found} of {len(rows)} rows have come in {line.chunks} chunks")
    return Boot(line.build, took - line.build, line.wire_bytes)


def pump(link: Link, line: Timed) -> None:
    """Every request that is due now."""
    request = link.wake()
    while request is not None:
        request = link.answered(line.send(request))


def scan(node: Node, code: str) -> None:
    """A barcode finds its product and its price."""
    (product,) = products_by_codes(node.reference.db, [code])
    assert node.reference.prices([product["sku"]])[product["sku"]], f"no price of {code}"


# -- the limits --------------------------------------------------------------------------------------------


def open_tables(path: Path) -> sqlite.Connection:
    """A file with the three tables."""
    db = sqlite.dbapi.connect(str(path), isolation_level=None)
    sqlite.apply_settings(db, sqlite.WRITER_SETTINGS, str(path))
    for name, definition in TABLES.items():
        db.execute(f"CREATE TABLE {name} ({definition}) WITHOUT ROWID")
    return db


def ready_file(path: Path, rows: Published) -> Path:
    """The file that could be sent as it is."""
    row_by_row(path, rows)
    return path


def install(ready: Path, path: Path, rows: Published) -> float:
    """Seconds to copy the file to the disk, open it and find a barcode."""
    code = some_code(rows)
    began = perf_counter()
    shutil.copyfile(ready, path)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    db = sqlite.dbapi.connect(str(path), isolation_level=None)
    look(db, code)
    took = perf_counter() - began
    db.close()
    path.unlink()
    return took


def row_by_row(path: Path, rows: Published) -> float:
    """Seconds to decode and insert one row after the other, in one transaction, and find a barcode."""
    path.unlink(missing_ok=True)
    code, db = some_code(rows), open_tables(path)
    insert = {}
    for name, definition in TABLES.items():
        count = definition.partition(", PRIMARY")[0].count(",") + 1
        insert[name] = f"INSERT INTO {name} VALUES ({', '.join('?' * count)})"
    began = perf_counter()
    db.execute("BEGIN")
    for (_, kind, _), data in rows.items():
        db.execute(insert[kind], columns(kind, data))
    db.execute("COMMIT")
    look(db, code)
    took = perf_counter() - began
    db.close()
    return took


def look(db: sqlite.Connection, code: str) -> None:
    """The first scan."""
    found = db.execute(
        "SELECT p.en, s.price FROM barcode b JOIN product p ON p.sku = b.sku JOIN price s ON s.sku = b.sku"
        " WHERE b.code = ?",
        (code,),
    ).fetchone()
    assert found is not None


def fill_peer(replication: Replication, rows: Published) -> None:
    """The same rows at the publisher."""
    for name in TABLES:
        with replication.publisher.cursor().copy(f"COPY {name} FROM STDIN") as copy:
            for (_, kind, _), data in rows.items():
                if kind == name:
                    copy.write_row(columns(kind, data))
