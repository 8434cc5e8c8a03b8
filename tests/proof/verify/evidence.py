"""Databases to judge, made by the real code: two stores that trade and upload, and their headquarters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from edge.node import Node
from edge.receipts.actions import reprint
from edge.returns.actions import make_return
from edge.sales.actions import add_tender, finish
from edge.shifts.actions import close_shift, move_cash, open_drawer, open_shift
from edge.stock.actions import receive, write_off
from edge.syncing import identity as identities
from edge.syncing.running import make_links
from edge.till.actions import abort, discount, hold, recall, scan
from hq.ingest import own
from kit.clock import ManualClock
from kit.context import Context
from proof.sim.parties import Centre, a_centre, a_node
from retail.postings import for_opening_stock
from retail.tender import Tender, card, cash
from schemas.events.stock import OpeningStockSet, StockLine
from schemas.rows import catalogue, chain, stores
from sync.transport import Transport

NOON = 1_783_656_000_000  # 2026-07-10 12:00 in Hong Kong
GOODS = {
    "A": ("2000000000015", 1000, "FOOD"),
    "B": ("2000000000022", 730, "FOOD"),
    "C": ("2000000000039", 1995, "REST"),
}
CASHIER, MANAGER = "1001", "2001"


def text(words: str) -> dict[str, str]:
    """The same words in three languages."""
    return {"en": words, "zh-Hans": words, "zh-Hant": words}


def rows_of_chain() -> dict[tuple[str, str, str], msgspec.Struct]:
    """What HQ publishes to everybody: settings with two taxes included, reasons, goods, prices."""
    settings = chain.ChainSettingsRow(
        name=text("Demo"), currency="HKD", tax_rounding="receipt", cash_step_minor=10, day_turn="04:00",
        taxes=[
            chain.TaxRow(code="FOOD", name=text("9 %"), rate_ppm=90_000, included=True),
            chain.TaxRow(code="REST", name=text("13 %"), rate_ppm=130_000, included=True),
        ],
        weighed_rules=[chain.WeighedRuleRow(pattern="23IIIIIPPPPPC", kind="price")],
        receipt_head=text("Head"), receipt_foot=text("Foot"),
    )  # fmt: skip
    found: dict[tuple[str, str, str], msgspec.Struct] = {("chain", "settings", "chain"): settings}
    for name in ("discount", "return", "no_sale", "cash", "write_off", "void", "reprint"):
        row = chain.ReasonRow(list=name, code="other", name=text("Other"), position=1)
        found[("chain", "reason", f"{name}|other")] = row
    for sku, (code, price, tax) in {**GOODS, "00007": ("00007", 5000, "FOOD")}.items():
        found[("chain", "product", sku)] = catalogue.ProductRow(
            sku=sku, name=text(f"Product {sku}"), brand=text(""), spec="", unit="kg" if sku == "00007" else "pc",
            weighed=sku == "00007", tax_code=tax, category="", active=True, pinyin="",
        )  # fmt: skip
        found[("chain", "barcode", f"{code}|{sku}")] = catalogue.BarcodeRow(code=code, sku=sku)
        found[("chain", "price", f"{sku}|p1")] = catalogue.PriceRow(
            sku=sku, id="p1", price_minor=price, from_civil="2026-01-01T00:00"
        )
    return found


def rows_of_store(code: str, zone: str) -> dict[tuple[str, str, str], msgspec.Struct]:
    """What HQ publishes to one store."""
    scope = f"store:{code}"
    place = stores.StoreRow(
        code=code, name=text("Store"), address=text("Street"), zone=zone, time_zone="Asia/Hong_Kong",
        receipt_head=text(""), receipt_foot=text(""),
    )  # fmt: skip
    found: dict[tuple[str, str, str], msgspec.Struct] = {(scope, "store", code): place}
    for terminal in ("01", "02"):
        found[(scope, "terminal", terminal)] = stores.TerminalRow(code=terminal, name=terminal, devices={})
    for number, role in ((CASHIER, "cashier"), (MANAGER, "manager")):
        found[(scope, "staff", number)] = stores.StaffRow(
            number=number, name=role, role=role, language="en", active=True, generation=1, initial=""
        )
    return found


def pump(link: Any, line: Transport) -> None:
    """Run one direction until it has nothing to ask."""
    request = link.wake()
    while request is not None:
        request = link.answered(line.send(request))


@dataclass
class Store:
    """A trading node with its two directions."""

    node: Node
    centre: Centre
    clock: ManualClock

    def __post_init__(self) -> None:
        self.reopen(self.node)

    def reopen(self, node: Node) -> None:
        """New machines around a node, as after a restart."""
        self.node = node
        identity = identities.load(node.db)
        assert identity is not None
        self.links = make_links(node, identity, listens=False)

    def at(self, terminal: str = "01", staff: str = MANAGER) -> Context:
        """A person at a terminal."""
        actor = self.node.people.actor(staff)
        assert actor is not None
        return replace(self.node.context(actor, terminal), facts={})

    def sync(self) -> None:
        """Both directions until both rest, and HQ carries it into its ledger."""
        for _ in range(3):
            self.clock.advance(70_000)
            pump(self.links.up, self.centre.transport())
            pump(self.links.down, self.centre.transport())
        self.centre.projector.drain()

    def sell(self, *goods: str, tenders: tuple[Tender, ...] = (), terminal: str = "01") -> str:
        """One sale; a good is a SKU, "B*3" are three pieces. Returns the event's id."""
        self.clock.advance(5_000)
        ctx = self.at(terminal, CASHIER)
        for good in goods:
            sku, _, count = good.partition("*")
            scan(ctx, GOODS[sku][0] if sku in GOODS else sku, quantity=int(count or 1) * 1000)
        sale: str = finish(ctx, basket=None, version=None, added=tenders)["sale"]["id"]
        return sale

    def back(self, sale: str, **lines: int) -> str:
        """Return pieces of a sale: `l1=1` is one piece of line 1."""
        self.clock.advance(5_000)
        wanted = {int(line[1:]): pieces * 1000 for line, pieces in lines.items()}
        done = make_return(self.at(), original=sale, reason="other", wanted=wanted, tenders=(), approval=None)
        id_: str = done["document"]["id"]
        return id_


