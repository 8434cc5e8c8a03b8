"""The JSON API: bearer or session, one error shape, once per key."""

from __future__ import annotations

from typing import Any

import pytest

from hq.access import actions as access
from tests.builders.contract import check
from tests.builders.hq import DAY, House, a_person, a_product


@pytest.fixture
def bearer(house: House) -> dict[str, str]:
    """An administrator's token."""
    admin = house.value("SELECT id FROM hq_user WHERE login = 'admin'")
    return {"Authorization": f"Bearer {access.make_token(house.ctx, admin, 'test')}"}


def call(
    house: House, method: str, path: str, headers: dict[str, str], body: Any = None, key: str = "k1"
) -> Any:
    client = house.app.test_client()
    answer = client.open(path, method=method, json=body, headers={**headers, "Idempotency-Key": key})
    check("hq", answer)
    return answer


def test_products_and_prices(house: House, bearer: dict[str, str]) -> None:
    made = call(house, "PUT", "/api/v1/products/P1", bearer, {"name": {"en": "Tea"}, "unit": "pc"})
    price = call(
        house, "POST", "/api/v1/products/P1/prices", bearer, {"scope": "zone:A", "price_minor": 990}, "k2"
    )

    found = call(house, "GET", "/api/v1/products/P1", bearer).json

    assert (made.json, price.json["ok"]) == ({"ok": True, "sku": "P1"}, True)
    assert [(p["scope"], p["price_minor"]) for p in found["prices"]] == [("zone:A", 990)]
    assert call(house, "GET", "/api/v1/products?text=tea", bearer).json["total"] == 1


def test_one_key_has_one_effect(house: House, bearer: dict[str, str]) -> None:
    a_product(house)
    body = {"scope": "chain", "price_minor": 990}

    first = call(house, "POST", "/api/v1/products/P1/prices", bearer, body)
    again = call(house, "POST", "/api/v1/products/P1/prices", bearer, body)
    other = call(house, "POST", "/api/v1/products/P1/prices", bearer, {**body, "price_minor": 991})

    assert first.json == again.json
    assert (other.status_code, other.json["code"]) == (422, "api.key_reused")
    assert house.value("SELECT count(*) FROM price") == 2


def test_a_change_without_a_key_is_refused(house: House, bearer: dict[str, str]) -> None:
    answer = call(house, "PUT", "/api/v1/products/P1", bearer, {"name": {"en": "Tea"}}, "")

    assert (answer.status_code, answer.json["code"]) == (422, "api.key_missing")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
def test_strangers_get_nothing(house: House, headers: dict[str, str]) -> None:
    answer = call(house, "GET", "/api/v1/products", headers)

    assert (answer.status_code, set(answer.json)) == (401, {"ok", "code", "message", "fields", "trace"})


def test_a_token_has_its_person_s_rights(house: House) -> None:
    a_person(house, "anna", "auditor", ["001"])
    anna = house.value("SELECT id FROM hq_user WHERE login = 'anna'")
    bearer = {"Authorization": f"Bearer {access.make_token(house.ctx, anna, 'report')}"}

    refused = call(house, "PUT", "/api/v1/products/P1", bearer, {"name": {"en": "Tea"}})
    stores = call(house, "GET", "/api/v1/stores", bearer).json["stores"]

    assert (refused.status_code, refused.json["code"]) == (403, "access.not_permitted")
    assert [store["code"] for store in stores] == ["001"]


def test_a_token_opens_no_page(house: House, bearer: dict[str, str]) -> None:
    assert house.app.test_client().get("/users", headers=bearer).status_code == 302


def test_sales_totals(house: House, bearer: dict[str, str]) -> None:
    a_product(house)
    till = house.device("001")
    till.sell(pieces=3)
    till.push()

    found = call(house, "GET", f"/api/v1/sales/totals?day={DAY}", bearer).json

    assert (found["currency"], found["stores"]["001"]["net_minor"], found["stores"]["001"]["receipts"]) == (
        "HKD",
        3000,
        1,
    )


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"brand": None}, "web.field", "brand"),
        ({"weighed": "yes"}, "web.field", "weighed"),
        ({"version": True}, "web.field", "version"),
        ({"name": {"fr": "Thé"}}, "catalogue.name_missing", "name"),
        ({"name": {"en": 7}}, "catalogue.name_missing", "name"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused_and_never_turned_into_text(
    house: House, bearer: dict[str, str], change: dict[str, Any], code: str, field: str
) -> None:
    answer = call(house, "PUT", "/api/v1/products/P1", bearer, {"name": {"en": "Tea"}} | change)

    assert (answer.status_code, answer.json["code"], answer.json["fields"]) == (422, code, {"field": field})
    assert house.value("SELECT count(*) FROM product") == 0


@pytest.mark.parametrize("page", ["0", "-1", "x", "9223372036854775808"])
def test_a_page_that_is_no_page_is_refused(house: House, bearer: dict[str, str], page: str) -> None:
    answer = call(house, "GET", f"/api/v1/products?page={page}", bearer)

    assert (answer.status_code, answer.json["fields"]) == (422, {"field": "page"})
