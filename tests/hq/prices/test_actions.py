"""Prices now and later, taken back, and what stores get of them."""

from __future__ import annotations

import pytest

from hq.prices import actions, queries
from hq.prices.model import civil_now, parse_civil
from retail.errors import Conflict, Invalid, NotFound, NotNow
from tests.builders.hq import NOW, House, a_product


def rows_down(house: House, scope: str) -> list[str]:
    """Keys of prices that stores of a scope get."""
    sql = "SELECT key FROM scope_row WHERE scope = :s AND kind = 'price' ORDER BY key"
    return [row[0] for row in house.db.rows(sql, {"s": scope})]


def test_a_price_holds_from_the_store_s_minute(house: House) -> None:
    a_product(house, price=None)

    price = actions.set_price(house.ctx, sku="P1", scope="zone:A", price_minor=3900)

    assert house.value("SELECT from_civil FROM price") == "2026-07-10T14:05"
    assert rows_down(house, "zone:A") == [f"P1|{price}"]
    assert rows_down(house, "chain") == []


def test_now_has_come_in_every_time_zone_of_the_scope() -> None:
    zones = ["Asia/Hong_Kong", "Asia/Tokyo", "America/New_York"]

    assert civil_now(NOW, zones) == "2026-07-10T02:05"


def test_a_later_price_waits_and_can_be_cancelled(house: House) -> None:
    a_product(house, price=5100)
    later = actions.set_price(house.ctx, sku="P1", scope="chain", price_minor=4900, from_civil="2026-07-17")
    found = queries.of_product(house.hq.db, "P1", NOW, None)
    assert [(e.scope, e.now.price_minor, [c.price_minor for c in e.coming]) for e in found.by_scope] == [
        ("chain", 5100, [4900])
    ]

    actions.cancel_price(house.ctx, later)

    assert queries.of_product(house.hq.db, "P1", NOW, None).by_scope[0].coming == []
    assert len(rows_down(house, "chain")) == 1
    with pytest.raises(Conflict, match="already_cancelled"):
        actions.cancel_price(house.ctx, later)


def test_a_price_in_force_cannot_be_cancelled(house: House) -> None:
    a_product(house, price=None)
    price = actions.set_price(house.ctx, sku="P1", scope="store:001", price_minor=100)

    with pytest.raises(NotNow, match="already_in_force"):
        actions.cancel_price(house.ctx, price)

    assert len(rows_down(house, "store:001")) == 1


@pytest.mark.parametrize(
    ("facts", "error", "code"),
    [
        ({"scope": "zone:Z"}, NotFound, "prices.scope_unknown"),
        ({"sku": "P9"}, NotFound, "catalogue.product_unknown"),
        ({"price_minor": 0}, Invalid, "prices.not_positive"),
        ({"price_minor": -5}, Invalid, "prices.not_positive"),
        ({"price_minor": 10**10}, Invalid, "prices.too_large"),
        ({"from_civil": "2026-07-01"}, Invalid, "prices.in_the_past"),
        ({"from_civil": "2028-07-10T14:06"}, Invalid, "prices.start_too_far"),
        ({"from_civil": "tomorrow"}, Invalid, "prices.time_unreadable"),
        ({"from_civil": "2026-08-01", "until_civil": "2026-07-31"}, Invalid, "prices.ends_before_start"),
    ],
)
def test_what_cannot_be_a_price(
    house: House, facts: dict[str, object], error: type[Exception], code: str
) -> None:
    a_product(house)

    with pytest.raises(error) as refused:
        actions.set_price(house.ctx, **({"sku": "P1", "scope": "chain", "price_minor": 1000} | facts))

    assert refused.value.code == code
    assert house.value("SELECT count(*) FROM price") == 1


def test_the_same_price_again_changes_nothing(house: House) -> None:
    a_product(house, price=5100)
    same = {"sku": "P1", "scope": "chain"}
    actions.set_price(house.ctx, **same, price_minor=4900)
    actions.set_price(house.ctx, **same, price_minor=4500, from_civil="2026-07-17")

    with pytest.raises(Conflict, match="nothing_changed"):
        actions.set_price(house.ctx, **same, price_minor=4900, refuse_same=True)
    with pytest.raises(Conflict, match="nothing_changed"):
        actions.set_price(house.ctx, **same, price_minor=4500, from_civil="2026-07-17", refuse_same=True)

    assert house.value("SELECT count(*) FROM price") == 3


def test_before_a_zone_s_first_price_the_chain_s_held(house: House) -> None:
    a_product(house, price=5100)
    actions.set_price(house.ctx, sku="P1", scope="zone:A", price_minor=4900)
    actions.set_price(house.ctx, sku="P1", scope="store:001", price_minor=4800)

    found = queries.of_product(house.hq.db, "P1", NOW, None).by_scope

    assert [(e.scope, e.before and (e.before.scope, e.before.price_minor)) for e in found] == [
        ("chain", None), ("zone:A", ("chain", 5100)), ("store:001", ("zone:A", 4900))
    ]  # fmt: skip


def test_a_refused_price_comes_back_as_it_was_typed(house: House) -> None:
    a_product(house, price=5100)
    admin = house.client("admin")

    answer = admin.post(
        "/prices/P1", scope="zone:B", price="49.00", when="later", **{"from": "", "note": "Sale"}
    )

    assert house.value("SELECT count(*) FROM price") == 1
    assert answer.location.startswith("/products/P1?") and answer.location.endswith("#price")
    page = admin.get(answer.location).text
    dialog = page[page.index('<dialog id="price">') :]
    assert "Later needs a date and a time" in dialog
    assert 'value="49.00"' in dialog and 'value="Sale"' in dialog
    assert '<option value="zone:B" selected>' in dialog and '<option value="later" selected>' in dialog


@pytest.mark.parametrize(
    ("text", "civil"),
    [
        ("2026-07-10", "2026-07-10T00:00"),
        ("2026/07/10 08:30", "2026-07-10T08:30"),
        ("2026-07-10T08:30", "2026-07-10T08:30"),
    ],
)
def test_civil_times_as_people_type_them(text: str, civil: str) -> None:
    assert parse_civil(text) == civil


def test_the_page_shows_delivery_per_scope(house: House) -> None:
    a_product(house, price=5100)
    house.device("001")
    page = house.client("admin").get("/products/P1").text

    assert "Delivered to 0 of 1" in page
    assert "not at 001" in page
