"""Goods in and write-off: movements, never values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edge.sales.actions import finish
from edge.stock.actions import receive, write_off
from edge.stock.queries import on_hand
from edge.till.actions import scan
from retail.errors import LianpuError
from schemas.events.base import BODY_BYTES_MAX
from tests.builders.edge import MANAGER, MANAGER_PIN, Shop, a_product
from tests.builders.till import Browser, a_browser


def line(sku: str, quantity: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity}


def test_goods_come_in_are_sold_and_written_off(shop: Shop) -> None:
    boss = shop.at(staff=MANAGER)
    receive(
        boss, reference="DN-7", lines=[line("A", 12000), line("00007", 2500), line("A", 1000)], approval=None
    )
    write_off(boss, reason="other", note="wet", lines=[line("A", 2000)], approval=None)
    scan(shop.at(), "2000000000015", quantity=3000)
    finish(shop.at(), basket=None, version=None)

    assert on_hand(shop.node.db, "001", ["A", "00007", "B"]) == {"A": 8000, "00007": 2500}
    rows = shop.node.db.rows("SELECT kind, reference, reason, day FROM stock_document ORDER BY rowid")
    assert [tuple(row) for row in rows] == [
        ("received", "DN-7", "", "2026-07-10"),
        ("written_off", "", "other", "2026-07-10"),
    ]
    total = shop.node.db.value("SELECT sum(quantity) FROM balance WHERE commodity = 'sku:A'")
    assert total == 0


def test_stock_may_go_below_zero_and_never_blocks_a_sale(shop: Shop) -> None:
    scan(shop.at(), "2000000000015")
    finish(shop.at(), basket=None, version=None)
    assert on_hand(shop.node.db, "001", ["A"]) == {"A": -1000}
    assert on_hand(shop.node.db, "001", []) == {}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "stock.lines_missing"), ([line("A", 0)], "quantity.not_positive"), ([line("A", -1000)], "quantity.not_positive"),
        ([line("A", 1500)], "basket.quantity_not_whole"), ([line("NOPE", 1000)], "till.product_unknown"),
        ([line("A", "1000")], "stock.line_malformed"), ([line("A", True)], "stock.line_malformed"),
        ([{"quantity": 1000}], "stock.line_malformed"), ([line("A", 1000)] * 501, "stock.lines_missing"),
        ([line("A", 4_891_234_560_000)], "quantity.too_large"),
    ],
)  # fmt: skip
def test_deliveries_that_cannot_be_change_nothing(shop: Shop, lines: list[dict[str, Any]], code: str) -> None:
    head = shop.node.journal.head
    with pytest.raises(LianpuError) as refused:
        receive(shop.at(staff=MANAGER), reference="x", lines=lines, approval=None)
    assert (refused.value.code, shop.node.journal.head) == (code, head)


def test_a_cashier_needs_an_approval(shop: Shop) -> None:
    browser = a_browser(shop)
    body = {"reference": "DN-1", "lines": [line("A", 1000)]}
    assert browser.refused("stock/receive", body) == (403, "people.approval_needed")
    browser.post("stock/receive", body | {"approval": {"staff": MANAGER, "pin": MANAGER_PIN}})
    assert browser.get("price-check?code=2000000000015").get_json()["results"][0]["stock"] == 1000


def test_a_delivery_sent_twice_is_booked_once(shop: Shop) -> None:
    browser = Browser(shop).pair().sign_in(MANAGER, MANAGER_PIN)
    body = {"reference": "DN-1", "lines": [line("A", 1000)]}
    first = browser.post("stock/receive", body, key="the-same-key")
    assert browser.post("stock/receive", body, key="the-same-key")["id"] == first["id"]
    assert on_hand(shop.node.db, "001", ["A"]) == {"A": 1000}


LONGEST = {language: "長" * 160 for language in ("en", "zh-Hans", "zh-Hant")}


def long_lines(shop: Shop, count: int) -> list[dict[str, Any]]:
    """So many products with the longest names that HQ takes."""
    for n in range(count):
        a_product(shop.node, f"L{n}", 100, name=LONGEST)
    return [line(f"L{n}", 1000 + 1000 * n) for n in range(count)]


def test_a_delivery_of_500_lines_with_the_longest_names_is_booked(shop: Shop) -> None:
    """As many events as it takes, in one transaction and under one delivery note."""
    lines = long_lines(shop, 500)

    answer = receive(shop.at(staff=MANAGER), reference="DN-9", lines=lines, approval=None)

    rows = shop.node.db.rows("SELECT id, reference, lines FROM stock_document ORDER BY rowid")
    assert answer["id"] == rows[0]["id"]
    assert len(rows) > 10
    assert {row["reference"] for row in rows} == {"DN-9"}
    booked = [(taken["sku"], taken["quantity"]) for row in rows for taken in json.loads(row["lines"])]
    assert booked == [(wanted["sku"], wanted["quantity"]) for wanted in lines]
    assert on_hand(shop.node.db, "001", ["L0", "L499"]) == {"L0": 1000, "L499": 500_000}
    assert shop.node.db.value("SELECT max(length(body)) FROM body") <= BODY_BYTES_MAX
    assert shop.node.db.value("SELECT count(*) FROM audit WHERE verb = 'stock.received'") == len(rows)


def test_a_long_write_off_is_booked_whole_and_its_note_stands_in_every_part(shop: Shop) -> None:
    browser = Browser(shop).pair().sign_in(MANAGER, MANAGER_PIN)
    body = {"reason": "other", "note": "溫" * 200, "lines": long_lines(shop, 120)}

    first = browser.post("stock/write-off", body, key="the-same-key")
    again = browser.post("stock/write-off", body, key="the-same-key")

    notes = shop.node.db.rows("SELECT body FROM body WHERE type = 'stock.written_off'")
    assert again["id"] == first["id"]
    assert len(notes) > 1
    assert {json.loads(row["body"])["p"]["note"] for row in notes} == {"溫" * 200}
    assert on_hand(shop.node.db, "001", ["L119"]) == {"L119": -120_000}
