"""Prices that switch while a basket is open."""

from __future__ import annotations

from edge.sales.actions import finish
from edge.till import actions
from retail.tender import cash
from tests.builders.edge import Shop, a_price
from tests.edge.till.looks import A, code_of, ean, lines, shown


def test_a_price_that_switched_is_asked_about_at_tender_and_may_be_taken(shop: Shop) -> None:
    a_price(shop.node, "A", 1200, since="2026-07-10T12:30", id="p2")
    actions.scan(shop.at(), A)
    shop.clock.advance(30 * 60_000)

    assert shown(shop)["basket"]["price_changes"][0] | {"name": None} == {
        "line": "l1", "sku": "A", "name": None, "old_minor": 1000, "new_minor": 1200
    }  # fmt: skip
    assert code_of(finish, shop.at(), basket=None, version=None) == "till.price_switched"
    actions.accept_prices(shop.at(), keep=False)

    assert finish(shop.at(), basket=None, version=None, added=[cash(1200)])["sale"]["total_minor"] == 1200


def test_a_price_that_switched_may_be_kept_and_is_asked_again_when_it_switches_again(shop: Shop) -> None:
    a_price(shop.node, "A", 1200, since="2026-07-10T12:30", id="p2")
    a_price(shop.node, "A", 1300, since="2026-07-10T13:00", id="p3")
    actions.scan(shop.at(), A)
    shop.clock.advance(30 * 60_000)
    actions.accept_prices(shop.at(), keep=True)
    assert shown(shop)["basket"]["price_changes"] == []

    shop.clock.advance(30 * 60_000)
    assert code_of(finish, shop.at(), basket=None, version=None) == "till.price_switched"
    actions.accept_prices(shop.at(), keep=True)
    assert finish(shop.at(), basket=None, version=None, added=[cash(1000)])["sale"]["total_minor"] == 1000


def test_the_price_of_a_printed_label_does_not_switch(shop: Shop) -> None:
    actions.scan(shop.at(), ean("230000701699"))
    a_price(shop.node, "00007", 9900, since="2026-07-10T11:00", id="p2")
    assert shown(shop)["basket"]["price_changes"] == []


def test_a_narrower_price_wins(shop: Shop) -> None:
    a_price(shop.node, "A", 900, scope="zone:A", id="z")
    a_price(shop.node, "A", 800, scope="store:001", id="s")
    a_price(shop.node, "A", 1, scope="store:002", id="o")
    actions.scan(shop.at(), A)
    assert lines(shop)[0].unit_price_minor == 800
