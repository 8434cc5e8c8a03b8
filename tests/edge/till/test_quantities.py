"""How much a line and a basket take."""

from __future__ import annotations

import pytest

from edge.sales.actions import finish
from edge.till import actions
from retail.errors import LimitExceeded
from retail.tender import card, cash
from tests.builders.edge import Shop, a_product
from tests.edge.till.looks import A, B, code_of, limit, lines


@pytest.mark.parametrize(
    ("quantity", "code"),
    [(0, "quantity.not_positive"), (-1000, "quantity.not_positive"), (1500, "basket.quantity_not_whole"),
     (4_891_234_560_783, "quantity.too_large"), (10_000_000, "quantity.too_large")],
)  # fmt: skip
def test_a_quantity_that_cannot_be_is_refused_everywhere(shop: Shop, quantity: int, code: str) -> None:
    line = actions.scan(shop.at(), A)["line"]
    before = lines(shop)
    assert code_of(actions.change_quantity, shop.at(), line, quantity) == code
    assert code_of(actions.scan, shop.at(), B, quantity=quantity) == code
    assert code_of(actions.add_product, shop.at(), "B", quantity=quantity) == code
    assert lines(shop) == before


def test_a_basket_has_room_for_what_one_event_can_carry(shop: Shop) -> None:
    """Long names, long codes, discounts: whatever fits into the basket fits into its sale."""
    name = {language: "長" * 60 + '"\\' * 5 for language in ("en", "zh-Hans", "zh-Hant")}
    limit(shop, 1_000_000)
    for n in range(120):
        a_product(shop.node, f"LONG-SKU-{n:03d}-{'x' * 25}", 100 + n, name=name, spec="規格" * 10)
    refused = None
    for n in range(120):
        try:
            line = actions.add_product(shop.at(), f"LONG-SKU-{n:03d}-{'x' * 25}")["line"]
            actions.discount(shop.at(), line, "percent", 50_000, "other", None)
        except LimitExceeded as error:
            refused = error
            break
    assert refused is not None and refused.code == "till.basket_too_long"
    count = len(lines(shop))
    assert 40 < count < 110

    sale = finish(
        shop.at(), basket=None, version=None, added=[card(1, "A1"), card(1, "B2"), cash(1_000_000)]
    )["sale"]

    assert 56_000 < len(shop.node.db.value("SELECT body FROM body WHERE id = ?", (sale["id"],))) <= 65_536


def test_a_basket_of_150_ordinary_lines_is_sold(shop: Shop) -> None:
    for n in range(150):
        a_product(shop.node, f"69{n:04d}", 100 + n, code=f"69000000{n:05d}", spec="500 ml")
        actions.add_product(shop.at(), f"69{n:04d}")
    sale = finish(shop.at(), basket=None, version=None, added=[cash(100_000)])["sale"]
    assert sale["total_minor"] == sum(100 + n for n in range(150))
