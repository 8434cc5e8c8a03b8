"""Every call of docs/openapi/till.json × who asks: an unpaired device, a terminal without a person, cashier, manager.

Default deny: who is not let in gets 401 or 403 and no table has changed. The rights that the file names are the rights
that the actions ask for: a person who holds none is refused with the first of them.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from schemas.rows.chain import RoleLimitRow
from tests.builders.contract import Operation, operations
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN, Shop, put
from tests.builders.till import Browser

WHY = {"reason": "other"}
BACK: dict[str, Any] = {"original": "x", "lines": [{"line": 1, "quantity": 1000}], "tenders": []}
BODIES: dict[str, dict[str, Any]] = {
    "people_api.language": {"language": "en"},
    "people_api.lock": {},
    "people_api.pair": {"code": "0000-0000"},
    "people_api.sign_in": {"staff": CASHIER, "pin": CASHIER_PIN},
    "people_api.switch": {"staff": CASHIER, "pin": CASHIER_PIN},
    "receipts_api.reprint": WHY,
    "returns_api.make": WHY | BACK,
    "returns_api.quote": BACK,
    "shifts_api.cash": WHY | {"direction": "in", "amount_minor": 100},
    "shifts_api.close": {"count": {"100": 500}},
    "shifts_api.drawer": WHY,
    "shifts_api.open": {"float_minor": 1000},
    "shifts_api.x": {},
    "spool_api.release": {"jobs": "all"},
    "spool_api.resolve": {"job": 1, "printed": True},
    "spool_api.test": {},
    "spool_api.unproved": {},
    "stock_api.receive": {"reference": "1", "lines": [{"sku": "A", "quantity": 1000}]},
    "stock_api.write_off": WHY | {"lines": [{"sku": "A", "quantity": 1000}]},
    "till_api.abort": WHY,
    "till_api.accept_prices": {"keep": True},
    "till_api.add": {"sku": "A"},
    "till_api.choose": {"line": "l1", "sku": "A"},
    "till_api.discount": WHY | {"kind": "percent", "value": 0},
    "till_api.finish": {},
    "till_api.hold": {},
    "till_api.line": {"line": "l1", "quantity": 2000},
    "till_api.recall": {"id": "x"},
    "till_api.remove": {"line": "l1"},
    "till_api.resolve": {"line": "l1", "sku": "A"},
    "till_api.scan": {"code": "2000000000015"},
    "till_api.tender_add": {"kind": "cash", "given_minor": 100},
    "till_api.tender_remove": {"n": 1},
}
OPEN = {"people_api.pair", "people_api.texts"}
# What a cashier of the standard role does only with somebody's approval.
APPROVED = {
    "receipts_api.reprint": "receipts.reprint",
    "returns_api.make": "returns.make",
    "shifts_api.cash": "shifts.cash",
    "shifts_api.drawer": "till.no_sale",
    "shifts_api.x": "shifts.report",
    "stock_api.receive": "stock.receive",
    "stock_api.write_off": "stock.write_off",
    "till_api.resolve": "till.resolve_unknown",
}
CALLS = [
    each for each in operations("till") if each.id != "till.events"
]  # a stream: tests/edge/web/test_doors.py
every_call = pytest.mark.parametrize("each", CALLS, ids=lambda each: each.id)


def ask(browser: Browser, each: Operation) -> Any:
    """The call with a body that a permitted person could send."""
    path = each.path.removeprefix("/").replace("{id_}", "x")
    return browser.get(path) if each.method == "get" else browser.raw(path, BODIES[each.id])


def everything(shop: Shop) -> str:
    """A hash over every table of the node."""
    found = hashlib.sha256()
    for row in shop.node.db.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
        rows = [tuple(each) for each in shop.node.db.rows(f"SELECT * FROM {row['name']}")]
        found.update(repr((row["name"], rows)).encode())
    return found.hexdigest()


def test_every_call_has_a_body() -> None:
    assert {each.id for each in CALLS if each.method == "post"} == set(BODIES)


def test_a_device_that_is_not_paired_gets_nothing(shop: Shop) -> None:
    """SC-01."""
    before, browser = everything(shop), Browser(shop)

    seen = {
        each.id: ask(browser, each).status_code for each in CALLS if each.id not in OPEN | {"till.events"}
    }

    assert {id_: status for id_, status in seen.items() if status != 401} == {}
    assert everything(shop) == before


def test_a_terminal_without_a_person_does_nothing(shop: Shop) -> None:
    browser = Browser(shop).pair()
    before = everything(shop)

    seen = {
        each.id: (answer.status_code, answer.get_json()["code"])
        for each in CALLS
        if each.facts["x-who"] == "person"
        for answer in [ask(browser, each)]
    }

    assert {id_: found for id_, found in seen.items() if found != (403, "people.sign_in_needed")} == {}
    assert everything(shop) == before


def test_a_person_without_rights_is_refused_with_the_first_right_of_each_call(shop: Shop) -> None:
    put(shop.node, "chain", "role", "cashier",
        RoleLimitRow(role="cashier", discount_limit_ppm=0, allowed=[], approval=[]))  # fmt: skip
    browser = Browser(shop).pair().sign_in()
    before = everything(shop)

    seen = {
        each.id: (answer.status_code, answer.get_json().get("fields", {}).get("permission"), each.rights[0])
        for each in CALLS
        if each.rights
        for answer in [ask(browser, each)]
    }

    assert {id_: found for id_, found in seen.items() if found[:2] != (403, found[2])} == {}
    assert everything(shop) == before


@every_call
def test_a_cashier_does_alone_what_the_role_says(shop: Shop, each: Operation) -> None:
    """SC-13."""
    browser = Browser(shop).pair().sign_in()
    before = everything(shop)

    answer = ask(browser, each)

    if each.id in APPROVED:
        told = answer.get_json()
        assert (answer.status_code, told["code"]) == (403, "people.approval_needed")
        assert told["fields"]["permission"] == APPROVED[each.id] == each.rights[0]
        assert everything(shop) == before
    else:
        assert answer.status_code in (200, 404, 409, 422) or each.id == "people_api.pair"


def test_a_manager_is_refused_nothing_for_want_of_a_right(shop: Shop) -> None:
    browser = Browser(shop).pair()
    seen = {}
    for each in CALLS:
        if each.id not in OPEN:
            browser.sign_in(MANAGER, MANAGER_PIN)
            seen[each.id] = ask(browser, each).status_code

    assert {id_: status for id_, status in seen.items() if status not in (200, 404, 409, 422)} == {}
