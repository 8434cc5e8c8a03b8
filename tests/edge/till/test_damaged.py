"""The disk has damaged a basket that was open or held: its till sells on (ES-15)."""

from __future__ import annotations

import pytest

from drivers.scanner.protocol import Scan
from edge.devices import scans
from edge.till.model import UNREADABLE
from tests.builders.edge import CASHIER, Shop
from tests.builders.till import Browser, a_browser

CODE = "2000000000015"
TORN = [
    "content = substr(content, 1, 20)",
    "content = CAST(x'7bff' AS TEXT)",
    'content = replace(content, \'"lines":[\', \'"lines":7,"x":[\')',
    "tenders = '[{'",
    "tenders = '[7]'",
    "tenders = CAST(x'5bff' AS TEXT)",
]


def damage(shop: Shop, change: str) -> None:
    """What a flipped bit leaves: the engine hands it out, and checks no rule."""
    with shop.node.db.write() as tx:
        tx.execute("PRAGMA ignore_check_constraints = ON")
        assert tx.execute(f"UPDATE basket SET {change}").rowcount == 1
        tx.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.fixture
def till(shop: Shop) -> Browser:
    made = a_browser(shop)
    made.post("basket/scan", {"code": CODE})
    return made


def refused_once(browser: Browser, path: str) -> bool:
    """In words, and not again."""
    answer = browser.get(path)
    assert (answer.status_code, answer.get_json()["code"]) == (422, UNREADABLE)
    return "put aside" in answer.get_json()["message"] and browser.get(path).status_code == 200


def lines(browser: Browser) -> int:
    return len(browser.state()["basket"]["lines"])


@pytest.mark.parametrize("change", TORN)
def test_the_screen_is_told_once_and_the_next_sale_is_done(shop: Shop, till: Browser, change: str) -> None:
    damage(shop, change)

    assert refused_once(till, "state")
    assert lines(till) == 0

    till.post("basket/scan", {"code": CODE})
    shown = till.state()
    paid = {"basket": shown["basket"]["id"], "version": shown["version"], "add": []}
    assert till.post("sale/finish", paid)["sale"]["total_minor"] == 1_000
    assert shop.node.db.value("SELECT count(*) FROM audit WHERE verb = 'till.basket_damaged'") == 1


@pytest.mark.parametrize("change", TORN)
def test_a_scan_that_comes_upon_it_is_refused_and_the_next_begins_a_new_one(
    shop: Shop, till: Browser, change: str
) -> None:
    damage(shop, change)

    assert till.refused("basket/scan", {"code": CODE}) == (422, UNREADABLE)

    assert till.post("basket/scan", {"code": CODE})["ok"] and lines(till) == 1


@pytest.mark.parametrize("change", TORN)
def test_a_held_one_is_in_nobodys_way(shop: Shop, till: Browser, change: str) -> None:
    till.post("basket/hold", {"note": "blue coat"})
    damage(shop, change)

    assert refused_once(till, "held")

    assert till.get("held").get_json()["held"] == []
    till.post("basket/scan", {"code": CODE})
    assert lines(till) == 1


@pytest.mark.parametrize("change", ["note = CAST(x'ff' AS TEXT)", "staff = CAST(x'ff' AS TEXT)"])
def test_a_held_one_whose_note_or_name_is_damaged_is_sold(shop: Shop, till: Browser, change: str) -> None:
    till.post("basket/hold", {"note": "blue coat"})
    damage(shop, change)

    (held,) = till.get("held").get_json()["held"]

    till.post("held/recall", {"id": held["id"]})
    assert lines(till) == 1


@pytest.mark.parametrize("change", TORN)
def test_the_shift_is_closed_beside_it(shop: Shop, till: Browser, change: str) -> None:
    damage(shop, change)

    assert refused_once(till, "shift/closing")

    assert till.get("shift/closing").get_json()["questions"] == []


@pytest.mark.parametrize("change", TORN)
def test_its_row_stays_as_it_is(shop: Shop, till: Browser, change: str) -> None:
    sql = "SELECT CAST(content AS BLOB), CAST(tenders AS BLOB), document FROM basket"
    damage(shop, change)
    before = [tuple(row) for row in shop.node.db.rows(sql)]

    assert refused_once(till, "state")

    assert [tuple(row) for row in shop.node.db.rows(sql)] == before
    assert shop.node.db.value("SELECT state FROM basket") == "aborted"


def test_the_sound_ones_beside_it_stay(shop: Shop, till: Browser) -> None:
    till.post("basket/hold", {"note": "blue coat"})
    till.post("basket/scan", {"code": CODE})
    damage(shop, "content = '{' WHERE state = 'open'")

    assert refused_once(till, "state")

    assert lines(till) == 0
    (held,) = till.get("held").get_json()["held"]
    assert (held["note"], held["staff"], held["lines"]) == ("blue coat", CASHIER, 1)


def test_a_serial_scanner_that_comes_upon_it_says_so_and_goes_on(shop: Shop, till: Browser) -> None:
    damage(shop, "content = '{'")

    for seq in (1, 2):
        scans.apply(shop.node, "01", Scan("scan-01", seq, CODE.encode(), CODE, "ascii", 0.0))

    assert lines(till) == 1
