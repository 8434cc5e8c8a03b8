"""Paying: cash, card, both, change, rounding to ten cents; finishing over the API once and only once."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from edge.app import create_app
from edge.sales.actions import add_tender, finish, remove_tender
from edge.till.actions import scan
from edge.till.model import tender_from
from retail.errors import Invalid, LianpuError
from retail.tender import Tender, card, cash
from tests.builders.edge import Shop, a_chain
from tests.builders.till import ADDRESS, a_browser

A, B, C = "2000000000015", "2000000000022", "2000000000039"


def money(shop: Shop) -> dict[str, int]:
    rows = shop.node.db.rows(
        "SELECT account, quantity FROM balance WHERE commodity = 'HKD' AND quantity <> 0"
    )
    return {row["account"]: row["quantity"] for row in rows}


@pytest.mark.parametrize(
    ("codes", "tenders", "payable", "rounding", "change", "drawer", "cards"),
    [
        ([C], [], 2000, 5, 0, 2000, 0),
        ([C], [cash(2000)], 2000, 5, 0, 2000, 0),
        ([C], [cash(10000)], 2000, 5, 8000, 2000, 0),
        ([C], [card(1995, "A1B2")], 1995, 0, 0, 0, 1995),
        ([C], [card(1000), cash(1000)], 2000, 5, 0, 1000, 1000),
        ([C], [card(991), cash(1000)], 1991, -4, 0, 1000, 991),
        ([C], [card(1990), cash(10)], 2000, 5, 0, 10, 1990),
        ([C], [card(1993), cash(0)], 1993, -2, 0, 0, 1993),
        ([A, B], [cash(500), cash(1500)], 1730, 0, 270, 1730, 0),
    ],
)  # fmt: skip
def test_what_is_paid_rounded_and_given_back(
    shop: Shop,
    codes: list[str],
    tenders: list[Tender],
    payable: int,
    rounding: int,
    change: int,
    drawer: int,
    cards: int,
) -> None:
    for code in codes:
        scan(shop.at(), code)

    sale = finish(shop.at(), basket=None, version=None, added=tenders)["sale"]

    assert (sale["payable_minor"], sale["change_minor"]) == (payable, change)
    found = money(shop)
    assert found["cash:001:01"] - 50000 == drawer
    assert found.get("card:001", 0) == cards
    assert found.get("rounding:001", 0) == -rounding
    assert sum(found.values()) == 0


@pytest.mark.parametrize(
    ("tenders", "code"),
    [
        ([cash(500)], "till.left_to_pay"), ([card(1000)], "till.left_to_pay"),
        ([card(1996)], "tender.card_exceeds_total"), ([card(1995), cash(10)], "tender.cash_not_needed"),
        ([cash(1995)], "tender.not_in_cash_steps"), ([cash(-2000)], "tender.amount_not_positive"),
        ([card(-5), cash(2000)], "tender.amount_not_positive"), ([Tender("gift", 2000, 2000)], "tender.unknown_kind"),
    ],
)  # fmt: skip
def test_payments_that_do_not_add_up_sell_nothing(shop: Shop, tenders: list[Tender], code: str) -> None:
    scan(shop.at(), C)
    head, before = shop.node.journal.head, money(shop)

    with pytest.raises(LianpuError) as refused:
        finish(shop.at(), basket=None, version=None, added=tenders)

    assert refused.value.code == code
    assert (shop.node.journal.head, money(shop)) == (head, before)
    assert shop.node.db.value("SELECT count(*) FROM print_job") == 0


def test_a_free_basket_is_finished_without_a_tender_and_opens_no_drawer(shop: Shop) -> None:
    from edge.people.model import Approval
    from edge.till.actions import discount
    from tests.builders.edge import MANAGER, MANAGER_PIN

    scan(shop.at(), A)
    discount(shop.at(), None, "percent", 1_000_000, "other", Approval(MANAGER, MANAGER_PIN))

    sale = finish(shop.at(), basket=None, version=None)["sale"]

    assert sale["payable_minor"] == 0
    assert [row["kind"] for row in shop.node.db.rows("SELECT kind FROM print_job")] == ["receipt"]


def test_a_part_payment_is_kept_with_the_basket_and_can_be_taken_back(shop: Shop) -> None:
    scan(shop.at(), C)
    add_tender(shop.at(), card(1000, "A1"))
    shop.restart()
    remove_tender(shop.at(), 1)

    with pytest.raises(LianpuError, match="till.tender_not_found"):
        remove_tender(shop.at(), 1)
    assert finish(shop.at(), basket=None, version=None)["sale"]["payable_minor"] == 2000
    facts = shop.node.db.value("SELECT facts FROM audit WHERE verb = 'till.tender_removed'")
    assert json.loads(facts) == {"amount": 1000, "kind": "card"}


def test_tax_is_in_the_ledger(shop: Shop) -> None:
    from schemas.rows.chain import TaxRow
    from tests.builders.edge import a_product

    a_chain(shop.node, taxes=[TaxRow(code="S", name={}, rate_ppm=130000, included=True),
                              TaxRow(code="X", name={}, rate_ppm=50000, included=False)])  # fmt: skip
    a_product(shop.node, "S", 1130, tax_code="S")
    a_product(shop.node, "X", 1000, tax_code="X")
    for sku in ("S", "X"):
        scan(shop.at(), sku)

    sale = finish(shop.at(), basket=None, version=None)["sale"]

    assert (sale["total_minor"], sale["payable_minor"]) == (2180, 2180)
    assert money(shop) == {
        "cash:001:01": 52180, "safe:001": -50000, "revenue:001": -2000, "tax:001:S": -130, "tax:001:X": -50
    }  # fmt: skip


@pytest.mark.parametrize(
    ("plain", "code"),
    [
        ({"kind": "cash", "given_minor": 4_891_234_560_783}, "till.tender_too_large"),
        ({"kind": "cash", "given_minor": None}, "till.tender_malformed"),
        ({"kind": "cheque", "given_minor": 1}, "till.tender_malformed"),
        ({"kind": "card", "given_minor": 1, "approval": "A" * 13}, "till.approval_code_malformed"),
        ({"kind": "card", "given_minor": 1, "approval": "A 1"}, "till.approval_code_malformed"),
        ({"kind": "card", "given_minor": 1, "approval": "授权"}, "till.approval_code_malformed"),
    ],
)
def test_a_tender_from_outside_is_checked(plain: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        tender_from(plain)
    assert refused.value.code == code


# -- over HTTP ---------------------------------------------------------------------------------------------


def test_thirty_finishes_with_one_key_and_ten_with_others_over_http_make_one_sale(shop: Shop) -> None:
    browser = a_browser(shop)
    browser.post("basket/scan", {"code": A})
    basket = browser.state()["basket"]["id"]
    cookie = browser.client.get_cookie("lianpu_device", domain="127.0.0.1")
    assert cookie is not None
    app, gate, answers = create_app(shop.node), threading.Barrier(40), []

    def press(key: str) -> None:
        client = app.test_client()
        client.set_cookie("lianpu_device", cookie.value, domain="127.0.0.1")
        gate.wait()
        answers.append(client.post(
            "/api/v1/sale/finish", base_url=ADDRESS, headers={"X-Lianpu": "1", "Idempotency-Key": key},
            json={"basket": basket, "version": 1, "add": [{"kind": "cash", "given_minor": 1000}]},
        ).get_json())  # fmt: skip

    threads = [
        threading.Thread(target=press, args=(key,))
        for key in ["one-key-for-all"] * 30 + [f"other-key-{n}" for n in range(10)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({answer["sale"]["number"] for answer in answers}) == 1 and len(answers) == 40
    assert all(answer["state"]["basket"]["lines"] == [] for answer in answers)
    assert shop.node.db.value("SELECT count(*) FROM document") == 1
    assert [row["kind"] for row in shop.node.db.rows("SELECT kind FROM print_job ORDER BY id")] == [
        "receipt",
        "drawer",
    ]
    assert money(shop)["cash:001:01"] == 51000


def test_cash_given_is_a_short_word_for_one_cash_tender(shop: Shop) -> None:
    browser = a_browser(shop)
    browser.post("basket/scan", {"code": C})
    answer = browser.post("sale/finish", {"version": 1, "cash_given_minor": 5000})

    assert answer["sale"]["change_minor"] == 3000
    assert answer["state"]["last_sale"]["change_minor"] == 3000
    browser.post("basket/scan", {"code": A})
    assert browser.state()["last_sale"] is None


def test_the_change_on_the_screen_is_of_the_last_sale_even_when_the_clock_was_set_back(shop: Shop) -> None:
    browser = a_browser(shop)
    for given in (2000, 3000):
        browser.post("basket/scan", {"code": A})
        browser.post("sale/finish", {"cash_given_minor": given})
        shop.node.clock.learn(shop.clock.now_ms() - 3_600_000)

    assert browser.state()["last_sale"]["change_minor"] == 2000
