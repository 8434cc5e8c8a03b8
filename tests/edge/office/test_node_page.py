"""The node's own page: plain HTML for a paired terminal, every press proven by a PIN."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.people.throttle import LOCK_TRIES
from retail.errors import LianpuError
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN, Shop
from tests.edge.office.conftest import Browser, a_browser
from tests.edge.spool.rig import UNPROVED, Rig, a_rig


def token(page: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', page)
    assert found is not None
    return found.group(1)


def test_a_browser_that_is_not_paired_sees_nothing_of_the_store(shop: Shop) -> None:
    answer = a_browser(shop, paired=False).get("/node?lang=en")

    assert answer.status_code == 403
    assert "not paired" in answer.text
    assert "Store" not in answer.text.replace("store's", "")
    assert "token" not in answer.text


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "This store&#39;s computer"), ("zh-Hans", "门店主机"), ("zh-Hant", "門店主機")],
)
def test_the_page_speaks_three_languages_under_a_strict_policy(
    browser: Browser, language: str, words: str
) -> None:
    answer = browser.get(f"/node?lang={language}")

    assert answer.status_code == 200
    assert words in answer.text and f'<html lang="{language}">' in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "<script" not in answer.text and "style=" not in answer.text
    assert not re.findall(r">(?:office|error|till)\.[a-z_.]+<", answer.text)


def test_the_page_names_version_contact_unsent_and_disk(browser: Browser) -> None:
    page = browser.get("/node?lang=en").text

    for words in ("SQLite", "Last answer of HQ", "Sales to upload", "Free on the disk", "Number series 1"):
        assert words in page
    with browser.get("/static/office/office.css") as file:
        assert file.status_code == 200


def test_a_manager_makes_a_pairing_code_that_works(browser: Browser) -> None:
    page = browser.get("/node?lang=en").text

    answer = browser.form(
        "/node/pair?lang=en", token=token(page), terminal="02", staff=MANAGER, pin=MANAGER_PIN
    )

    found = re.search(r'class="code">([A-Z0-9]{8})<', answer.text)
    assert answer.status_code == 200 and found is not None
    from edge.people.pairing import pair

    assert pair(browser.shop.node, found.group(1), "", "")[1] == "02"
    row = browser.shop.node.db.row(
        "SELECT staff FROM audit WHERE verb = 'people.pairing_code_made' ORDER BY n DESC"
    )
    assert row["staff"] == MANAGER


@pytest.mark.parametrize(
    ("staff", "pin", "status", "words"),
    [
        (CASHIER, CASHIER_PIN, 403, "may not approve"),
        (MANAGER, "000000", 403, "Number or PIN is wrong"),
        ("", "", 403, "Number or PIN is wrong"),
    ],
)
def test_a_code_needs_a_managers_pin(browser: Browser, staff: str, pin: str, status: int, words: str) -> None:
    page = browser.get("/node?lang=en").text

    answer = browser.form("/node/pair?lang=en", token=token(page), terminal="02", staff=staff, pin=pin)

    assert answer.status_code == status and words in answer.text
    assert 'class="code"' not in answer.text


def test_a_form_without_this_browsers_token_is_refused(browser: Browser) -> None:
    answer = browser.form("/node/pair?lang=en", token="0" * 64, terminal="02", staff=MANAGER, pin=MANAGER_PIN)

    assert answer.status_code == 403
    assert browser.shop.node.db.value("SELECT count(*) FROM pairing_code WHERE terminal = '02'") == 0


def test_a_foreign_page_cannot_post_the_form(browser: Browser) -> None:
    answer = browser.client.post(
        "/node/pair",
        data={"terminal": "02"},
        headers={"Host": "127.0.0.1:8101", "Origin": "http://evil.example"},
    )

    assert answer.status_code == 403


def test_a_manager_unlocks_a_person(browser: Browser) -> None:
    shop = browser.shop
    for _ in range(LOCK_TRIES):
        with pytest.raises(LianpuError):
            shop.node.people.prove(shop.node.context(device="02"), CASHIER, "111222")
        shop.node.people.throttle._until.clear()
        with shop.node.journal.writing() as tx:
            tx.execute("UPDATE throttle SET wait_ms = 0 WHERE failures < ?", (LOCK_TRIES,))
    page = browser.get("/node?lang=en").text
    assert f"Locked after wrong PINs: Terminal 02, Number {CASHIER}." in page
    assert f">staff:{CASHIER}" not in page

    answer = browser.form(
        "/node/unlock?lang=en", token=token(page), subject=f"staff:{CASHIER}", staff=MANAGER, pin=MANAGER_PIN
    )

    assert answer.status_code == 200 and "Unlocked." in answer.text
    assert shop.node.people.prove(shop.node.context(device="01"), CASHIER, CASHIER_PIN).staff == CASHIER
    assert shop.node.db.value("SELECT staff FROM audit WHERE verb = 'office.unlocked'") == MANAGER


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A running store whose printer is soon given up."""
    with a_rig(tmp_path, **UNPROVED) as made:
        yield made


def test_an_unknown_paper_is_settled_on_the_page(rig: Rig) -> None:
    browser = a_browser(rig.shop)
    rig.printer.set("no_gsh", True)
    sale = rig.sell()
    job = rig.wait(sale, "UNKNOWN")
    page = browser.get("/node?lang=en").text
    assert "Receipt" in page and "nobody knows" in page

    fields = {"token": token(page), "job": str(job.id), "staff": CASHIER, "pin": CASHIER_PIN}
    answer = browser.form("/node/paper?lang=en", printed="yes", **fields)

    assert answer.status_code == 200
    assert rig.job(sale).evidence == "person"
    assert browser.form("/node/paper?lang=en", printed="yes", **fields).status_code == 409
    assert browser.form("/node/paper?lang=en", printed="perhaps", **fields).status_code == 422
