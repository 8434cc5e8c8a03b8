"""Role × call × own and foreign store at HQ's API. The calls come from docs/openapi/hq.json: one without a verdict fails.

Default deny: who is not granted a call gets 401, 403 or 404, and nothing at all has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from hq.access import actions as access
from hq.prices import actions as prices
from tests.builders.contract import check, operations
from tests.builders.hq import DAY, House, a_person, a_product, everything

OWN, FOREIGN = "001", "002"
FOREIGN_PRICE = 4242
FOREIGN_FACTS = {FOREIGN, f"store:{FOREIGN}", FOREIGN_PRICE}
CHAIN = ("administrator", "merchandiser", "auditor")
LOCAL = "administrator of store 001"
NOBODY = "nobody"
ROLES = (*CHAIN, LOCAL, NOBODY)


@dataclass(frozen=True)
class Verdict:
    """Who may, and what somebody of one store gets of another store: the same, a refusal, or it is left out."""

    granted: tuple[str, ...]
    foreign: str = "same"


VERDICTS = {
    "api.list_products": Verdict((*CHAIN, LOCAL)),
    "api.show_product": Verdict((*CHAIN, LOCAL), "left out"),
    "api.put_product": Verdict(("administrator", "merchandiser")),
    "api.set_price": Verdict(("administrator", "merchandiser", LOCAL), "refused"),
    "api.cancel_price": Verdict(("administrator", "merchandiser", LOCAL), "refused"),
    "api.list_stores": Verdict((*CHAIN, LOCAL), "left out"),
    "api.sales_totals": Verdict((*CHAIN, LOCAL), "refused"),
}


def request_of(house: House, call: str, store: str) -> tuple[str, Any]:
    """The address below the prefix and the body of a call that a permitted person would get done."""
    later = {"scope": f"store:{store}", "price_minor": 7777, "from": "2026-08-01T00:00"}
    if call == "api.cancel_price":
        price = prices.set_price(
            house.ctx, sku="P1", scope=f"store:{store}", price_minor=7777, from_civil="2026-08-01"
        )
        return f"/prices/{price}", None
    return {
        "api.list_products": ("/products?text=P", None),
        "api.show_product": ("/products/P1", None),
        "api.put_product": (f"/products/NEW-{store}", {"name": {"en": "New"}}),
        "api.set_price": ("/products/P1/prices", later),
        "api.list_stores": ("/stores", None),
        "api.sales_totals": (f"/sales/totals?day={DAY}&store={store}", None),
    }[call]


@pytest.fixture
def headers(house: House) -> dict[str, dict[str, str]]:
    """What each role sends; product P1 has a price in store 002 that nobody of store 001 may see."""
    a_product(house)
    house.device(FOREIGN).sell()
    prices.set_price(house.ctx, sku="P1", scope=f"store:{FOREIGN}", price_minor=FOREIGN_PRICE)
    found: dict[str, dict[str, str]] = {NOBODY: {}}
    for role in (*CHAIN, LOCAL):
        a_person(house, role.split()[-1], role.split()[0], [OWN] if role == LOCAL else None)
        person = house.value("SELECT id FROM hq_user WHERE login = :login", login=role.split()[-1])
        found[role] = {"Authorization": f"Bearer {access.make_token(house.ctx, person, 'test')}"}
    return found


def test_every_call_has_a_verdict() -> None:
    assert {each.id for each in operations("hq")} == set(VERDICTS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("store", [OWN, FOREIGN])
def test_what_is_not_granted_is_refused_and_changes_nothing(
    house: House, headers: dict[str, dict[str, str]], role: str, store: str
) -> None:
    """SC-12, SC-13."""
    wrong = {}
    for each in operations("hq"):
        path, body = request_of(house, each.id, store)
        before = everything(house)
        answer = house.app.test_client().open(
            f"/api/v1{path}", method=each.method.upper(), json=body,
            headers=headers[role] | {"Idempotency-Key": f"{role}-{store}-{each.id}"},
        )  # fmt: skip
        check("hq", answer)
        verdict = VERDICTS[each.id]
        wanted = expected(verdict, role, store)
        changed = everything(house) != before
        if answer.status_code not in wanted or (changed and answer.status_code != 200):
            wrong[each.id] = (answer.status_code, answer.text[:200], changed)
        if role == LOCAL and verdict.foreign == "left out" and FOREIGN_FACTS & set(leaves(answer.json)):
            wrong[each.id] = (answer.status_code, "names store 002", changed)

    assert wrong == {}


def leaves(value: Any) -> Iterator[Any]:
    """What an answer says, value by value: a random id may well contain the digits of a store."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        yield value
        return
    for each in inner:
        yield from leaves(each)


def expected(verdict: Verdict, role: str, store: str) -> tuple[int, ...]:
    """The statuses that this cell may answer."""
    if role == NOBODY:
        return (401,)
    if role not in verdict.granted:
        return (403,)
    return (403, 404) if role == LOCAL and store == FOREIGN and verdict.foreign == "refused" else (200,)


def test_the_chain_sees_what_the_matrix_looks_for(house: House, headers: dict[str, dict[str, str]]) -> None:
    """Left out for one store, there for all: the names that are looked for are those that are said."""
    client = house.app.test_client()
    said = set()
    for call in ("api.show_product", "api.list_stores"):
        path, _ = request_of(house, call, FOREIGN)
        said |= set(leaves(client.get(f"/api/v1{path}", headers=headers["auditor"]).json))
    assert said >= FOREIGN_FACTS
