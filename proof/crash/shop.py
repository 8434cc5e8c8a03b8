"""The store on which acts are recorded: enrolled at an HQ in this process, with goods, a cashier and past sales."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from edge.node import Node
from edge.sales.actions import finish
from edge.shifts.actions import open_shift
from edge.syncing import identity as identities
from edge.syncing.running import Links, make_links
from edge.till.actions import scan
from kit.clock import ManualClock
from kit.context import Actor, Context
from kit.crypto import write_secret
from proof.sim.parties import Centre, a_node, open_node, text
from proof.sim.ready import a_ready_centre, give_back
from schemas.rows import catalogue, chain, stores
from sync.runner import Link

STORE, TERMINAL = "001", "01"
STORES = {STORE: "A", "002": "A"}
HOME = "home"
GOODS = {"A": 1_000, "B": 2_550, "C": 90}
RIGHTS = frozenset(
    {"till.sell", "shifts.open", "shifts.close", "shifts.cash", "returns.make", "till.void_basket"}
)
KEY = bytes(range(32))
TURNS_MAX = 200


@dataclass
class Shop:
    """HQ, the template's folder and the clock that all of it reads."""

    centre: Centre
    template: Path
    clock: ManualClock

    def copy(self, root: Path) -> None:
        """The closed template below `root`."""
        shutil.copytree(self.template, root, dirs_exist_ok=True)

    def open(self, root: Path) -> Node:
        """Boot the node whose files lie below `root`."""
        return open_node(root / HOME, self.clock)

    def close(self) -> None:
        """Give HQ back."""
        give_back(self.centre)


def a_shop(folder: Path) -> Shop:
    """HQ with goods; a store that has enrolled, taken them, opened a shift and sold twice; everything is closed."""
    clock = ManualClock()
    centre = a_ready_centre(folder / "hq", clock, stores=STORES)
    centre.publish(rows())
    template = folder / "template"
    write_secret(template / HOME / "keys" / "device.key", KEY)
    node = enrol(template, centre, clock)
    ctx = cashier(node)
    open_shift(ctx, 50_000)
    for _ in range(2):
        sell(ctx, "A", "B")
    exchange(node, centre)
    node.close()
    return Shop(centre, template, clock)


def enrol(root: Path, centre: Centre, clock: ManualClock, store: str = STORE) -> Node:
    """A node that has enrolled and taken HQ's rows."""
    node = a_node(root / HOME, centre, store, clock)
    exchange(node, centre)
    return node


def cashier(node: Node) -> Context:
    """The person at the till."""
    return node.context(Actor("1001", "Cashier", "manager", RIGHTS, "en"), TERMINAL)


def sell(ctx: Context, *codes: str) -> dict[str, Any]:
    """Scan and finish with exact cash: the commands of the till."""
    for code in codes:
        scan(ctx, code)
    done: dict[str, Any] = finish(ctx, basket=None, version=None)["sale"]
    return done


# -- the line ----------------------------------------------------------------------------------------------


def exchange(node: Node, centre: Centre) -> Links:
    """Let both directions talk to HQ until neither has anything to ask."""
    identity = identities.load(node.db)
    assert identity is not None
    links = make_links(node, identity, listens=False, uniform=lambda low, high: low)
    for _ in range(TURNS_MAX):
        asked = sum(_turn(link, centre) for link in (links.up, links.down))
        if not asked:
            return links
    raise RuntimeError("the node and HQ do not come to an end")


def _turn(link: Link, centre: Centre) -> int:
    """Ask what is due; returns how many questions that were."""
    request, asked = link.wake(), 0
    while request is not None and asked < TURNS_MAX:
        asked += 1
        request = link.answered(centre.transport().send(request))
    return asked


# -- what HQ publishes -------------------------------------------------------------------------------------


def rows(price_minor: int = 0) -> dict[tuple[str, str, str], msgspec.Struct | bytes | None]:
    """Settings, one terminal and the goods; `price_minor` is added to every price."""
    settings = chain.ChainSettingsRow(
        name=text("Crash"), currency="HKD", tax_rounding="receipt", taxes=[], cash_step_minor=10,
        day_turn="04:00", weighed_rules=[], receipt_head=text(""), receipt_foot=text(""),
    )  # fmt: skip
    found: dict[tuple[str, str, str], msgspec.Struct | bytes | None] = {
        ("chain", "settings", "chain"): settings,
        ("chain", "reason", "return|other"): chain.ReasonRow(
            list="return", code="other", name=text("Other"), position=1
        ),
    }
    for code in STORES:
        found[f"store:{code}", "store", code] = stores.StoreRow(
            code=code, name=text("Crash"), address=text(""), zone="A", time_zone="Asia/Hong_Kong",
            receipt_head=text(""), receipt_foot=text(""),
        )  # fmt: skip
        found[f"store:{code}", "terminal", TERMINAL] = stores.TerminalRow(
            code=TERMINAL, name="T01", devices={}
        )
    for sku, price in GOODS.items():
        found |= product(sku, price + price_minor)
    return found


def product(sku: str, price_minor: int) -> dict[tuple[str, str, str], msgspec.Struct | bytes | None]:
    """A product with its own name as barcode, and its chain price."""
    return {
        ("chain", "product", sku): catalogue.ProductRow(
            sku=sku, name=text(f"Product {sku}"), brand=text(""), spec="", unit="pc", weighed=False, tax_code="",
            category="", active=True, pinyin="",
        ),
        ("chain", "barcode", f"{sku}|{sku}"): catalogue.BarcodeRow(code=sku, sku=sku),
        ("chain", "price", f"{sku}|p1"): catalogue.PriceRow(
            sku=sku, id="p1", price_minor=price_minor, from_civil="2026-01-01T00:00"
        ),
    }  # fmt: skip
