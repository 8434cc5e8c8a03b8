"""Headquarters against people who are not who they say: SC-06, SC-11, SC-25, SC-38 (docs/security.md)."""

from __future__ import annotations

from typing import Any

import pytest

from hq.access import actions as access
from hq.app import create_app
from hq.audit import queries as audit
from hq.enrolment import actions as enrolling
from kit.crypto import SigningKey
from proof.sim.parties import Centre
from retail.errors import NotPermitted
from schemas.wire.session import EnrolRequest
from sync import calls
from tests.builders.hq import PASSWORD, Browser, House, a_person, a_product, everything

EVIL = ("' OR '1'='1", "'; DROP TABLE product;--", '"', "\\", "%_!", ":text ?")


def ask(house: House, code: str, app: Any = None) -> int:
    """A device with a key of its own tries an enrolment code."""
    request = calls.enrol(EnrolRequest(code=code, public_key=SigningKey.generate().public, app_version="1"))
    return Centre(house.hq, app or house.app).transport().send(request).status


# -- SC-06 -------------------------------------------------------------------------------------------------


def test_guessed_enrolment_codes_are_slowed_down(house: House) -> None:
    """SC-06: ten wrong codes a minute from an address; a waiting device's own questions do not count."""
    app = create_app(house.hq)
    code = enrolling.make_code(house.ctx, "001")
    key = SigningKey.generate()
    line = Centre(house.hq, app).transport()
    honest = calls.enrol(EnrolRequest(code=code, public_key=key.public, app_version="1"))

    assert [line.send(honest).status for _ in range(30)] == [200] * 30
    assert [ask(house, f"GUESS{n:03d}", app) for n in range(13)] == [403] * 10 + [429] * 3


# -- SC-11 -------------------------------------------------------------------------------------------------


def test_a_changed_role_counts_at_the_next_click(house: House) -> None:
    """SC-11: within no time at all; neither sign-out nor waiting is needed."""
    a_person(house, "anna", "administrator")
    anna = house.value("SELECT id FROM hq_user WHERE login = 'anna'")
    browser, token = house.client("anna"), access.make_token(house.ctx, anna, "program")
    program = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one"}
    assert browser.get("/users").status_code == 200

    access.change_user(house.ctx, anna, name="Anna", language="en", roles=["merchandiser"], stores=["001"])

    assert (browser.get("/users").status_code, browser.get("/stock/002").status_code) == (403, 403)
    answer = browser.client.put("/api/v1/products/N", json={"name": {"en": "N"}}, headers=program)
    assert answer.status_code == 403


def test_who_is_dismissed_is_out_with_every_session_and_token(house: House) -> None:
    """SC-11."""
    a_person(house, "anna", "administrator")
    anna = house.value("SELECT id FROM hq_user WHERE login = 'anna'")
    browsers = [house.client("anna") for _ in range(2)]
    bearer = {"Authorization": f"Bearer {access.make_token(house.ctx, anna, 'program')}"}

    access.set_active(house.ctx, anna, active=False)

    assert [each.get("/users").status_code for each in browsers] == [302, 302]
    assert browsers[0].client.get("/api/v1/stores", headers=bearer).status_code == 401


def test_a_planted_session_is_nobodys(house: House) -> None:
    """SC-11 fixation: a token that an attacker put into the browser does not become a session by signing in."""
    browser = Browser(house.app.test_client())
    browser.client.set_cookie("lianpu_hq", "planted-by-somebody-else")
    browser.post("/sign-in", login="admin", password=PASSWORD)

    thief = house.app.test_client()
    thief.set_cookie("lianpu_hq", "planted-by-somebody-else")

    assert (browser.get("/users").status_code, thief.get("/users").status_code) == (200, 302)


# -- SC-25 -------------------------------------------------------------------------------------------------


