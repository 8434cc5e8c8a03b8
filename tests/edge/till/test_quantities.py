"""How much a line and a basket take."""

from __future__ import annotations

import pytest

from edge.returns.actions import make_return
from edge.sales.actions import finish
from edge.till import actions
from retail.errors import LimitExceeded
from retail.tender import card, cash
from tests.builders.edge import MANAGER, Shop, a_product
from tests.edge.till.looks import A, B, code_of, limit, lines, shown


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


@pytest.mark.parametrize("sign", ["長", '"', "\U0001f9c3", "\x01"])
def test_the_longest_lines_are_refused_when_they_are_added_and_never_when_they_are_paid(
    shop: Shop, sign: str
) -> None:
    """Also the few of them that once were taken to fit always; what was refused has changed nothing."""
    name = {language: sign * 160 for language in ("en", "zh-Hans", "zh-Hant")}
    limit(shop, 1_000_000)
    refused = ""
    for n in range(60):
        sku = f"LONG-SKU-{n:03d}-{'x' * 26}"
        a_product(shop.node, sku, 100 + n, name=name, spec=sign * 60)
        before = shown(shop)
        try:
            line = actions.scan(shop.at(), f"{n:03d}" + "長" * 125)["line"]
            before = shown(shop)
            actions.resolve_unknown(shop.at(staff=MANAGER), line, sku, None)
            before = shown(shop)
            actions.discount(shop.at(), line, "percent", 50_000, "other", None)
        except LimitExceeded as error:
            refused = error.code
            break
    assert refused == "till.basket_too_long"
    assert shown(shop) == before
    assert 8 < len(lines(shop)) < 60
    last = lines(shop)[-1]
    if last.state != "ok" or last.discount is None:
        actions.remove_line(shop.at(), last.id)
    sold = len(lines(shop))

    cards = [card(1, f"AAAAAAAAAA{n}") for n in range(10, 40)]
    sale = finish(shop.at(), basket=None, version=None, added=[*cards, cash(1_000_000)])["sale"]
    wanted = {n: 1000 for n in range(1, sold + 1)}
    back = make_return(
        shop.at(staff=MANAGER), original=sale["id"], reason="other", wanted=wanted, tenders=[], approval=None
    )

    sizes = {row["id"]: row["n"] for row in shop.node.db.rows("SELECT id, length(body) AS n FROM body")}
    assert sizes[back["document"]["id"]] < sizes[sale["id"]] <= 65_536


def test_a_basket_of_150_ordinary_lines_is_sold(shop: Shop) -> None:
    for n in range(150):
        a_product(shop.node, f"69{n:04d}", 100 + n, code=f"69000000{n:05d}", spec="500 ml")
        actions.add_product(shop.at(), f"69{n:04d}")
    sale = finish(shop.at(), basket=None, version=None, added=[cash(100_000)])["sale"]
    assert sale["total_minor"] == sum(100 + n for n in range(150))
