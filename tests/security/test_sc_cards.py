"""SC-36: no field takes a card number. Every door of the console and both APIs is found, none is chosen by hand."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from hq import card_guard
from hq.access import actions as access
from tests.builders.contract import Operation, document, operations
from tests.builders.edge import MANAGER, MANAGER_PIN, Shop
from tests.builders.hq import Browser as Console
from tests.builders.hq import House, a_product
from tests.builders.till import Browser
from tests.security.test_till_matrix import BODIES

PAN = "4111 1111 1111 1111"
WRITINGS = (PAN, PAN.replace(" ", ""), PAN.replace(" ", "-"), f"%B{PAN.replace(' ', '')}^DOE/JANE^2512")
# Fields of the console that may hold such digits, each with its reason.
MAY = {
    "csrf_token": "ours", "fingerprint": "ours: a hash", "key": "ours: a hash",
    "sku": "an article's number", "barcode": "an article's number",
    "password": "kept as a hash", "old": "kept as a hash", "new": "kept as a hash",
}  # fmt: skip
# Doors that no form of the console leads to.
NO_FORM = {
    "commands.command": "the command line of this machine, with the token of a file",
    "enrolment_api.": "signed messages of stores", "ingest_api.": "signed messages of stores",
    "publish_api.": "signed messages of stores", "api.": "JSON, below",
}  # fmt: skip


def holders(schema: dict[str, Any], good: Any, all_: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(field, body) for every free string of a body's schema: the body `good` with the card number there."""
    if "$ref" in schema:
        schema = all_[schema["$ref"].rsplit("/", 1)[-1]]
    for one in schema.get("anyOf", ()):
        yield from holders(one, good, all_)
    if schema.get("type") == "string" and "enum" not in schema:
        yield "", PAN
    if schema.get("type") == "array":
        yield from (
            (f"[]{name}", [body]) for name, body in holders(schema["items"], (good or [None])[0], all_)
        )
    if schema.get("type") == "object":
        inner = schema.get("properties") or {"en": schema.get("additionalProperties", {})}
        for field, shape in inner.items():
            for name, body in holders(shape, (good or {}).get(field), all_):
                yield f".{field}{name}", {**(good or {}), field: body}


def bodies(name: str, each: Operation, good: Any) -> list[tuple[str, Any]]:
    all_ = document(name)["components"]["schemas"]
    schema = each.facts["requestBody"]["content"]["application/json"]["schema"]
    return list(holders(schema, copy.deepcopy(good), all_))


def calls(name: str) -> list[Operation]:
    return [each for each in operations(name) if "requestBody" in each.facts]


def assert_nowhere(one: Any, home: Any) -> None:
    """In no table and no file."""
    tables = one.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    rows = [str([tuple(row) for row in one.rows(f"SELECT * FROM {name}")]) for (name,) in tables]
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    for text in WRITINGS:
        assert not any(text in row for row in rows)
        assert not any(text.encode() in content for content in files)


def test_no_form_of_the_console_takes_a_card_number(house: House) -> None:
    """SC-36: every POST of the console, a field that no list names, in every way to write it; `code` with bar codes only."""
    a_product(house)
    browser = house.client("admin")
    token = browser.token()
    doors = [
        rule
        for rule in house.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith(tuple(NO_FORM))
    ]
    fields = {"note": WRITINGS, "name.en": WRITINGS[:1], "code": WRITINGS[:1]}
    taken = [
        (rule.rule, field, answer.status_code)
        for rule in doors
        for field, texts in fields.items()
        for text in texts
        if field != "code" or rule.endpoint not in card_guard.BARCODES
        for answer in [post(browser, rule.rule, {"csrf_token": token, field: text})]
        if answer.status_code != 422 or "card number" not in answer.text
    ]

    assert len(doors) > 40
    assert taken == []
    assert set(MAY) == card_guard.CARD_LIKE
    assert_nowhere(house.db, house.hq.home)


def post(browser: Console, rule: str, form: dict[str, str]) -> Any:
    return browser.client.post(re.sub("<[^>]+>", "1", rule), data=form)


@pytest.mark.parametrize("each", calls("hq"), ids=lambda each: each.id)
def test_no_field_of_hqs_api_takes_a_card_number(house: House, each: Operation) -> None:
    """SC-36."""
    a_product(house)
    admin = house.value("SELECT id FROM hq_user WHERE login = 'admin'")
    headers = {"Authorization": f"Bearer {access.make_token(house.ctx, admin, 'x')}", "Idempotency-Key": "k1"}
    path = f"/api/v1{each.path.replace('{sku}', 'P1')}"
    wanted = bodies("hq", each, {"name": {"en": "Tea"}} if each.method == "put" else {"price_minor": 1})

    seen = {
        field: house.app.test_client().open(path, method=each.method.upper(), json=body, headers=headers).json
        for field, body in wanted
    }

    assert seen
    assert {field: (told["code"], told["fields"]) for field, told in seen.items()} == {
        field: ("web.card_number", {"field": re.split(r"[.\[]", field)[1]}) for field in seen
    }
    assert_nowhere(house.db, house.hq.home)


def test_no_field_of_the_tills_api_takes_a_card_number(shop: Shop) -> None:
    """SC-36: inside of lists and approvals too. What no list of ours holds is refused as unknown, and kept nowhere."""
    browser = Browser(shop).pair().sign_in(MANAGER, MANAGER_PIN)
    browser.post("basket/scan", {"code": "2000000000015"})
    taken, tried = [], 0
    for each in calls("till"):
        for field, body in bodies("till", each, BODIES[each.id]):
            path = each.path.removeprefix("/").replace("{id_}", "x")
            answer = browser.raw(path, body)
            tried += 1
            if not 400 <= answer.status_code < 500:
                taken.append((each.id, field, answer.status_code))

    assert tried > 60
    assert taken == []
    shop.node.db.checkpoint()
    assert_nowhere(shop.node.db, shop.node.home)