def test_filters_and_searches_take_sql_as_words(house: House) -> None:
    """SC-25: every filter of every list: answered, nothing found, nothing changed."""
    a_product(house, "P1", name={"en": "Tea", "zh-Hans": "茶", "zh-Hant": "茶"})
    house.device("001").sell()
    browser = house.client("admin")
    before = everything(house)

    seen = {
        (path, name, evil): browser.client.get(path, query_string={name: evil}).status_code
        for path, names in {
            "/products/": ("text", "category", "state", "sort", "page"), "/stock/001": ("text", "only", "page"),
            "/prices/": ("scope", "state", "page"), "/audit/": ("actor", "verb", "subject", "page"),
            "/sales/": ("store", "day", "zone", "terminal"), "/find": ("q",), "/sales/number": ("number",),
            "/people/": ("text", "store"), "/imports/": ("page",), "/fleet/parked": ("store", "state"),
            "/products/suggest": ("q",), "/sales/export.csv": ("from", "to", "store"),
        }.items()
        for name in names
        for evil in EVIL
    }  # fmt: skip

    assert {asked: status for asked, status in seen.items() if status >= 500} == {}
    assert everything(house) == before


@pytest.mark.parametrize("sign", ["%", "_", "!"])
def test_signs_of_a_pattern_are_looked_for_as_they_are(house: House, sign: str) -> None:
    """SC-25: a LIKE wildcard finds itself, not everything."""
    from hq.catalogue import queries as catalogue
    from hq.stock import queries as stock

    till = house.device("001")
    for sku, name in (("P1", "Tea"), ("P2", f"Juice 10{sign}0")):
        a_product(house, sku, name={"en": name})
        till.sell(sku)
    till.push()

    of_store = stock.of_store(house.hq.db, "001", text=f"10{sign}", only="", offset=0, limit=9)
    alone = stock.of_store(house.hq.db, "001", text=sign, only="", offset=0, limit=9)
    found = catalogue.products(house.hq.db, text=sign, category="", state="", offset=0, limit=9)
    audited = audit.search(house.hq.db, subject=sign, limit=500)[1]

    assert [row.sku for row in of_store[1]] == [row.sku for row in alone[1]] == ["P2"]
    assert [row.sku for row in found[1]] == ["P2"]
    assert all(sign in f"{entry.subject}{entry.facts}" for entry in audited)
    assert audit.search(house.hq.db, actor=sign)[0] == audit.search(house.hq.db, verb=sign)[0] == 0


# -- SC-38 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["nobody", "admin", "gone", "", "admin' --"])
def test_a_wrong_sign_in_costs_the_same_for_every_name(
    house: House, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    """SC-38: one password hash, one audit entry, the same answer, whether somebody has the name or not."""
    a_person(house, "gone", "auditor")
    gone = house.value("SELECT id FROM hq_user WHERE login = 'gone'")
    access.set_active(house.ctx, gone, active=False)
    hashed: list[str] = []
    monkeypatch.setattr(access, "secret_matches", lambda text, phc: bool(hashed.append(phc)))
    entries = house.value("SELECT count(*) FROM audit_entry")

    with pytest.raises(NotPermitted) as refused:
        access.sign_in(house.ctx, login=login, password="wrong")

    assert (refused.value.code, refused.value.facts) == ("access.sign_in_refused", {})
    assert [phc.startswith("$argon2id$") for phc in hashed] == [True]
    assert house.value("SELECT count(*) FROM audit_entry") == entries + 1
    subjects = house.db.rows("SELECT subject FROM audit_entry WHERE verb = 'access.sign_in_refused'")
    assert [row[0] for row in subjects] in (["user:"], ["user:admin"], ["user:gone"])


def test_the_pages_of_a_wrong_sign_in_are_equal(house: House) -> None:
    """SC-38."""
    pages = []
    for login in ("admin", "nobody"):
        answer = Browser(house.app.test_client()).post("/sign-in", login=login, password="wrong")
        text = answer.text.replace(login, "NAME").split('name="csrf_token"')
        pages.append((answer.status_code, text[0], text[-1].split(">", 1)[1]))
    assert pages[0] == pages[1]
