"""Sales as a till writes them, without its screens: into a node's journal, or as a body alone."""

from __future__ import annotations

import random
import time
from typing import Any

from edge.journal.draft import Draft
from edge.node import Node
from edge.sales.projection import write_sale
from edge.sales.shape import sale_of
from kit.crypto import random_bytes
from proof.sim.parties import CASHIER, CURRENCY, DAY
from retail import basket as rules
from retail.basket import Basket, Line
from retail.ids import receipt_number, uuid7
from retail.postings import Posting, for_sale
from retail.tax import TaxPolicy
from retail.tender import Tender, card, cash, settle
from schemas.events.base import Actor, Event, encode, payload
from schemas.events.registry import type_of
from schemas.events.sales import SaleCompleted

SERIES = "BENCH"


def a_sale(node: Node, draft: Draft, dice: random.Random, goods: list[dict[str, Any]]) -> None:
    """What a till writes of a sale, without its screens."""
    series, n, number = draft.number("01")
    id_ = draft.new_id()
    sale, post = sold(node.store, id_, draft.at, (number, series, n), dice, goods)
    made = draft.event(sale, post=post, agg=[f"sale:{id_}"], day=DAY, shift="s1", id=id_)
    facts = {"id": id_, "at": made.at, "day": DAY, "shift": "s1", "staff": CASHIER.staff}
    write_sale(draft.tx, facts, sale)


def sold(
    store: str,
    id_: str,
    at: int,
    number: tuple[str, str, int],
    dice: random.Random,
    goods: list[dict[str, Any]],
) -> tuple[SaleCompleted, list[Posting]]:
    """Header, five lines, one payment or two, and ten postings of goods; `number` as printed, series, n."""
    lines = tuple(
        Line(
            id=f"l{at}", sku=row["sku"], code=row["code"], quantity=1000, unit="pc", spec=row["spec"],
            name={"en": row["en"], "zh-Hans": row["hans"], "zh-Hant": row["hant"]},
            unit_price_minor=row["price"], price_ref="chain/p1", tax_code="", weighed=False,
        )
        for at, row in enumerate(dice.sample(goods, 5))
    )  # fmt: skip
    basket = Basket(id_, "01", CURRENCY, lines, started_at=at, staff=CASHIER.staff)
    sums = rules.totals(basket, TaxPolicy())
    tenders: tuple[Tender, ...] = (cash(sums.total),)
    if dice.random() < 0.5:
        tenders = (card(sums.total // 2), cash(sums.total - sums.total // 2))
    paid = settle(sums.total, tenders, 0)
    sale = sale_of(basket, sums, paid, number=number[0], series=number[1], n=number[2])
    return sale, for_sale(store, "01", CURRENCY, sale.lines, sale.taxes, paid)


def a_body(store: str, n: int, dice: random.Random, goods: list[dict[str, Any]]) -> bytes:
    """The body of a sale of a store that has no journal here; `n` counts its receipts."""
    at = time.time_ns() // 1_000_000
    id_ = uuid7(at, random_bytes(10))
    sale, post = sold(store, id_, at, (receipt_number(store, "01", SERIES, n), SERIES, n), dice, goods)
    kind = type_of(sale)
    event = Event(
        id=id_, at=at, hlc=f"{at:012x}0000", type=kind.name, tv=kind.tv, day=DAY, shift="s1",
        actor=Actor(staff=CASHIER.staff, terminal="01"), agg=[f"sale:{id_}"], post=list(post), p=payload(sale),
    )  # fmt: skip
    return encode(event)
