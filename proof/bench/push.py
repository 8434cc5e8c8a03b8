"""The upload of 10,000 sales of one store through the product, beside a bare centre that only decodes and inserts.

Ours: the node's outbox, batches, compression and signature · HQ's authentication, chain check and stage 1 · the
signed receipt and the node's note of it · stage 2 with postings, balances and projections, until nothing is left.
The limit: the same bodies in the same batches and the same compression; its centre unpacks, decodes and inserts
header, lines, tenders and stock movements with dedupe, one FULL transaction a batch, and answers.
Both centres are SQLite files and are called in the same process, so that one core does all the work of either side.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from edge.journal.draft import Draft
from edge.node import Node
from edge.sales.projection import write_sale
from edge.sales.shape import sale_of
from edge.syncing import identity as identities
from edge.syncing.running import Links, make_links
from hq.ingest.handlers.statements import STATEMENTS
from kit.clock import SystemClock
from kit.sql import SqlDatabase, bulk, migrate
from proof.bench.measure import Figure
from proof.bench.shop import real_products
from proof.sim.parties import CASHIER, CURRENCY, DAY, Centre, a_centre, a_node
from retail import basket as rules
from retail.basket import Basket, Line
from retail.postings import for_sale
from retail.tax import TaxPolicy
from retail.tender import Tender, card, cash, settle
from schemas.events.sales import SaleCompleted
from schemas.wire import frame
from sync import guard
from sync.calls import Answer, Request
from sync.transport import InProcessTransport

SALES, BATCH = 10_000, 500
TARGET = 0.4
SEED = 20260710
SEGMENT, SEGMENT_HEADERS = 1448, 52  # TCP over IPv4 with time stamps


def measure(rounds: int, sales: int = SALES) -> list[Figure]:
    """Sales per second on both sides, and what they cost."""
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        store = Store(Path(folder))
        bare = Bare(Path(folder) / "bare.sqlite")
        runs = []
        try:
            for n in range(rounds + 1):
                bodies = store.fill(sales)
                run = Run(store.upload(sales), bare.upload(bodies))
                if n:
                    runs.append(run)
            said = store.check(sales * (rounds + 1))
        finally:
            bare.close()
            store.close()
    return figures(runs, said)


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
    """Both sides of one round."""

    ours: Upload
    bare: Upload


def figures(runs: list[Run], said: str) -> list[Figure]:
    """Medians over the rounds."""

    def middle(values: Iterator[float]) -> float:
        return statistics.median(values)

    def compare(
        name: str, unit: str, ours: Any, bare: Any, note: str = "", target: float | None = None
    ) -> Figure:
        ratio = middle(ours(run.ours) / bare(run.bare) for run in runs)
        mine, limit = middle(ours(run.ours) for run in runs), middle(bare(run.bare) for run in runs)
        return Figure(name, mine, limit, unit, ratio, target, at_least=True, note=note)

    def per_sale(field_name: str, scale: float) -> Any:
        return lambda upload: getattr(upload, field_name) * scale / upload.sales

    return [
        compare(
            "upload of 10,000 sales", "sales/s", lambda u: u.per_second, lambda u: u.per_second, said, TARGET
        ),
        compare(
            "HQ's processor time per sale", "ms", per_sale("centre_seconds", 1000), per_sale("centre_seconds", 1000)
        ),
        compare("bytes on the line per sale", "bytes", per_sale("wire_bytes", 1), per_sale("wire_bytes", 1)),
    ]  # fmt: skip


class Store:
    """A node and its HQ, joined in one process."""

    def __init__(self, folder: Path) -> None:
        clock = SystemClock()
        self.centre: Centre = a_centre(folder / "hq", clock, url=f"sqlite:///{folder / 'hq.sqlite'}")
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


def a_sale(node: Node, draft: Draft, dice: random.Random, goods: list[dict[str, Any]]) -> None:
    """Header, five lines, one payment or two, and ten postings of goods: what a till writes, without its screens."""
    series, n, number = draft.number("01")
    id_ = draft.new_id()
    lines = tuple(
        Line(
            id=f"l{at}", sku=row["sku"], code=row["code"], quantity=1000, unit="pc", spec=row["spec"],
            name={"en": row["en"], "zh-Hans": row["hans"], "zh-Hant": row["hant"]},
            unit_price_minor=row["price"], price_ref="chain/p1", tax_code="", weighed=False,
        )
        for at, row in enumerate(dice.sample(goods, 5))
    )  # fmt: skip
    basket = Basket(id_, "01", CURRENCY, lines, started_at=draft.at, staff=CASHIER.staff)
    sums = rules.totals(basket, TaxPolicy())
    tenders: tuple[Tender, ...] = (cash(sums.total),)
    if dice.random() < 0.5:
        tenders = (card(sums.total // 2), cash(sums.total - sums.total // 2))
    sale = sale_of(basket, sums, settle(sums.total, tenders, 0), number=number, series=series, n=n)
    post = for_sale(node.store, "01", CURRENCY, sale.lines, sale.taxes, settle(sums.total, tenders, 0))
    made = draft.event(sale, post=post, agg=[f"sale:{id_}"], day=DAY, shift="s1", id=id_)
    facts = {"id": id_, "at": made.at, "day": DAY, "shift": "s1", "staff": CASHIER.staff}
    write_sale(draft.tx, facts, sale)


# -- the limit ---------------------------------------------------------------------------------------------


class Stock(msgspec.Struct):
    """Of an event only what the bare centre inserts."""

    id: str
    at: int
    day: str
    p: SaleCompleted
    post: list[tuple[str, str, int]]
    shift: str = ""


@dataclass
class Bare:
    """A centre that trusts everybody: unpack, decode, insert with dedupe, commit, answer."""

    path: Path
    db: SqlDatabase = field(init=False)

    def __post_init__(self) -> None:
        self.db = SqlDatabase(f"sqlite:///{self.path}")
        migrate(self.db)
        self._decode = msgspec.json.Decoder(Stock).decode

    def upload(self, bodies: list[bytes]) -> Upload:
        """Send all bodies in batches, each after the answer to the one before."""
        made = Upload(len(bodies))
        began = time.perf_counter()
        for start in range(0, len(bodies), BATCH):
            part = bodies[start : start + BATCH]
            packed = guard.compress(len(part).to_bytes(4, "big") + frame.join(part))
            worked = time.thread_time()
            answer = self.take(packed)
            made.centre_seconds += time.thread_time() - worked
            made.wire_bytes += on_the_line(200 + len(packed)) + on_the_line(150 + len(answer))
        made.seconds = time.perf_counter() - began
        return made

    def take(self, packed: bytes) -> bytes:
        """One batch."""
        plain = guard.inflate(packed)
        events = map(self._decode, frame.split(plain[4:], int.from_bytes(plain[:4], "big")))
        sales, lines, tenders, stock = [], [], [], []
        for event in events:
            sale, id_ = event.p, event.id
            sales.append(header_row(event, sale))
            lines += [line_row(id_, line) for line in sale.lines]
            tenders += [
                ("001", id_, n, t.kind, t.amount_minor, t.given_minor, t.change_minor, t.approval)
                for n, t in enumerate(sale.tenders)
            ]
            moved = (post for post in event.post if post[0] == "stock:001:on_hand")
            stock += [("001", id_, n, *post) for n, post in enumerate(moved)]
        with self.db.write() as connection:
            bulk(connection, STATEMENTS["sale"], sales)
            bulk(connection, STATEMENTS["sale_line"], lines)
            bulk(connection, STATEMENTS["sale_tender"], tenders)
            bulk(
                connection,
                "INSERT INTO posting (store, id, n, account, commodity, quantity) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (store, id, n) DO NOTHING",
                stock,
            )
        return b'{"taken":%d}' % len(sales)

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
