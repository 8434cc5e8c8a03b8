"""The upload of 10,000 sales of one store through the product, beside two centres that only decode and insert.

Ours: the node's outbox, batches, compression and signature · HQ's authentication, chain check and stage 1 · the
signed receipt and the node's note of it · stage 2 with postings, balances and projections, until nothing is left.
The bulk insert: the same bodies in batches of 500 with the same compression; it unpacks, decodes and inserts header,
lines, tenders and stock movements with dedupe into HQ's own tables, which carry all columns and indexes that HQ's pages
need, one FULL transaction a batch, and answers.
The bare centre (`proof.bench.centre`): the same without HQ's schema: plain tables with the key that dedupes and no
index beside it.
All three are SQLite files and are called in the same process, so that one core does all the work of each side.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.node import Node
from edge.syncing import identity as identities
from edge.syncing.running import Links, make_links
from hq.ingest.handlers.statements import STATEMENTS
from kit.clock import SystemClock
from kit.sql import SqlDatabase, bulk, migrate
from proof.bench import centre as bare_centre
from proof.bench.centre import BareCentre, Stock
from proof.bench.measure import Figure, beside
from proof.bench.sales import a_sale
from proof.bench.shop import SEED, real_products
from proof.sim.parties import CASHIER, Centre, a_centre, a_node
from schemas.events.sales import SaleCompleted
from sync.calls import Answer, Request
from sync.transport import InProcessTransport

SALES = 10_000
BULK_TARGET, CENTRE_TARGET, BYTES_MAX = 0.4, 0.6, 260.0
SEGMENT, SEGMENT_HEADERS = 1448, 52  # TCP over IPv4 with time stamps


def measure(rounds: int, sales: int = SALES) -> list[Figure]:
    """Sales per second on both sides, and what they cost."""
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        store = Store(Path(folder))
        indexed, plain = Indexed(Path(folder) / "indexed.sqlite"), BareCentre(Path(folder) / "bare.sqlite")
        runs = []
        try:
            for n in range(rounds + 1):
                bodies = store.fill(sales)
                run = Run(store.upload(sales), sent(bodies, indexed.take), sent(bodies, plain.take))
                if n:
                    runs.append(run)
            said = store.check(sales * (rounds + 1))
            for side in (indexed, plain):
                if side.sales() != sales * (rounds + 1):
                    said += f" WRONG: {side.sales()} sales in {type(side).__name__}"
        finally:
            plain.close()
            indexed.close()
            store.close()
    return figures(runs, said.strip(), sales)


@dataclass
class Upload:
    """One upload of `sales`: seconds in all, seconds of HQ's own processor time, bytes with all headers."""

    sales: int
    seconds: float = 0.0
    centre_seconds: float = 0.0
    wire_bytes: int = 0

    @property
    def per_second(self) -> float:
        """Sales per second."""
        return self.sales / self.seconds


@dataclass(frozen=True)
class Run:
    """All sides of one round."""

    ours: Upload
    indexed: Upload
    plain: Upload


def sent(bodies: list[bytes], take: Callable[[bytes], bytes]) -> Upload:
    """Send all bodies to a centre in batches, each after the answer to the one before."""
    made = Upload(len(bodies))
    began = time.perf_counter()
    for packed in bare_centre.batches(bodies):
        worked = time.thread_time()
        answer = take(packed)
        made.centre_seconds += time.thread_time() - worked
        made.wire_bytes += on_the_line(200 + len(packed)) + on_the_line(150 + len(answer))
    made.seconds = time.perf_counter() - began
    return made


def figures(runs: list[Run], said: str, sales: int) -> list[Figure]:
    """Medians over the rounds."""

    def compare(name: str, unit: str, of: Callable[[Upload], float], limit: str, **more: Any) -> Figure:
        mine, theirs = [of(run.ours) for run in runs], [of(getattr(run, limit)) for run in runs]
        return beside(name, unit, mine, theirs, **more)

    def rate(upload: Upload) -> float:
        return upload.per_second

    def work(upload: Upload) -> float:
        return upload.centre_seconds * 1000 / upload.sales

    def size(upload: Upload) -> float:
        return upload.wire_bytes / upload.sales

    upload = f"upload of {sales:,} sales"
    return [
        compare(
            f"{upload}, bulk insert into HQ's tables", "sales/s", rate, "indexed", target=BULK_TARGET, at_least=True,
            note=said,
        ),
        compare(
            f"{upload}, bare Python centre", "sales/s", rate, "plain", target=CENTRE_TARGET, at_least=True
        ),
        compare("HQ's processor time per sale, bare Python centre", "ms", work, "plain"),
        compare("bytes on the line per sale, without chain and signatures", "bytes", size, "plain", bound=BYTES_MAX),
    ]  # fmt: skip


