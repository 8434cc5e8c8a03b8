"""Whatever comes, both APIs answer what their OpenAPI files say and never with a mistake of ours (FAULTS SC-30)."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from hq.access import actions as access
from hq.prices import actions as prices
from tests.builders.contract import operations
from tests.builders.edge import CASHIER, MANAGER, MANAGER_PIN, Shop
from tests.builders.hq import DAY, House, a_product
from tests.builders.till import ADDRESS, Browser
from tests.security.fuzz import Target, attack, next_key

LOCAL = ADDRESS.replace("127.0.0.1", "localhost")  # where a test client keeps its cookies
CODE = "2000000000015"
# A stream has no end to wait for (tests/edge/web/test_doors.py).
TILL = [each.id for each in operations("till") if each.id != "till.events"]
HQ = [each.id for each in operations("hq")]
RAW = {
    "depth": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "lists": b'{"a":' + b"[" * 90_000 + b"]" * 90_000 + b"}",
    "keys": b"{" + b",".join(b'"k%d":1' % n for n in range(10_000)) + b"}",
    "twice": b'{"code":"a","code":"b"}',
    "nan": b'{"quantity":NaN}',
    "infinity": b'{"quantity":1e999}',
    "digits": b'{"quantity":' + b"9" * 5000 + b"}",
    "surrogate": b'{"code":"\\ud800","name":{"en":"\\udfff"}}',
    "2**63": b'{"quantity":9223372036854775808}',
    "nul": b'{"code":"a\\u0000b","name":{"en":"\\u0000"}}',
    "bytes": b'{"code":"\xff\xfe"}',
    "list": b"[]",
    "nothing": b"null",
}


@pytest.fixture
def till(shop: Shop) -> Target:
    """A manager at terminal 01 with a sale behind and two lines in front."""
    browser = Browser(shop).pair().sign_in(MANAGER, MANAGER_PIN)
    browser.post("basket/scan", {"code": CODE})
    sale = browser.post("sale/finish")["sale"]["id"]
    browser.post("basket/scan", {"code": CODE})
    browser.post("basket/add", {"sku": "B"})
    cookie: Any = browser.client.get_cookie("lianpu_device", domain="127.0.0.1")
    known = {
        "code": CODE, "line": "l1", "sku": "A", "reason": "other", "id_": sale, "original": sale, "direction": "in",
        "lines": [{"line": 1, "quantity": 1000, "sku": "A"}], "tenders": [], "q": "product", "staff": CASHIER,
        "count": {"100": 500}, "confirm": ["held", "unknown_print"], "approval": None, "jobs": "all",
    }  # fmt: skip
    return Target(
        "till", browser.client.application, f"{LOCAL}/api/v1",
        lambda: {"X-Lianpu": "1", "Idempotency-Key": next_key(), "Origin": LOCAL},
        {"lianpu_device": cookie.value}, known,
    )  # fmt: skip


@pytest.fixture
def hq(house: House) -> Target:
    """An administrator with a token; P1 has a price to come."""
    a_product(house)
    price = prices.set_price(house.ctx, sku="P1", scope="chain", price_minor=1100, from_civil="2026-08-01")
    admin = house.value("SELECT id FROM hq_user WHERE login = 'admin'")
    bearer = f"Bearer {access.make_token(house.ctx, admin, 'test')}"
    known = {"sku": "P1", "scope": "chain", "store": "001", "day": DAY, "price_id": price, "from": "2026-09-01",
             "until": None, "name": {"en": "Tea"}, "brand": "", "category": "", "tax_code": ""}  # fmt: skip
    return Target(
        "hq", house.app, "http://localhost/api/v1",
        lambda: {"Authorization": bearer, "Idempotency-Key": next_key()}, {}, known,
    )  # fmt: skip


@pytest.mark.parametrize("call", TILL)
def test_the_till_says_what_its_file_says(till: Target, call: str) -> None:
    attack(till, call)


@pytest.mark.parametrize("call", HQ)
def test_hq_says_what_its_file_says(hq: Target, call: str) -> None:
    attack(hq, call)


def bodies(name: str) -> list[tuple[str, str]]:
    """(method, path) of every call that takes a body."""
    return [
        (each.method.upper(), each.path.replace("{id_}", "x").replace("{sku}", "P1"))
        for each in operations(name)
        if "requestBody" in each.facts
    ]


def refusals(target: Target) -> dict[str, int]:
    """What was not refused with 4xx; a body that is only large may be fine."""
    client, wrong = target.app.test_client(), {}
    for name, value in target.cookies.items():
        client.set_cookie(name, value)
    for method, path in bodies(target.name):
        for word, raw in RAW.items():
            answer = client.open(
                f"/api/v1{path}", method=method, base_url=target.base.removesuffix("/api/v1"), data=raw,
                content_type="application/json", headers=target.headers(),
            )  # fmt: skip
            if not (400 <= answer.status_code < 500 or (word == "keys" and answer.status_code == 200)):
                wrong[f"{path} {word}"] = answer.status_code
    return wrong


def test_json_out_of_bounds_is_refused_by_every_call_of_the_till(till: Target) -> None:
    """SC-30."""
    assert refusals(till) == {}


def test_json_out_of_bounds_is_refused_by_every_call_of_hq(hq: Target) -> None:
    """SC-30."""
    assert refusals(hq) == {}


@pytest.mark.parametrize("address", ["/products/%00", "/products?text=%00", "/products?category=a%00b",
                                     "/sales/totals?day=2026-07-10&store=%00", "/products/%ff"])  # fmt: skip
def test_bytes_that_no_database_keeps_are_refused_in_addresses(hq: Target, address: str) -> None:
    answer = hq.app.test_client().get(f"/api/v1{address}", headers=hq.headers())

    assert (answer.status_code, answer.json["ok"]) in ((422, False), (404, False))


def broken(*_args: Any, **_named: Any) -> Any:
    raise KeyError("planted")


@pytest.mark.parametrize(
    ("where", "plant", "call", "words"),
    [
        ("edge.till.api.catalogue.search", broken, "till_api.search", "Server error"),
        (
            "edge.receipts.api.queries.search",
            lambda *_: [{"sku": 7}],
            "receipts_api.search",
            "violates schema",
        ),
    ],
)
def test_a_planted_mistake_is_found(
    till: Target, monkeypatch: pytest.MonkeyPatch, where: str, plant: Any, call: str, words: str
) -> None:
    monkeypatch.setattr(where, plant)

    with pytest.raises(BaseExceptionGroup) as found:
        attack(till, call)

    assert words in "".join(traceback.format_exception(found.value))
