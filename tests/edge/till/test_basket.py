"""Who may work at the basket of a terminal, and what survives."""

from __future__ import annotations

import pytest

from edge.sales.actions import add_tender, finish
from edge.till import actions
from retail.errors import Invalid, NotFound, NotNow, NotPermitted
from retail.tender import cash
from schemas.rows.chain import RoleLimitRow
from tests.builders.edge import CASHIER, Shop, put
from tests.edge.till.looks import A, code_of, shown


def test_nothing_is_sold_without_a_shift(shop: Shop) -> None:
    assert code_of(actions.scan, shop.at("02"), A) == "shifts.none_open"
    assert code_of(actions.recall, shop.at("02"), "x") == "shifts.none_open"
    assert code_of(actions.abort, shop.at("02"), "other", None) == "shifts.none_open"


def test_a_person_without_the_right_to_sell_does_nothing_to_a_basket(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    put(
        shop.node,
        "chain",
        "role",
        "cashier",
        RoleLimitRow(role="cashier", discount_limit_ppm=0, allowed=[], approval=[]),
    )
    for call in (
        lambda: actions.scan(shop.at(), A), lambda: actions.remove_line(shop.at(), "l1"), lambda: actions.hold(shop.at(), ""),
        lambda: actions.recall(shop.at(), "x"), lambda: add_tender(shop.at(), cash(1000)),
        lambda: finish(shop.at(), basket=None, version=None), lambda: actions.abort(shop.at(), "other", None),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            call()


def test_the_basket_survives_a_restart_of_the_node(shop: Shop) -> None:
    actions.scan(shop.at(), A, quantity=2000)
    actions.scan(shop.at(), "4891234560783")
    before = shown(shop)["basket"]

    shop.restart()

    assert shown(shop)["basket"] == before
    assert shown(shop)["version"] == 2


def test_lines_that_are_not_there_are_named(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    for call in (
        lambda: actions.remove_line(shop.at(), "l9"), lambda: actions.change_quantity(shop.at(), "l9", 1000),
        lambda: actions.choose(shop.at(), "l9", "A"),
    ):  # fmt: skip
        with pytest.raises(NotFound, match="basket.line_not_found"):
            call()
    with pytest.raises(NotFound, match="till.product_unknown"):
        actions.add_product(shop.at(), "NOPE")
    with pytest.raises(NotNow, match="basket.line_is_ok"):
        actions.choose(shop.at(), "l1", "A")
    with pytest.raises(Invalid):
        actions.scan(shop.at(CASHIER and "01"), "")