class Store:
    """A node and its HQ, joined in one process; `url` names HQ's database, without one it is its own file."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        clock = SystemClock()
        self.centre: Centre = a_centre(folder / "hq", clock, url=url)
        self.node: Node = a_node(folder / "node", self.centre, "001", clock)
        identity = identities.load(self.node.db)
        assert identity is not None
        self.links: Links = make_links(self.node, identity, listens=False)
        self.line = Metered(self.centre)
        self.dice = random.Random(SEED)
        self.goods = list(real_products())
        self._pump()

    def fill(self, sales: int) -> list[bytes]:
        """New sales in the journal, all in one transaction; their bodies."""
        first = self.node.journal.head.seq
        with self.node.journal.changing(self.node.context(CASHIER, "01")) as draft:
            for _ in range(sales):
                a_sale(self.node, draft, self.dice, self.goods)
        with self.node.db.read() as tx:
            rows = tx.execute(
                "SELECT b.body FROM link l JOIN body b ON b.id = l.id WHERE l.seq > ? ORDER BY l.seq",
                (first,),
            )
            return [row[0] for row in rows]

    def upload(self, sales: int) -> Upload:
        """Push everything there is and carry it into the ledger."""
        self.line.reset()
        began = time.perf_counter()
        self._pump()
        worked = time.thread_time()
        self.centre.projector.drain()
        ended = time.perf_counter()
        return Upload(
            sales, ended - began, self.line.centre_seconds + time.thread_time() - worked, self.line.wire_bytes
        )

    def check(self, sales: int) -> str:
        """A figure is worth nothing when something was lost or parked on the way."""
        db = self.centre.hq.db
        found, parked = db.value("SELECT COUNT(*) FROM sale"), db.value("SELECT COUNT(*) FROM parked")
        off = db.value("SELECT COALESCE(SUM(quantity), 0) FROM balance")
        good = (found, parked, off) == (sales, 0, 0)
        return "" if good else f"WRONG: {found} of {sales} sales, {parked} parked, balances off by {off}"

    def close(self) -> None:
        """Give the files back."""
        self.node.close()
        self.centre.close()

    def _pump(self) -> None:
        request = self.links.up.wake()
        while request is not None:
            request = self.links.up.answered(self.line.send(request))


class Metered(InProcessTransport):
    """HQ's application without a socket; counts its processor time and what a line would have carried."""

    def __init__(self, centre: Centre) -> None:
        super().__init__(centre.app)
        self.reset()

    def reset(self) -> None:
        """Count anew."""
        self.centre_seconds, self.wire_bytes = 0.0, 0

    def send(self, request: Request) -> Answer:
        """The answer of the application."""
        began = time.thread_time()
        answer = super().send(request)
        self.centre_seconds += time.thread_time() - began
        self.wire_bytes += on_the_line(_head(request.headers, request.path) + len(request.body))
        self.wire_bytes += on_the_line(_head(answer.headers) + len(answer.body))
        return answer


def on_the_line(size: int) -> int:
    """Bytes of a message with the headers of its segments."""
    return size + -(-size // SEGMENT) * SEGMENT_HEADERS


def _head(headers: Any, path: str = "") -> int:
    return 32 + len(path) + sum(len(name) + len(value) + 4 for name, value in headers.items())


# -- the limit ---------------------------------------------------------------------------------------------


class Indexed:
    """A centre that trusts everybody, on HQ's schema: unpack, decode, insert with dedupe, commit, answer."""

    STOCK = (
        "INSERT INTO posting (store, id, n, account, commodity, quantity) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (store, id, n) DO NOTHING"
    )

    def __init__(self, path: Path) -> None:
        self.db = SqlDatabase(f"sqlite:///{path}")
        migrate(self.db)

    def take(self, packed: bytes) -> bytes:
        """One batch."""
        sales, lines, tenders, stock = [], [], [], []
        for event in bare_centre.unpack(packed):
            sale, id_ = event.p, event.id
            sales.append(header_row(event, sale))
            lines += [line_row(id_, line) for line in sale.lines]
            tenders += [
                ("001", id_, n, t.kind, t.amount_minor, t.given_minor, t.change_minor, t.approval)
                for n, t in enumerate(sale.tenders)
            ]
            stock += [("001", id_, n, *post) for n, post in enumerate(bare_centre.moved(event))]
        with self.db.write() as connection:
            bulk(connection, STATEMENTS["sale"], sales)
            bulk(connection, STATEMENTS["sale_line"], lines)
            bulk(connection, STATEMENTS["sale_tender"], tenders)
            bulk(connection, self.STOCK, stock)
        return b'{"taken":%d}' % len(sales)

    def sales(self) -> int:
        """How many there are."""
        return int(self.db.value("SELECT COUNT(*) FROM sale"))

    def close(self) -> None:
        """Give the file back."""
        self.db.close()


def header_row(event: Stock, sale: SaleCompleted) -> tuple[Any, ...]:
    """A row of `sale`."""
    return (
        "001", event.id, "001", "", 0, b"", "sale", sale.number, sale.terminal, sale.series, sale.n, event.at,
        event.day, event.shift, "", None, sale.currency, sale.pieces, sale.gross_minor, sale.discount_minor,
        sale.total_minor, 0, sale.rounding_minor, sale.payable_minor, sale.change_minor, "[]", None, None, "", 0,
    )  # fmt: skip


def line_row(id_: str, line: Any) -> tuple[Any, ...]:
    """A row of `sale_line`."""
    return (
        "001", id_, line.line, line.sku, line.code, line.name.get("en", ""), line.quantity, line.unit,
        line.unit_price_minor, line.gross_minor, line.discount_minor, line.total_minor, line.tax_code,
        line.tax_minor, line.price_ref, None,
    )  # fmt: skip
