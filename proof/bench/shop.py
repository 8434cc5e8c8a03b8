"""A node that can sell, for the benchmarks: real products of the demo, plus as many as asked, made from their words.

Made products are marked `bench` in sku and spec and never reach the demo.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.node import Node
from edge.shifts.actions import open_shift
from kit.context import Actor, Context
from kit.crypto import hash_secret
from kit.db import Connection
from retail.barcode import check_digit
from schemas.config.edge import EdgeConfig
from schemas.rows import chain, stores
from schemas.rows.registry import encode

DATA = Path(__file__).resolve().parent.parent / "demo_data"
EVERYTHING = frozenset(
    {"till.sell", "till.discount", "shifts.open", "shifts.close", "till.void_basket", "receipts.view"}
)
CODES = ("2000000000015", "2000000000022", "2000000000039", "2000000000046", "2000000000053")
SEED = 20260710
STAFF, INITIAL, PIN = "1001", "555777", "482913"


def a_selling_node(home: Path, products: int = 0, config: EdgeConfig | None = None) -> tuple[Node, Context]:
    """An enrolled node with an open shift and the demo's products (and `products` in all, when that is more)."""
    node = Node(home, config or EdgeConfig(witness=str(home.parent / "witness"), ballast_mb=1, disk_min_mb=1))
    node.become("001")
    with node.reference.db.write() as tx:
        _settings(tx)
        goods = list(real_products())
        _insert(tx, goods)
        if products > len(goods):
            _insert(tx, made_products(goods, products - len(goods)))
    node.reference.changed()
    ctx = node.context(Actor(STAFF, "Bench", "manager", EVERYTHING, "en"), "01")
    open_shift(ctx, 50_000)
    return node, ctx


def real_products() -> Iterator[dict[str, Any]]:
    """The demo catalogue with chain prices."""
    prices = {
        row["product_code"]: int(row["price_minor"])
        for row in _rows("prices")
        if row["zone"] == "chain" and row["from_date"] < "2026-07-10"
    }
    for row in _rows("products"):
        yield {
            "sku": row["product_code"],
            "code": row["barcode"],
            "en": f"{row['brand_en']} {row['name_en']}",
            "hans": f"{row['brand_zh_hans']} {row['name_zh_hans']}",
            "hant": f"{row['brand_zh_hant']} {row['name_zh_hant']}",
            "spec": "",
            "price": prices.get(row["product_code"], 1000),
        }


def made_products(real: list[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """Products from a fixed seed: the first words of one real name with the last words of another."""
    dice = random.Random(SEED)
    for n in range(count):
        first, second = dice.choice(real), dice.choice(real)
        body = f"27{n:010d}"
        yield {
            "sku": f"bench-{n:06d}",
            "code": f"{body}{check_digit(body)}",
            "en": " ".join([*first["en"].split()[:3], *second["en"].split()[-3:]]),
            "hans": first["hans"][: len(first["hans"]) // 2] + second["hans"][len(second["hans"]) // 2 :],
            "hant": first["hant"][: len(first["hant"]) // 2] + second["hant"][len(second["hant"]) // 2 :],
            "spec": "bench",
            "price": dice.randrange(200, 20_000),
        }


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DATA / f"{name}.csv.gz", "rb") as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, "utf-8"))


def _insert(tx: Connection, goods: Any) -> None:
    products, barcodes, prices = [], [], []
    for row in goods:
        search = " ".join((row["sku"], row["code"], row["en"], row["hans"], row["hant"], row["spec"])).lower()
        products.append(
            (row["sku"], "pc", 0, "", "", 1, row["en"], row["hans"], row["hant"], row["spec"], search)
        )
        barcodes.append((row["code"], row["sku"], 1000))
        prices.append((row["sku"], "chain", "p1", row["price"], "2026-01-01T00:00", None))
    tx.executemany("INSERT INTO product VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", products)
    tx.executemany("INSERT INTO barcode VALUES (?, ?, ?)", barcodes)
    tx.executemany("INSERT INTO price VALUES (?, ?, ?, ?, ?, ?)", prices)


def _settings(tx: Connection) -> None:
    nothing = {"en": "", "zh-Hans": "", "zh-Hant": ""}
    settings = chain.ChainSettingsRow(
        name={"en": "Bench"}, currency="HKD", tax_rounding="receipt", taxes=[], cash_step_minor=10,
        day_turn="04:00", weighed_rules=[], receipt_head=nothing, receipt_foot=nothing,
    )  # fmt: skip
    store = stores.StoreRow(
        code="001", name={"en": "Bench"}, address=nothing, zone="A", time_zone="Asia/Hong_Kong",
        receipt_head=nothing, receipt_foot=nothing,
    )  # fmt: skip
    terminal = stores.TerminalRow(code="01", name="T01", devices={})
    person = stores.StaffRow(
        number=STAFF, name="Bench", role="manager", language="en", active=True, generation=1,
        initial=hash_secret(INITIAL),
    )  # fmt: skip
    void = chain.ReasonRow(list="void", code="other", name={"en": "Other"}, position=1)
    for scope, kind, key, row in (
        ("chain", "settings", "chain", settings),
        ("store:001", "store", "001", store),
        ("store:001", "terminal", "01", terminal),
        ("store:001", "staff", STAFF, person),
        ("chain", "reason", "void|other", void),
    ):
        tx.execute("INSERT INTO row VALUES (?, ?, ?, ?)", (scope, kind, key, encode(row)))
