"""A person of store 001 meets every address that names a store, a node or a record of store 002."""

from __future__ import annotations

from typing import Any

import pytest

from hq.access.guard import actor_of
from hq.access.repository import user_by_login
from hq.imports import actions as imports
from hq.people import actions as people
from hq.prices import actions as prices
from hq.prices import queries as price_queries
from hq.publish.queries import delivered
from hq.rights import all_permissions
from hq.settings import actions as settings
from tests.builders.hq import DAY, NOW, House, a_person, a_product, everything

SECRET = "77.77"
NAMES = (
    "store",
    "node",
    "code",
    "scope",
    "terminal",
    "number",
    "run_id",
    "event_id",
    "digest",
    "price_id",
    "inc",
    "seq",
)
# Every address with a part that names a store or a record of one, as a person of store 001 calls it.
GETS = {
    "/sales/": "/sales/?store={other}",
    "/sales/receipt/<store>/<event_id>": "/sales/receipt/{other}/{sale}",
    "/sales/export.csv": f"/sales/export.csv?from={DAY}&to={DAY}&store={{other}}",
    "/proof/": "/proof/?store={other}",
    "/stock/<store>": "/stock/{other}",
    "/stock/<store>/<sku>": "/stock/{other}/P1",
    "/fleet/store/<store>": "/fleet/store/{other}",
    "/stores/<code>": "/stores/{other}",
    "/enrolment/": "/enrolment/?store={other}",
    "/enrolment/branches/<node>/<key>": "/enrolment/branches/{other}/{key}",
    "/people/<number>": "/people/2003",
    "/settings/quick-keys": "/settings/quick-keys?scope=store:{other}",
    "/prices/": "/prices/?scope=store:{other}",
    "/imports/<run_id>": "/imports/{run}",
    "/imports/<run_id>/rejects.csv": "/imports/{run}/rejects.csv",
}
POSTS = {
    "/stores/<code>": ("/stores/{other}", {"name.en": "Mine", "zone": "A", "time_zone": "Asia/Hong_Kong"}),
    "/stores/<code>/terminals": ("/stores/{other}/terminals", {"code": "09"}),
    "/stock/<store>/<sku>/opening": ("/stock/{other}/P1/opening", {"quantity": "3"}),
    "/enrolment/": ("/enrolment/", {"store": "{other}"}),
    "/enrolment/<digest>/confirm": ("/enrolment/{digest}/confirm", {"fingerprint": "AAAA"}),
    "/enrolment/<digest>/refuse": ("/enrolment/{digest}/refuse", {}),
    "/enrolment/revoke/<node>": ("/enrolment/revoke/{other}", {"key": "{key}"}),
    "/enrolment/branches/<node>/<key>": ("/enrolment/branches/{other}/{key}", {"reason": "x"}),
    "/people/<number>": (
        "/people/2002", {"name": "Taken", "role": "cashier", "language": "en", "stores": "001"}
    ),
    "/people/<number>/reset": ("/people/2002/reset", {}),
    "/people/<number>/active": ("/people/2002/active", {"active": "0"}),
    "/settings/quick-keys": ("/settings/quick-keys", {"scope": "store:{other}", "number": "1", "sku.1": "P1"}),
    "/prices/<sku>": ("/prices/P1", {"scope": "store:{other}", "price": "1.00", "when": "now"}),
    "/prices/cancel/<price_id>": ("/prices/cancel/{price}", {}),
    "/imports/<run_id>/apply": ("/imports/{run}/apply", {}),
    "/imports/<run_id>/drop": ("/imports/{run}/drop", {}),
    "/fleet/alarms/close": ("/fleet/alarms/close", {"id": "test|1", "reason": "gone"}),
    "/fleet/forks/<node>/<inc>/close": ("/fleet/forks/{other}/{inc}/close", {"reason": "gone"}),
    "/fleet/holes/<node>/<inc>/close": ("/fleet/holes/{other}/{inc}/close", {"reason": "gone"}),
    "/fleet/parked/<node>/<inc>/<int:seq>/retry": ("/fleet/parked/{other}/{inc}/1/retry", {}),
    "/fleet/parked/<node>/<inc>/<int:seq>/dismiss": (
        "/fleet/parked/{other}/{inc}/1/dismiss", {"reason": "gone"}
    ),
    "/fleet/parked/<node>/<inc>/<int:seq>/amend": ("/fleet/parked/{other}/{inc}/1/amend", {"reason": "gone"}),
}  # fmt: skip
# Machines speak for their own node; these pages belong to whole chains or to nobody's store.
ELSEWHERE = (
    "/sync/",
    "/local/",
    "/static/",
    "/users",
    "/settings/taxes/",
    "/sales/number",
    "/api/v1/",  # tests/security/test_hq_matrix.py
)