def a_day(store: Store) -> None:
    """Everything a till can do in a day, on two terminals, and the close of one shift with a difference."""
    open_shift(store.at(), 50_000)
    open_shift(store.at("02"), 20_000)
    lines = [{"sku": sku, "quantity": 90_000} for sku in GOODS]
    receive(store.at(), reference="DN-1", lines=lines, approval=None)
    sale = store.sell("A*3", "B*2", tenders=(cash(10_000),))
    store.sell("C", tenders=(card(1995, "A1"),))
    mixed = store.sell("C*2", "A", tenders=(card(2500), cash(5_000)))
    store.sell("2300007012340", "B", terminal="02")
    _discounted(store)
    store.back(sale, l1=1)
    store.back(sale, l1=1, l2=1)
    store.back(mixed, l1=2)
    write_off(store.at(), reason="other", note="", lines=[{"sku": "A", "quantity": 2000}], approval=None)
    for direction in ("in", "out"):
        move_cash(store.at(), direction=direction, amount_minor=1500, reason="other", note="", approval=None)
    open_drawer(store.at(), reason="other", note="", approval=None)
    reprint(store.at(), sale, reason="other", approval=None)
    scan(store.at("02"), GOODS["A"][0])
    abort(store.at("02"), "other", None)
    scan(store.at("02"), GOODS["B"][0])
    held = hold(store.at("02"), "for later")["held"]
    recall(store.at(), held)
    finish(store.at(), basket=None, version=None)
    close_shift(store.at(), count={"1000": 52, "100": 4}, confirmed=(), approval=None)


def _discounted(store: Store) -> None:
    ctx = store.at()
    scan(ctx, GOODS["A"][0], quantity=2000)
    scan(ctx, GOODS["C"][0])
    row = store.node.db.row("SELECT content FROM basket WHERE state = 'open' AND terminal = '01'")
    assert row is not None
    line = msgspec.json.decode(row["content"])
    first = line.get("basket", line)["lines"][0]["id"]
    discount(ctx, first, "percent", 125_000, "other", None)
    discount(ctx, None, "amount", 333, "other", None)
    add_tender(ctx, card(1000))
    finish(ctx, basket=None, version=None, added=(cash(5_000),))


def make(folder: Path) -> dict[str, Path]:
    """Two stores with a day behind them, the next morning begun, the newest sale not uploaded yet.

    Returns paths by name: s1, s2 (node.sqlite), r1 (reference.sqlite), hq, w1 (witness).
    """
    clock = ManualClock(NOON)
    centre = a_centre(folder / "hq", clock, url=f"sqlite:///{folder / 'hq.sqlite'}")
    centre.publish({**rows_of_chain(), **rows_of_store("001", "A"), **rows_of_store("002", "B")})
    opening(centre)
    stores_made = []
    for code in ("001", "002"):
        store = Store(a_node(folder / code, centre, code, clock), centre, clock)
        store.sync()
        a_day(store)
        store.sync()
        stores_made.append(store)
    centre.publish({("chain", "price", "A|p2"): catalogue.PriceRow(
        sku="A", id="p2", price_minor=1100, from_civil="2026-08-01T00:00")})  # fmt: skip
    clock.advance(20 * 3_600_000)
    for store in stores_made:
        open_shift(store.at(), 30_000)
        store.sell("A", "B")
        store.sync()
        store.sell("B", tenders=(cash(1_000),))
        store.node.close()
    centre.close()
    found = {
        "hq": folder / "hq.sqlite",
        "w1": folder / "001.witness",
        "r1": folder / "001" / "reference.sqlite",
    }
    return found | {"s1": folder / "001" / "node.sqlite", "s2": folder / "002" / "node.sqlite"}


def opening(centre: Centre) -> None:
    """HQ books what store 001 starts with: an event of HQ's own log."""
    lines = [StockLine(sku=sku, name=text(sku), quantity=50_000, unit="pc") for sku in GOODS]
    with centre.hq.db.write() as connection:
        fact = OpeningStockSet(store="001", lines=lines)
        own.record(centre.hq, connection, fact, staff="1", post=for_opening_stock("001", lines))
