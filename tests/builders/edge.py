"""A store node without HQ: reference rows are written as sync would write them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from edge.node import Node
from kit.clock import ManualClock
from kit.context import Context
from kit.crypto import hash_secret
from schemas.config.edge import EdgeConfig
from schemas.rows import catalogue, chain, stores
from schemas.rows.registry import encode

NOON = 1_783_656_000_000  # 2026-07-10 12:00 in Hong Kong
CASHIER, MANAGER = "1001", "2001"
CASHIER_PIN, MANAGER_PIN = "482913", "739164"


def text(words: str) -> dict[str, str]:
    """The same words in three languages, told apart by a mark."""
    return {"en": words, "zh-Hans": f"{words}简", "zh-Hant": f"{words}繁"}


def put(node: Node, scope: str, kind: str, key: str, row: msgspec.Struct) -> None:
    """One reference row with its projections."""
    with node.reference.db.write() as tx:
        tx.execute(
            "INSERT INTO row (scope, kind, key, bytes) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (scope, kind, key) DO UPDATE SET bytes = excluded.bytes",
            (scope, kind, key, encode(row)),
        )
        if isinstance(row, catalogue.ProductRow):
            names = [row.name.get(language, "") for language in ("en", "zh-Hans", "zh-Hant")]
            search = " ".join([row.sku, *names, row.spec, row.pinyin]).lower()
            tx.execute(
                "INSERT OR REPLACE INTO product VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.sku,
                    row.unit,
                    row.weighed,
                    row.tax_code,
                    row.category,
                    row.active,
                    *names,
                    row.spec,
                    search,
                ),
            )
        if isinstance(row, catalogue.BarcodeRow):
            tx.execute("INSERT OR REPLACE INTO barcode VALUES (?, ?, ?)", (row.code, row.sku, row.quantity))
        if isinstance(row, catalogue.PriceRow):
            tx.execute(
                "INSERT OR REPLACE INTO price VALUES (?, ?, ?, ?, ?, ?)",
                (row.sku, scope, row.id, row.price_minor, row.from_civil, row.until_civil),
            )
    node.reference.changed()


def a_product(node: Node, sku: str, price: int | None, *, code: str = "", **fields: Any) -> None:
    """A product with one barcode and a chain price."""
    values: dict[str, Any] = {
        "name": text(f"Product {sku}"),
        "brand": text(""),
        "spec": "",
        "unit": "pc",
        "weighed": False,
        "tax_code": "",
        "category": "",
        "active": True,
        "pinyin": "",
    }
    put(node, "chain", "product", sku, catalogue.ProductRow(sku=sku, **(values | fields)))
    put(node, "chain", "barcode", f"{code or sku}|{sku}", catalogue.BarcodeRow(code=code or sku, sku=sku))
    if price is not None:
        a_price(node, sku, price)


def a_price(
    node: Node, sku: str, price: int, *, scope: str = "chain", since: str = "2026-01-01T00:00", id: str = "p1"
) -> None:
    """A price in a scope."""
    row = catalogue.PriceRow(sku=sku, id=id, price_minor=price, from_civil=since)
    put(node, scope, "price", f"{sku}|{id}", row)


def a_chain(node: Node, **fields: Any) -> None:
    """Chain settings, reasons, the store and its terminals."""
    values: dict[str, Any] = {
        "name": text("Demo"),
        "currency": "HKD",
        "tax_rounding": "receipt",
        "taxes": [],
        "cash_step_minor": 10,
        "day_turn": "04:00",
        "weighed_rules": [
            chain.WeighedRuleRow(pattern="21IIIIIWWWWWC", kind="weight"),
            chain.WeighedRuleRow(pattern="23IIIIIPPPPPC", kind="price"),
        ],
        "receipt_head": text("Head"),
        "receipt_foot": text("Foot"),
    }
    put(node, "chain", "settings", "chain", chain.ChainSettingsRow(**(values | fields)))
    for name in ("discount", "return", "no_sale", "cash", "write_off", "void", "reprint"):
        row = chain.ReasonRow(list=name, code="other", name=text("Other"), position=1)
        put(node, "chain", "reason", f"{name}|other", row)
    store = stores.StoreRow(
        code=node.store,
        name=text("Store"),
        address=text("Street 1"),
        zone="A",
        time_zone="Asia/Hong_Kong",
        receipt_head=text(""),
        receipt_foot=text(""),
    )
    put(node, f"store:{node.store}", "store", node.store, store)
    for code in ("01", "02"):
        row2 = stores.TerminalRow(code=code, name=f"Lane {code}", devices={})
        put(node, f"store:{node.store}", "terminal", code, row2)


_INITIAL = hash_secret("555777")


def a_person(node: Node, number: str, role: str, pin: str) -> None:
    """A member of staff whose PIN is set."""
    row = stores.StaffRow(
        number=number,
        name=f"{role} {number}",
        role=role,
        language="en",
        active=True,
        generation=1,
        initial=_INITIAL,
    )
    put(node, f"store:{node.store}", "staff", number, row)
    node.people.set_pin(node.context(device="01"), number, "555777", pin)


@dataclass
class Shop:
    """A node with a clock that the test moves, a cashier and a manager signed in at terminal 01."""

    node: Node
    clock: ManualClock

    def at(self, terminal: str = "01", staff: str = CASHIER, **facts: Any) -> Context:
        """A context of a person at a terminal."""
        actor = self.node.people.actor(staff)
        assert actor is not None
        return replace(self.node.context(actor, terminal), facts=facts)

    def close(self) -> None:
        """Give the files back."""
        self.node.close()

    def restart(self, clock: ManualClock | None = None) -> None:
        """End the node and start it again on the same home; a new clock is another boot of the machine."""
        self.node.close()
        self.clock = clock or self.clock
        self.node = Node(self.node.home, self.node.config, self.clock)


def config_for(home: Path) -> EdgeConfig:
    """Small ballast, the witness beside the home."""
    return EdgeConfig(witness=str(home.parent / f"{home.name}.witness"), ballast_mb=1, disk_min_mb=1)


def a_copy(template: Path, home: Path) -> Shop:
    """A shop from a closed one, witness included: much faster than building it."""
    shutil.copytree(template, home)
    witness = template.parent / f"{template.name}.witness"
    if witness.exists():
        shutil.copy(witness, home.parent / f"{home.name}.witness")
    clock = ManualClock(NOON)
    return Shop(Node(home, config_for(home), clock), clock)


def a_shop(home: Path, *, store: str = "001", shift: bool = True, **chain_fields: Any) -> Shop:
    """A store ready to sell: product A 10.00, B 7.30, C 19.95, W 50.00 a kilo."""
    clock = ManualClock(NOON)
    node = Node(home, config_for(home), clock)
    node.become(store)
    a_chain(node, **chain_fields)
    a_product(node, "A", 1000, code="2000000000015")
    a_product(node, "B", 730, code="2000000000022")
    a_product(node, "C", 1995, code="2000000000039")
    a_product(node, "00007", 5000, code="00007", unit="kg", weighed=True)
    a_person(node, CASHIER, "cashier", CASHIER_PIN)
    a_person(node, MANAGER, "manager", MANAGER_PIN)
    shop = Shop(node, clock)
    if shift:
        from edge.shifts.actions import open_shift

        open_shift(shop.at(staff=MANAGER), 50000)
    return shop
