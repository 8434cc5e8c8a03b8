"""Goods back against a receipt of this store: never more than was sold, never more than was paid."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from edge.people.model import Approval
from edge.returns.actions import make_return, quote
from edge.sales.actions import finish
from edge.shifts.actions import move_cash, open_shift
from edge.till.actions import add_product, discount, scan
from retail.errors import LianpuError
from retail.tender import Tender, card, cash
from tests.builders.damage import edited
from tests.builders.edge import CASHIER, MANAGER, MANAGER_PIN, Shop, a_product
from tests.builders.till import Browser

A, B, C = "2000000000015", "2000000000022", "2000000000039"
ASK = Approval(MANAGER, MANAGER_PIN)


def sold(shop: Shop, *codes: str, tenders: tuple[Tender, ...] = (), terminal: str = "01") -> str:
    for code in codes:
        scan(shop.at(terminal), code)
    return str(finish(shop.at(terminal), basket=None, version=None, added=tenders)["sale"]["id"])


def back(
    shop: Shop,
    sale: str,
    wanted: dict[int, int],
    *tenders: Tender,
    terminal: str = "01",
    staff: str = MANAGER,
) -> dict[str, Any]:
    made = make_return(shop.at(terminal, staff), original=sale, reason="other", wanted=wanted, tenders=tenders,
                       approval=None)  # fmt: skip
    found: dict[str, Any] = made["document"]
    return found


def balance(shop: Shop, account: str, commodity: str = "HKD") -> int:
    return int(shop.node.db.value(
        "SELECT quantity FROM balance WHERE account = ? AND commodity = ?", (account, commodity), 0
    ))  # fmt: skip


def refunds(shop: Shop, id_: str) -> list[tuple[str, int]]:
    rows = shop.node.db.rows("SELECT kind, amount_minor FROM document_tender WHERE id = ? ORDER BY n", (id_,))
    return [(row["kind"], row["amount_minor"]) for row in rows]


def test_a_whole_return_gives_everything_back(shop: Shop) -> None:
    sale = sold(shop, A, C)
    assert balance(shop, "cash:001:01") == 53000

    document = back(shop, sale, {1: 1000, 2: 1000})

    assert (document["total_minor"], document["payable_minor"]) == (2995, 3000)
    assert document["number"].endswith("-2")
    assert (balance(shop, "cash:001:01"), balance(shop, "revenue:001"), balance(shop, "rounding:001")) == (
        50000,
        0,
        0,
    )
    assert balance(shop, "stock:001:on_hand", "sku:A") == 0
    kinds = [row["kind"] for row in shop.node.db.rows("SELECT kind FROM print_job ORDER BY id")]
    assert kinds == ["receipt", "drawer", "return", "drawer"]


def test_partial_returns_sum_to_what_was_paid_and_end_there(shop: Shop) -> None:
    a_product(shop.node, "T", 333)
    add_product(shop.at(), "T", quantity=3000)
    discount(shop.at(), None, "percent", 100_000, "other", ASK)
    sale = str(finish(shop.at(), basket=None, version=None, added=[card(899)])["sale"]["id"])

    totals = [back(shop, sale, {1: 1000})["total_minor"] for _ in range(3)]

    assert sum(totals) == 899 and totals == [300, 299, 300]
    for quantity in (1000, 1):
        with pytest.raises(LianpuError) as refused:
            back(shop, sale, {1: quantity * 1000 if quantity == 1 else quantity})
        assert refused.value.code == "returns.more_than_sold"
    assert balance(shop, "card:001") == 0


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({1: 2000}, "returns.more_than_sold"), ({1: 0}, "returns.quantity_not_positive"),
        ({1: -1000}, "returns.quantity_not_positive"), ({9: 1000}, "returns.no_such_line"), ({}, "returns.nothing_chosen"),
        ({1: 500}, "basket.quantity_not_whole"),
    ],
)  # fmt: skip
def test_returns_that_cannot_be_change_nothing(shop: Shop, wanted: dict[int, int], code: str) -> None:
    sale = sold(shop, A)
    head = shop.node.journal.head
    with pytest.raises(LianpuError) as refused:
        back(shop, sale, wanted)
    assert (refused.value.code, shop.node.journal.head) == (code, head)


def test_a_receipt_that_the_disk_has_made_dearer_is_not_paid_back(shop: Shop) -> None:
    """Its bytes can still be read; nobody was ever asked for that amount."""
    sale, drawer = sold(shop, A), balance(shop, "cash:001:01")
    dearer = "UPDATE body SET body = CAST(replace(CAST(body AS TEXT), '1000', '9000') AS BLOB) WHERE id = ?"
    edited(shop, lambda tx: tx.execute(dearer, (sale,)))

    with pytest.raises(LianpuError, match="event.unreadable"):
        back(shop, sale, {1: 1000})

    assert balance(shop, "cash:001:01") == drawer


def test_a_return_of_nothing_we_know_is_refused(shop: Shop) -> None:
    with pytest.raises(LianpuError, match="returns.no_such_sale"):
        back(shop, "0198-nobody", {1: 1000})
    sale = sold(shop, A)
    document = back(shop, sale, {1: 1000})
    with pytest.raises(LianpuError, match="returns.no_such_sale"):
        back(shop, document["id"], {1: 1000})


def test_another_terminal_of_the_store_takes_goods_back_from_its_own_drawer(shop: Shop) -> None:
    sale = sold(shop, A)
    open_shift(shop.at("02"), 10000)

    document = back(shop, sale, {1: 1000}, terminal="02")

    assert document["number"].startswith("001-02/") and document["number"].endswith("-1")
    assert (balance(shop, "cash:001:01"), balance(shop, "cash:001:02")) == (51000, 9000)


def test_money_goes_back_the_way_it_came_card_first(shop: Shop) -> None:
    sale = sold(shop, A, A, tenders=(card(1500, "X1"), cash(500)))

    first = back(shop, sale, {1: 1000})
    second = back(shop, sale, {1: 1000})

    assert refunds(shop, first["id"]) == [("card", 1000)]
    assert refunds(shop, second["id"]) == [("card", 500), ("cash", 500)]
    assert (balance(shop, "card:001"), balance(shop, "cash:001:01")) == (0, 50000)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "at most 1,234.50 may"), ("zh-Hans", "退回卡 1,234.50。"), ("zh-Hant", "退回卡 1,234.50。")],
)
def test_a_refusal_names_money_as_money(shop: Shop, language: str, words: str) -> None:
    from edge.app import create_app, message_of
    from retail.errors import LimitExceeded

    with create_app(shop.node).test_request_context("/", headers={"Accept-Language": language}):
        said = message_of(shop.node, LimitExceeded("returns.card_got_less", limit_minor=123450))
    assert words in said


def test_a_card_gets_no_more_back_than_it_paid(shop: Shop) -> None:
    sale = sold(shop, A, A, tenders=(card(500), cash(1500)))
    with pytest.raises(LianpuError) as refused:
        back(shop, sale, {1: 1000}, card(600), cash(400))
    assert refused.value.code == "returns.card_got_less"
    back(shop, sale, {1: 1000}, card(500), cash(500))
    with pytest.raises(LianpuError, match="returns.card_got_less"):
        back(shop, sale, {1: 1000}, card(1), cash(999))


def test_a_card_sale_may_be_paid_back_in_cash_when_asked(shop: Shop) -> None:
    sale = sold(shop, A, tenders=(card(1000),))
    document = back(shop, sale, {1: 1000}, cash(1))
    assert refunds(shop, document["id"]) == [("cash", 1000)]


def test_a_refund_in_cash_is_rounded_like_a_payment(shop: Shop) -> None:
    sale = sold(shop, C, tenders=(card(1995),))
    document = back(shop, sale, {1: 1000}, cash(1))
    assert (document["total_minor"], document["payable_minor"]) == (1995, 2000)
    assert balance(shop, "rounding:001") == 5


def test_a_quote_promises_what_the_return_pays_and_books_nothing(shop: Shop) -> None:
    sale = sold(shop, A, C, tenders=(card(1000), cash(2000)))
    head = shop.node.journal.head

    found = quote(shop.at(), sale, {2: 1000}, ())

    assert found == {
        "total_minor": 1995, "payable_minor": 2000, "rounding_minor": 5,
        "lines": [{"line": 2, "quantity": 1000, "total_minor": 1995}],
        "tenders": [{"kind": "card", "amount_minor": 1000}, {"kind": "cash", "amount_minor": 1000}],
    }  # fmt: skip
    assert shop.node.journal.head == head
    assert back(shop, sale, {2: 1000})["payable_minor"] == 2000


def test_a_cashier_needs_an_approval_that_the_event_names(shop: Shop) -> None:
    sale = sold(shop, A)
    with pytest.raises(LianpuError, match="people.approval_needed"):
        back(shop, sale, {1: 1000}, staff=CASHIER)
    make_return(shop.at(), original=sale, reason="other", wanted={1: 1000}, tenders=(), approval=ASK)
    body = shop.node.db.value("SELECT body FROM body ORDER BY rowid DESC LIMIT 1")
    assert b'"approved_by":"2001"' in body and b'"original":"' + sale.encode() in body


def test_one_piece_is_given_back_once_however_many_ask(shop: Shop) -> None:
    sale = sold(shop, A)
    open_shift(shop.at("02"), 10000)
    got: list[str] = []
    gate = threading.Barrier(8)

    def ask(terminal: str) -> None:
        gate.wait()
        try:
            got.append(back(shop, sale, {1: 1000}, terminal=terminal)["number"][:6])
        except LianpuError as refused:
            got.append(refused.code)

    threads = [threading.Thread(target=ask, args=(terminal,)) for terminal in ("01", "02") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got)[1:] == ["returns.more_than_sold"] * 7
    assert balance(shop, "revenue:001") == 0


def test_a_return_needs_an_open_shift_and_a_reason(shop: Shop) -> None:
    sale = sold(shop, A)
    with pytest.raises(LianpuError, match="shifts.none_open"):
        back(shop, sale, {1: 1000}, terminal="02")
    with pytest.raises(LianpuError, match="reference.reason_unknown"):
        make_return(
            shop.at(staff=MANAGER), original=sale, reason="bad", wanted={1: 1000}, tenders=(), approval=None
        )


def test_the_way_over_http(shop: Shop) -> None:
    sale = sold(shop, A, A)
    browser = Browser(shop).pair().sign_in(MANAGER, MANAGER_PIN)
    body = {"original": sale, "reason": "other", "lines": [{"line": 1, "quantity": 1000}],
            "tenders": [{"kind": "cash", "amount_minor": 1000}]}  # fmt: skip

    assert browser.post("returns/quote", body)["payable_minor"] == 1000
    first = browser.post("returns", body, key="the-same-key")
    again = browser.post("returns", body, key="the-same-key")

    assert first["document"] == again["document"]
    assert browser.refused("returns", body | {"lines": [{"line": 1, "quantity": 1000}] * 2}) == (
        422,
        "web.field",
    )


def test_one_by_one_in_cash_gives_back_what_was_paid(shop: Shop) -> None:
    a_product(shop.node, "N", 995)
    add_product(shop.at(), "N", quantity=2000)
    sale = str(finish(shop.at(), basket=None, version=None, added=())["sale"]["id"])

    paid = [back(shop, sale, {1: 1000})["payable_minor"] for _ in range(2)]

    assert paid == [1000, 990]
    assert (balance(shop, "cash:001:01"), balance(shop, "rounding:001")) == (50000, 0)


def test_a_refund_takes_no_more_than_the_drawer_holds(shop: Shop) -> None:
    sale = sold(shop, A, tenders=(card(1000),))
    move_cash(
        shop.at(staff=MANAGER), direction="out", amount_minor=50000, reason="other", note="", approval=None
    )

    with pytest.raises(LianpuError) as refused:
        back(shop, sale, {1: 1000}, cash(0))

    assert refused.value.code == "returns.drawer_short"
    assert balance(shop, "cash:001:01") == 0
    assert back(shop, sale, {1: 1000})["total_minor"] == 1000