@pytest.fixture
def facts(house: House) -> dict[str, str]:
    """What store 002 has: a sale, a member of staff, a price to come, a fork, a hole, an alarm, a code, an import."""
    a_product(house)
    till = house.device("002")
    sale = till.sell(pieces=3)
    till.push()
    people.add_staff(
        house.ctx, number="2002", name="Bo", role="cashier", language="en", stores=["001", "002"]
    )
    people.add_staff(house.ctx, number="2003", name="Cy", role="cashier", language="en", stores=["002"])
    price = prices.set_price(
        house.ctx, sku="P1", scope="store:002", price_minor=7777, from_civil="2026-08-01"
    )
    settings.save_quick_key(house.ctx, scope="store:002", page=1, position=1, sku="P1")
    content = b"sku,scope,price\nP1,store:002,77.77\n"
    run = imports.dry_run(house.ctx, kind="prices", file_name="p.csv", content=content).run
    inc, key = "a" * 32, house.value("SELECT public_key FROM node_key WHERE node = '002'")
    with house.db.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO alarm (id, store, code, subject, facts, at, note)"
            " VALUES ('test|1', '002', 'test', '1', '{}', 1, '')"
        )
        connection.exec_driver_sql(
            f"INSERT INTO fork (node, inc, seq, found_at, note) VALUES ('002', '{inc}', 1, 1, '')"
        )
        connection.exec_driver_sql(
            f"INSERT INTO hole (node, inc, from_seq, to_seq, found_at, note) VALUES ('002', '{inc}', 5, 6, 1, '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO parked (node, inc, seq, id, type, state, reason, detail, booked, handler_version, at, note)"
            f" VALUES ('002', '{inc}', 1, '{sale}', 'sale.completed', 'parked', 'x', '', 1, 1, 1, '')"
        )
        connection.exec_driver_sql(
            "INSERT INTO enrolment_code (code_digest, store, made_at, made_by, expires_at, public_key, fingerprint,"
            f" state, asked_at, hint) VALUES ('d1', '002', {NOW}, 'x', {NOW + 9_000_000}, x'00', 'AAAA', 'asked', 1, '')"
        )
    a_person(house, "local", "administrator", ["001"])
    return {
        "other": "002", "sale": sale, "price": price, "run": run, "inc": inc, "digest": "d1", "key": bytes(key).hex()
    }  # fmt: skip


@pytest.mark.parametrize("rule", GETS)
def test_nobody_reads_another_store(house: House, facts: dict[str, str], rule: str) -> None:
    """SC-12."""
    local, everybody = house.client("local"), house.client("admin")
    address = GETS[rule].format(**facts)

    assert local.get(address).status_code in (403, 404)
    assert everybody.get(address).status_code in (200, 302)


@pytest.mark.parametrize("rule", [rule for rule, address in GETS.items() if "{other}" in address])
def test_a_store_that_does_not_exist_is_no_empty_page(house: House, facts: dict[str, str], rule: str) -> None:
    address = GETS[rule].format(**{**facts, "other": "999"})

    assert house.client("admin").get(address).status_code == 404
    assert house.client("local").get(address).status_code in (403, 404)


