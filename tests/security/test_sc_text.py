"""Texts that would like to be more than text: SC-22, SC-23, SC-28, SC-37 (docs/security.md)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.journal.actions import Journal
from hq.access import actions as access
from hq.imports import reading
from hq.people import actions as people
from kit.logs import configure
from schemas.rows.stores import TerminalRow
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN, Shop, a_person, a_product, put
from tests.builders.hq import Browser as Console
from tests.builders.hq import House
from tests.builders.hq import a_person as a_user
from tests.builders.hq import a_product as an_hq_product
from tests.builders.till import ADDRESS, Browser
from tests.hq.access.test_pages import PAGES

HTML = "<img src=x onerror=alert(1)><script>alert(2)</script>"
SHOWN = "&lt;img src=x onerror"


# -- SC-21 -------------------------------------------------------------------------------------------------

# What the manuals of scanners print: factory default, suffix, keyboard country, HID mode; and keys of an operating
# system as control characters of a code.
PROGRAMMING = (
    "999999",
    "$%$%$%",
    "MNL0101",
    "\x16M\rDEFALT.",
    "9F21",
    "N.D00E0",
    "\x1b[11~",
    "\x7f\x08\x03",
    ".E013$",
)


@pytest.mark.parametrize("code", PROGRAMMING)
def test_programming_barcodes_are_unknown_articles(shop: Shop, code: str) -> None:
    """SC-21: one that reaches the till is a red row or refused: nothing is sold, no setting and no screen changes."""
    browser = Browser(shop).pair().sign_in()
    before = browser.state()

    status = browser.raw("basket/scan", {"code": code}).status_code
    after = browser.state()

    assert status in (200, 422)
    assert {row["state"] for row in after["basket"]["lines"]} <= {"unknown"}
    assert after["staff"] == before["staff"] and after["locked"] == before["locked"]
    assert shop.node.db.value("SELECT count(*) FROM print_job") == 0


# -- SC-22, SC-23 ------------------------------------------------------------------------------------------


def test_names_with_html_are_words_on_every_page_of_the_console(house: House) -> None:
    """SC-22: product, brand, note, receipt line, person; SC-23: what a device says of itself."""
    an_hq_product(house, "P1", name={"en": HTML, "zh-Hans": HTML, "zh-Hant": HTML}, spec=HTML[:40])
    a_user(house, "anna", "auditor")
    till = house.device("001")
    till.sell(name=HTML)
    till.push()
    with house.hq.db.write() as connection:
        connection.exec_driver_sql("UPDATE store SET name = ?", (json.dumps({"en": HTML}),))
        connection.exec_driver_sql("UPDATE hq_user SET name = ? WHERE login = 'anna'", (HTML,))
        connection.exec_driver_sql("UPDATE contact SET app_version = ?", (HTML[:40],))
        connection.exec_driver_sql(
            "INSERT INTO alarm (id, store, code, subject, facts, at) VALUES ('a', '001', 'fork.found', ?, ?, 1)",
            (HTML, json.dumps({"seq": HTML})),
        )
    sale = house.value("SELECT id FROM sale")
    browser = house.client("admin")
    paths = [*PAGES, f"/sales/receipt/001/{sale}", "/find?q=P1", "/find?q=" + HTML, "/audit/?subject=" + HTML]

    pages = {path: browser.client.get(path, follow_redirects=True) for path in paths}

    assert {path: page.status_code for path, page in pages.items() if page.status_code != 200} == {}
    assert [
        path for path, page in pages.items() if "<img src=x" in page.text or "<script>alert" in page.text
    ] == []
    assert sum(SHOWN in page.text for page in pages.values()) > 5
    html = [page for page in pages.values() if page.mimetype == "text/html"]
    assert all("'unsafe-inline'" not in page.headers["Content-Security-Policy"] for page in html)


def test_names_with_html_are_words_on_the_pages_of_the_store(shop: Shop) -> None:
    """SC-22, SC-23: names of terminals and people, words of a device, what somebody looked for."""
    a_product(shop.node, "X", 100, name={"en": HTML, "zh-Hans": HTML, "zh-Hant": HTML})
    a_person(shop.node, "1009", "cashier", "592813")
    put(
        shop.node,
        "store:001",
        "terminal",
        "01",
        TerminalRow(code="01", name=HTML, devices={"printer": {"driver": HTML}}),
    )
    browser = Browser(shop).pair().sign_in()

    node_page = browser.client.get("/node?full=1", base_url=ADDRESS)
    wrong = browser.client.get(f"/{HTML}", base_url=ADDRESS, headers={"Accept": "text/html"})
    search = browser.client.get("/api/v1/search", base_url=ADDRESS, query_string={"q": "img"})

    assert (node_page.status_code, wrong.status_code, search.mimetype) == (200, 404, "application/json")
    assert "<img src=x" not in node_page.text + wrong.text
    assert SHOWN in node_page.text
    assert HTML in json.dumps(search.get_json(), ensure_ascii=False)
    assert (
        "script-src" in node_page.headers["Content-Security-Policy"]
        or "default-src 'self'" in (node_page.headers["Content-Security-Policy"])
    )


# -- SC-28 -------------------------------------------------------------------------------------------------

FORMULAS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "＝",
    "＋",
    "－",
    "＠",
    "'=",
    "''=",
    "'",
    "-1",
    "1",
    "x",
    " ",
    ";",
    '"',
)


@given(st.lists(st.sampled_from(FORMULAS), max_size=5), st.text(max_size=12))
def test_no_exported_cell_begins_like_a_formula_and_ours_are_read_back(signs: list[str], rest: str) -> None:
    """SC-28: TAB, CR and full-width signs too; a file of ours means the same to us when it comes back."""
    text = "".join(signs) + rest
    safe = reading.safe_cell(text)

    assert reading.NUMBER.fullmatch(safe) or safe[:1] not in tuple("=+-@\t\r\n＝＋－＠")
    assert all(piece.strip(' "')[:1] not in tuple("=+-@＝＋－＠") for piece in safe.split(";")[1:])
    assert reading._cell(safe) == reading._cell(reading.safe_cell(reading._cell(safe)))
    if text == text.strip() and text.isprintable() and not text.startswith("'"):
        assert reading._cell(safe) == reading._cell(text)


# -- SC-37 -------------------------------------------------------------------------------------------------

CANARY = "canary-7Gq2Zx-secret-81"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """Everything that is logged, down to DEBUG, as the servers log it."""
    configure(level="DEBUG")
    return capsys


def broken(*_args: object, **_named: object) -> None:
    raise KeyError("planted")


def files_of(home: Path) -> bytes:
    keys = home / "keys"
    return b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file() and keys not in p.parents)


def test_no_secret_of_the_store_is_logged_or_kept_in_the_open(
    shop: Shop, said: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SC-37: PINs right and wrong, codes, tokens, keys; in refusals, and in the trace of a mistake of ours."""
    from edge.people import pairing

    code = pairing.make_code(shop.node.context(), "01")
    browser = Browser(shop)
    cookie = (
        browser.raw("pair", {"code": code, "label": "x"}).headers["Set-Cookie"].split("=")[1].split(";")[0]
    )
    browser.sign_in()
    browser.raw("sign-in", {"staff": CASHIER, "pin": "918273"})
    browser.raw("sign-in", {"staff": CASHIER, "pin": CANARY})
    browser.raw("drawer/open", {"reason": "other", "approval": {"staff": MANAGER, "pin": "817263"}})
    browser.raw("drawer/open", {"reason": "other", "approval": {"staff": MANAGER, "pin": MANAGER_PIN}})
    browser.client.get(f"/api/v1/state?pin={CANARY}", base_url=ADDRESS)
    monkeypatch.setattr(Journal, "changing", broken)
    answer = browser.client.post(
        "/api/v1/sign-in", base_url=ADDRESS, json={"staff": CASHIER, "pin": CASHIER_PIN},
        headers={"X-Lianpu": "1", "Idempotency-Key": "canary-key", "Origin": ADDRESS},
    )  # fmt: skip
    monkeypatch.undo()

    captured = said.readouterr()
    logged = captured.out + captured.err
    assert (answer.status_code, "planted" in logged, "planted" in answer.text) == (500, True, False)
    key = shop.node.key.to_bytes()
    secrets = [code, cookie, CASHIER_PIN, MANAGER_PIN, "918273", "817263", CANARY, key.hex()]
    shop.node.db.checkpoint()
    kept = files_of(shop.node.home)
    assert [secret for secret in secrets if secret in logged] == []
    assert [secret for secret in [*secrets] if secret.encode() in kept] == []
    assert key not in kept


