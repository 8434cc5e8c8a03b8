"""Goods in and write-off: movements, never values."""

from __future__ import annotations

from typing import Any

import pytest

from edge.sales.actions import finish
from edge.stock.actions import receive, write_off
from edge.stock.queries import on_hand
from edge.till.actions import scan
from retail.errors import LianpuError
from tests.builders.edge import MANAGER, MANAGER_PIN, Shop
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


def test_a_delivery_of_500_long_names_is_refused_in_words_and_not_by_the_journal(shop: Shop) -> None:
    from tests.builders.edge import a_product

    name = {language: "長" * 60 for language in ("en", "zh-Hans", "zh-Hant")}
    for n in range(150):
        a_product(shop.node, f"L{n}", 100, name=name)
    with pytest.raises(LianpuError) as refused:
        receive(
            shop.at(staff=MANAGER),
            reference="x",
            lines=[line(f"L{n}", 1000) for n in range(150)],
            approval=None,
        )
    assert refused.value.code == "stock.too_many_lines"