@pytest.mark.parametrize("rule", POSTS)
def test_nobody_changes_another_store(house: House, facts: dict[str, str], rule: str) -> None:
    """SC-12."""
    local = house.client("local")
    address, form = POSTS[rule]
    before = everything(house)

    answer = local.post(
        address.format(**facts), **{name: value.format(**facts) for name, value in form.items()}
    )

    assert answer.status_code in (302, 403, 404, 422)
    assert everything(house) == before


def test_every_address_that_names_a_store_stands_in_a_table(house: House) -> None:
    """SC-12."""
    named = [
        (rule.rule, method)
        for rule in house.app.url_map.iter_rules()
        for method in rule.methods or ()
        if method in ("GET", "POST", "PUT", "DELETE")
        and any(name in NAMES for name in rule.arguments)
        and not rule.rule.startswith(ELSEWHERE)
    ]

    assert sorted(rule for rule, method in named if method == "GET" and rule not in GETS) == []
    assert sorted(rule for rule, method in named if method != "GET" and rule not in POSTS) == []


@pytest.mark.parametrize(
    "address", ["/products/P1", "/products/P1?tab=history", "/prices/", "/products/", "/fleet/parked"]
)
def test_prices_and_troubles_of_other_stores_are_not_shown(
    house: House, facts: dict[str, str], address: str
) -> None:
    prices.set_price(house.ctx, sku="P1", scope="zone:B", price_minor=7777)
    prices.set_price(house.ctx, sku="P1", scope="store:002", price_minor=7777)

    seen = house.client("local").get(address)

    assert (seen.status_code, SECRET in seen.text, "7777" in seen.text, "test|1" in seen.text) == (
        200, False, False, False
    )  # fmt: skip


def test_the_api_shows_prices_of_own_scopes_only(house: House, facts: dict[str, str]) -> None:
    for scope, minor in (("zone:A", 901), ("zone:B", 902), ("store:001", 903)):
        prices.set_price(house.ctx, sku="P1", scope=scope, price_minor=minor)

    local: Any = house.client("local").get("/api/v1/products/P1").json
    whole: Any = house.client("admin").get("/api/v1/products/P1").json

    assert sorted(p["scope"] for p in local["prices"]) == ["chain", "store:001", "zone:A"]
    assert sorted(p["scope"] for p in whole["prices"]) == [
        "chain", "store:001", "store:002", "zone:A", "zone:B"
    ]  # fmt: skip


def test_lists_leave_other_stores_out(house: House, facts: dict[str, str]) -> None:
    one = frozenset({"001"})
    prices.set_price(house.ctx, sku="P1", scope="zone:B", price_minor=7777, from_civil="")

    total, rows = price_queries.changes(house.db, one, state="", scope="", now_ms=NOW, offset=0, limit=9)

    assert (total, {row.scope for row in rows}) == (1, {"chain"})
    assert price_queries.visible(house.db, one) == ["chain", "zone:A", "store:001"]
    assert price_queries.in_force(house.db, ["P1"], NOW, one) == {"P1": 1000}
    assert delivered(house.db, "chain", one).missing == ()


def test_a_number_of_another_store_is_not_found(house: House, facts: dict[str, str]) -> None:
    number = house.value("SELECT number FROM sale WHERE store = '002'")

    assert house.client("local").get(f"/sales/number?number={number}").status_code == 200
    assert house.client("admin").get(f"/sales/number?number={number}").status_code == 302


def test_staff_who_also_work_elsewhere_are_not_changed_by_a_file(house: House, facts: dict[str, str]) -> None:
    with house.db.read() as connection:
        person = user_by_login(connection, "local")[0]
    assert person is not None
    local = house.ctx.acting_as(actor_of(person, all_permissions()))
    content = b"number,name,role,stores\n2002,Taken,manager,001\n"

    found = imports.dry_run(local, kind="staff", file_name="s.csv", content=content)

    assert [(p.code, p.column) for p in found.problems] == [("scope_not_permitted", "number")]
    assert (found.changed, found.rejected) == (0, 1)
