"""Receipts: found, shown, copied."""

from __future__ import annotations

from typing import Any

import pytest

from edge.people.model import Approval
from edge.receipts.actions import reprint
from edge.receipts.queries import search, view
from edge.returns.actions import make_return
from edge.sales.actions import finish
from edge.shifts.actions import open_shift
from edge.till.actions import scan
from retail.errors import LianpuError
from schemas.rows.chain import RoleLimitRow
from tests.builders.edge import MANAGER, MANAGER_PIN, Shop, put
from tests.builders.till import a_browser

A, B = "2000000000015", "2000000000022"
MINUTE = 60_000


def sold(shop: Shop, code: str = A, terminal: str = "01") -> dict[str, Any]:
    scan(shop.at(terminal), code)
    found: dict[str, Any] = finish(shop.at(terminal), basket=None, version=None)["sale"]
    return found


def numbers(shop: Shop, text: str = "", day: str = "", terminal: str = "") -> list[str]:
    return [row["number"] for row in search(shop.at(), text, day, terminal)]


def test_receipts_are_found_by_number_day_terminal_amount_and_time(shop: Shop) -> None:
    open_shift(shop.at("02"), 0)
    first = sold(shop)["number"]
    shop.clock.advance(75 * MINUTE)
    second = sold(shop, B, "02")["number"]

    assert numbers(shop) == [second, first]
    assert numbers(shop, first) == [first] and numbers(shop, first.lower()) == [first]
    assert numbers(shop, "-02/") == [second]
    assert numbers(shop, day="2026-07-10") == [second, first] and numbers(shop, day="2026-07-09") == []
    assert numbers(shop, terminal="02") == [second]
    assert numbers(shop, "10.00") == [first] and numbers(shop, "7.3") == [second]
    assert (
        numbers(shop, "13:15") == [second]
        and numbers(shop, "12:00") == [first]
        and numbers(shop, "9:00") == []
    )


@pytest.mark.parametrize("text", ["%", "_", "!", "' OR 1=1 --", "\\", "٣", "99999999999999999999", ":"])
def test_odd_searches_find_nothing_and_break_nothing(shop: Shop, text: str) -> None:
    sold(shop)
    assert numbers(shop, text) == []


def test_a_time_is_found_however_many_receipts_came_later(shop: Shop) -> None:
    early = sold(shop)["number"]
    shop.clock.advance(5 * MINUTE)
    for _ in range(101):
        sold(shop)
    assert numbers(shop, "12:00") == [early]


def test_a_view_shows_the_journal_and_what_may_come_back(shop: Shop) -> None:
    scan(shop.at(), A, quantity=3000)
    sale = finish(shop.at(), basket=None, version=None)["sale"]
    make_return(
        shop.at(staff=MANAGER),
        original=sale["id"],
        reason="other",
        wanted={1: 1000},
        tenders=(),
        approval=None,
    )

    shown = view(shop.at(), sale["id"])

    assert (shown["number"], shown["bh"], shown["payload"]["total_minor"]) == (
        sale["number"],
        sale["bh"],
        3000,
    )
    assert [(line["line"], line["quantity"], line["left"]) for line in shown["returnable"]] == [
        (1, 3000, 2000)
    ]
    text = a_browser(shop).get(f"receipts/{sale['id']}").get_json()["receipt"]["text"]
    assert any("30.00" in line for line in text) and any(sale["number"] in line for line in text)
    back = search(shop.at(), "", "", "")[0]
    assert back["kind"] == "return" and view(shop.at(), back["id"])["returnable"] == []


def test_copies_are_counted_marked_and_open_no_drawer(shop: Shop) -> None:
    sale = sold(shop)
    ask = Approval(MANAGER, MANAGER_PIN)

    assert [reprint(shop.at(), sale["id"], reason="other", approval=ask)["copy"] for _ in range(2)] == [1, 2]

    jobs = shop.node.db.rows("SELECT kind, copy FROM print_job ORDER BY id")
    assert [(row["kind"], row["copy"]) for row in jobs] == [
        ("receipt", 0),
        ("drawer", 0),
        ("reprint", 1),
        ("reprint", 2),
    ]
    assert numbers(shop) == [sale["number"]]
    assert view(shop.at(), sale["id"])["copies"] == 2
    with pytest.raises(LianpuError, match="people.approval_needed"):
        reprint(shop.at(), sale["id"], reason="other", approval=None)
    with pytest.raises(LianpuError, match="receipts.not_found"):
        reprint(shop.at(), "nothing", reason="other", approval=ask)
    for unknown in ("", "because"):
        with pytest.raises(LianpuError, match="reference.reason_unknown"):
            reprint(shop.at(), sale["id"], reason=unknown, approval=ask)
    assert view(shop.at(), sale["id"])["copies"] == 2


def test_the_code_on_the_paper_finds_its_receipt(shop: Shop) -> None:
    sale = sold(shop)
    browser = a_browser(shop)
    for code in (sale["number"], sale["number"].lower(), f"]Q1{sale['number']}"):
        assert browser.get(f"receipts/find?code={code}").get_json()["receipt"]["id"] == sale["id"]
    for code in ("001-01/AAAAA-1", "4006381333931", "x" * 200):
        assert browser.get(f"receipts/find?code={code}").status_code in (404, 422)


def test_whoever_may_not_look_at_receipts_sees_none(shop: Shop) -> None:
    sale = sold(shop)
    browser = a_browser(shop)
    put(shop.node, "chain", "role", "cashier",
        RoleLimitRow(role="cashier", discount_limit_ppm=0, allowed=["till.sell"], approval=[]))  # fmt: skip
    for path in ("receipts", f"receipts/{sale['id']}", f"receipts/find?code={sale['number']}"):
        answer = browser.get(path)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "people.not_permitted"), path


def test_lists_name_the_person(shop: Shop) -> None:
    """Receipts and held baskets; one who was dismissed keeps the name, one whom HQ forgot has the number."""
    sold(shop)
    assert [row["staff_name"] for row in search(shop.at(), "", "", "")] == ["cashier 1001"]
    client = a_browser(shop)
    scan(shop.at(), A)
    client.post("basket/hold", {"note": ""})
    assert [row["staff_name"] for row in client.get("held").get_json()["held"]] == ["cashier 1001"]
    assert shop.node.people.name("9999") == "9999"