def test_no_secret_of_hq_is_logged_or_kept_in_the_open(
    house: House, said: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SC-37: passwords right, wrong and made up, tokens, cookies, initial codes, enrolment codes, HQ's key."""
    from hq.enrolment import actions as enrolling

    a_user(house, "anna", "auditor")
    anna = house.value("SELECT id FROM hq_user WHERE login = 'anna'")
    browser = house.client("anna")
    cookie = browser.client.get_cookie("lianpu_hq")
    assert cookie is not None
    Console(house.app.test_client()).post("/sign-in", login="anna", password=CANARY)
    Console(house.app.test_client()).post("/sign-in", login=CANARY, password="x")
    made_up = access.reset_password(house.ctx, anna)
    token = access.make_token(house.ctx, anna, "program")
    enrol = enrolling.make_code(house.ctx, "001")
    initial = people.add_staff(
        house.ctx, number="1009", name="Ming", role="cashier", language="en", stores=["001"]
    )
    monkeypatch.setattr("hq.api.pages.sales.store_states", broken)
    headers = {"Authorization": f"Bearer {token}"}
    answer = house.app.test_client().get("/api/v1/stores", headers=headers)
    monkeypatch.undo()
    house.device("001").sell()

    captured = said.readouterr()
    logged = captured.out + captured.err
    assert (answer.status_code, "planted" in logged, "planted" in answer.text) == (500, True, False)
    secrets = [cookie.value, CANARY, made_up, token, enrol, str(initial), house.hq.key.to_bytes().hex()]
    kept = files_of(house.hq.home)
    assert [secret for secret in secrets if secret in logged] == []
    assert [secret for secret in secrets if secret.encode() in kept] == []
    assert house.hq.key.to_bytes() not in kept
