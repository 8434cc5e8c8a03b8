"""The basket of a terminal: what codes mean, what may be changed by whom, what survives."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from edge.people.model import Approval
from edge.sales.actions import add_tender, finish, remove_tender
from edge.shifts.actions import open_shift
from edge.till import actions
from edge.till.model import OpenBasket
from edge.till.repository import open_row
from edge.till.state import build
from retail.barcode import check_digit
from retail.errors import Conflict, Invalid, LianpuError, LimitExceeded, NotFound, NotNow, NotPermitted
from retail.tender import card, cash
from schemas.rows import catalogue
from schemas.rows.chain import RoleLimitRow, TaxRow
from tests.builders.edge import (
    CASHIER,
    CASHIER_PIN,
    MANAGER,
    MANAGER_PIN,
    Shop,
    a_chain,
    a_price,
    a_product,
    put,
)

A, B, C = "2000000000015", "2000000000022", "2000000000039"
ASK = Approval(MANAGER, MANAGER_PIN)


def lines(shop: Shop, terminal: str = "01") -> list[Any]:
    row = open_row(shop.node.db, terminal)
    return list(OpenBasket.from_row(row).basket.lines) if row else []


def shown(shop: Shop, terminal: str = "01") -> dict[str, Any]:
    return build(shop.node.context(device=terminal))


def ean(body: str) -> str:
    return f"{body}{check_digit(body)}"


def code_of(call: Any, *args: Any, **named: Any) -> str:
    with pytest.raises(LianpuError) as refused:
        call(*args, **named)
    return refused.value.code


def limit(shop: Shop, ppm: int) -> None:
    """What a cashier may take off."""
    row = RoleLimitRow(
        role="cashier", discount_limit_ppm=ppm, allowed=["till.sell", "till.discount"], approval=[]
    )
    put(shop.node, "chain", "role", "cashier", row)


# -- codes -------------------------------------------------------------------------------------------------


def test_the_same_product_scanned_twice_is_one_line_of_two(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    actions.scan(shop.at(), A)
    assert [(line.sku, line.quantity) for line in lines(shop)] == [("A", 2000)]


def test_a_chain_may_keep_every_scan_on_its_own_line(shop: Shop) -> None:
    a_chain(shop.node, merge_lines=False)
    actions.scan(shop.at(), A)
    actions.scan(shop.at(), A)
    assert [line.quantity for line in lines(shop)] == [1000, 1000]


def test_a_pack_code_counts_its_pieces(shop: Shop) -> None:
    put(
        shop.node,
        "chain",
        "barcode",
        "P6|A",
        catalogue.BarcodeRow(code="4006381333931", sku="A", quantity=6000),
    )
    actions.scan(shop.at(), "4006381333931", quantity=2000)
    assert [(line.sku, line.quantity) for line in lines(shop)] == [("A", 12000)]


@pytest.mark.parametrize("scanned", ["6901234567892", "06901234567892"])
def test_two_spellings_of_one_number_are_one_code_of_several_products(shop: Shop, scanned: str) -> None:
    put(shop.node, "chain", "barcode", "X|A", catalogue.BarcodeRow(code="06901234567892", sku="A"))
    put(shop.node, "chain", "barcode", "X|B", catalogue.BarcodeRow(code="6901234567892", sku="B"))

    actions.scan(shop.at(), scanned)

    row = shown(shop)["basket"]["lines"][0]
    assert (row["state"], [choice["sku"] for choice in row["choices"]]) == ("choose", ["A", "B"])


def test_a_code_of_several_products_asks_and_keeps_quantity_and_pack(shop: Shop) -> None:
    put(
        shop.node,
        "chain",
        "barcode",
        "X|A",
        catalogue.BarcodeRow(code="4006381333931", sku="A", quantity=6000),
    )
    put(shop.node, "chain", "barcode", "X|B", catalogue.BarcodeRow(code="4006381333931", sku="B"))
    scanned = actions.scan(shop.at(), "4006381333931", quantity=2000)

    row = shown(shop)["basket"]["lines"][0]
    assert (row["state"], [choice["sku"] for choice in row["choices"]]) == ("choose", ["A", "B"])
    assert code_of(actions.choose, shop.at(), scanned["line"], "C") == "till.not_a_choice"
    actions.choose(shop.at(), scanned["line"], "A")

    assert [(line.sku, line.quantity, line.state) for line in lines(shop)] == [("A", 12000, "ok")]


def test_a_weight_label_carries_its_weight(shop: Shop) -> None:
    actions.scan(shop.at(), ean("210000700325"))
    line = lines(shop)[0]
    assert (line.sku, line.quantity, line.gross) == ("00007", 325, 1625)


def test_a_price_label_stands_whatever_our_price_says(shop: Shop) -> None:
    actions.scan(shop.at(), ean("230000701699"))
    line = lines(shop)[0]
    assert (line.sku, line.quantity, line.gross) == ("00007", 340, 1699)
    assert code_of(actions.change_quantity, shop.at(), line.id, 1000) == "basket.quantity_fixed_by_label"


@pytest.mark.parametrize("body", ["210000700325", "230000701699"])
def test_a_label_is_not_multiplied_by_a_quantity(shop: Shop, body: str) -> None:
    assert code_of(actions.scan, shop.at(), ean(body), quantity=3000) == "till.label_quantity"
    assert lines(shop) == []
    actions.scan(shop.at(), ean(body), quantity=1000)
    assert [line.sku for line in lines(shop)] == ["00007"]


@pytest.mark.parametrize("body", ["210000700000", "230000700000"])
def test_a_label_without_weight_or_amount_is_refused(shop: Shop, body: str) -> None:
    assert code_of(actions.scan, shop.at(), ean(body)) == "till.label_empty"
    assert lines(shop) == []


def test_two_weighed_products_under_one_label_keep_the_weight_when_chosen(shop: Shop) -> None:
    put(shop.node, "chain", "barcode", "7|W2", catalogue.BarcodeRow(code="00007", sku="W2"))
    a_product(shop.node, "W2", 4000, code="W2", unit="kg", weighed=True)
    scanned = actions.scan(shop.at(), ean("210000700325"))
    actions.choose(shop.at(), scanned["line"], "W2")
    assert [(line.sku, line.quantity, line.gross) for line in lines(shop)] == [("W2", 325, 1300)]


def test_what_looks_like_a_label_but_is_a_barcode_is_sold_as_one(shop: Shop) -> None:
    code = ean("210000700325")
    a_product(shop.node, "M", 880, code=code)
    actions.scan(shop.at(), code)
    assert [(line.sku, line.quantity, line.gross) for line in lines(shop)] == [("M", 1000, 880)]


def test_a_gs1_code_with_a_weight_is_weighed(shop: Shop) -> None:
    a_product(shop.node, "G", 5000, code="09501101530003", unit="kg", weighed=True)
    actions.scan(shop.at(), "]C101095011015300033103000425")
    assert [(line.sku, line.quantity, line.gross) for line in lines(shop)] == [("G", 425, 2125)]


def test_a_weighed_product_without_label_needs_keyed_grams_and_a_right(shop: Shop) -> None:
    assert code_of(actions.scan, shop.at(), "00007") == "till.weight_needed"
    assert code_of(actions.add_product, shop.at(), "00007") == "till.weight_needed"
    assert code_of(actions.add_product, shop.at(), "00007", grams=250) == "people.approval_needed"

    actions.add_product(shop.at(), "00007", grams=250, approval=ASK)

    line = lines(shop)[0]
    assert (line.quantity, line.keyed_weight, line.gross) == (250, True, 1250)
    row = shop.node.db.row("SELECT verb, approved_by FROM audit WHERE verb = 'till.weight_keyed'")
    assert row is not None and row["approved_by"] == MANAGER


def test_the_weight_of_a_label_is_changed_only_as_a_keyed_weight_with_its_right(shop: Shop) -> None:
    line = actions.scan(shop.at(), ean("210000700325"))["line"]
    assert code_of(actions.change_quantity, shop.at(), line, 25) == "people.approval_needed"
    assert [(row.quantity, row.keyed_weight) for row in lines(shop)] == [(325, False)]

    actions.change_quantity(shop.at(), line, 425, ASK)

    assert [(row.quantity, row.keyed_weight) for row in lines(shop)] == [(425, True)]
    row = shop.node.db.row("SELECT facts, approved_by FROM audit WHERE verb = 'till.weight_keyed'")
    assert row is not None and (json.loads(row["facts"])["grams"], row["approved_by"]) == (425, MANAGER)


def test_an_unknown_code_may_be_goods_by_weight_with_keyed_grams(shop: Shop) -> None:
    red = actions.scan(shop.at(), "4891234560783")
    assert code_of(actions.resolve_unknown, shop.at(), red["line"], "00007", None) == "till.weight_needed"
    assert code_of(actions.resolve_unknown, shop.at(), red["line"], "00007", ASK) == "till.weight_needed"
    assert (
        code_of(actions.resolve_unknown, shop.at(), red["line"], "00007", None, grams=250)
        == "people.approval_needed"
    )
    assert (
        code_of(actions.resolve_unknown, shop.at(), red["line"], "00007", ASK, grams=0)
        == "quantity.not_positive"
    )
    assert [line.state for line in lines(shop)] == ["unknown"]

    actions.resolve_unknown(shop.at(), red["line"], "00007", ASK, grams=250)

    line = lines(shop)[0]
    assert (line.sku, line.quantity, line.keyed_weight, line.gross) == ("00007", 250, True, 1250)
    assert line.resolved_code == "4891234560783"
    rows = shop.node.db.rows("SELECT verb, approved_by FROM audit WHERE verb LIKE 'till.%' ORDER BY n")
    assert [(row["verb"], row["approved_by"]) for row in rows] == [
        ("till.code_resolved", MANAGER), ("till.weight_keyed", MANAGER)
    ]  # fmt: skip


def test_one_of_several_products_by_weight_takes_keyed_grams_under_a_right(shop: Shop) -> None:
    a_product(shop.node, "W2", 4000, code="W2", unit="kg", weighed=True)
    for sku in ("A", "W2"):
        put(shop.node, "chain", "barcode", f"X|{sku}", catalogue.BarcodeRow(code="4006381333931", sku=sku))
    line = actions.scan(shop.at(), "4006381333931")["line"]
    assert code_of(actions.choose, shop.at(), line, "W2") == "till.weight_needed"
    assert code_of(actions.choose, shop.at(), line, "W2", grams=300) == "people.approval_needed"

    actions.choose(shop.at(), line, "W2", grams=300, approval=ASK)

    assert [(row.sku, row.quantity, row.keyed_weight, row.gross) for row in lines(shop)] == [
        ("W2", 300, True, 1200)
    ]


def test_grams_beside_a_label_change_nothing_and_need_no_right(shop: Shop) -> None:
    put(shop.node, "chain", "barcode", "7|W2", catalogue.BarcodeRow(code="00007", sku="W2"))
    a_product(shop.node, "W2", 4000, code="W2", unit="kg", weighed=True)
    line = actions.scan(shop.at(), ean("210000700325"))["line"]
    actions.choose(shop.at(), line, "W2", grams=9999)
    assert [(row.quantity, row.keyed_weight) for row in lines(shop)] == [(325, False)]


def test_an_unknown_code_is_red_until_a_manager_names_the_product(shop: Shop) -> None:
    red = actions.scan(shop.at(), "4891234560783", quantity=3000)
    assert red["state"] == "unknown" and shown(shop)["basket"]["blocked"] == [red["line"]]
    assert code_of(actions.resolve_unknown, shop.at(), red["line"], "A", None) == "people.approval_needed"

    actions.resolve_unknown(shop.at(), red["line"], "A", ASK)

    line = lines(shop)[0]
    assert (line.sku, line.code, line.resolved_code, line.quantity) == (
        "A",
        "4891234560783",
        "4891234560783",
        3000,
    )
    sale = finish(shop.at(), basket=None, version=None, added=[cash(3000)])["sale"]
    assert b'"resolved_code":"4891234560783"' in shop.node.db.value(
        "SELECT body FROM body WHERE id = ?", (sale["id"],)
    )


def test_a_payment_code_scanned_into_the_basket_is_not_kept(shop: Shop) -> None:
    line = actions.scan(shop.at(), "134567890123456789")["line"]
    assert shown(shop)["basket"]["lines"][0]["code"] == "**************6789"
    actions.remove_line(shop.at(), line)
    assert not [
        row for row in shop.node.db.rows("SELECT facts FROM audit") if "134567890123456789" in row["facts"]
    ]


def test_a_product_without_a_price_is_red_and_an_inactive_one_unknown(shop: Shop) -> None:
    a_product(shop.node, "N", None, code="4006381333931")
    a_product(shop.node, "O", 100, code="4006381333948", active=False)
    assert actions.scan(shop.at(), "4006381333931")["state"] == "unpriced"
    assert actions.scan(shop.at(), "4006381333948")["state"] == "unknown"
    assert code_of(finish, shop.at(), basket=None, version=None) == "till.red_rows"


def test_a_product_whose_tax_nobody_knows_is_red_and_breaks_no_screen(shop: Shop) -> None:
    a_chain(shop.node, taxes=[TaxRow(code="S", name={}, rate_ppm=130000, included=True)])
    a_product(shop.node, "T", 100, code="4006381333931", tax_code="Z9")
    assert actions.scan(shop.at(), "4006381333931")["state"] == "unpriced"
    assert shown(shop)["basket"]["totals"]["total_minor"] == 0


def test_a_tax_that_vanishes_under_an_open_basket_blocks_it_and_breaks_no_screen(shop: Shop) -> None:
    a_chain(shop.node, taxes=[TaxRow(code="S", name={}, rate_ppm=130000, included=True)])
    a_product(shop.node, "T", 1130, code="4006381333931", tax_code="S")
    line = actions.scan(shop.at(), "4006381333931")["line"]
    a_chain(shop.node, taxes=[TaxRow(code="R", name={}, rate_ppm=90000, included=True)])

    assert shown(shop)["basket"]["blocked"] == [line]
    assert code_of(finish, shop.at(), basket=None, version=None, added=[cash(1130)]) == "tax.unknown_code"
    actions.abort(shop.at(staff=MANAGER), "other", None)
    assert lines(shop) == []


@pytest.mark.parametrize(
    "code",
    ["\x1b[31m\x1bp", "<b onload=x>", "'; DROP TABLE basket;--", "]Q3" + "\x1d" * 20 + "x", "𝟙𝟚𝟛", "a" * 128, "﷽" * 40,
     "../../etc/passwd", "%27", "\u202e123", "=cmd()"],
)  # fmt: skip
def test_any_code_is_data(shop: Shop, code: str) -> None:
    actions.scan(shop.at(), code)
    assert shown(shop)["basket"]["lines"][0]["state"] == "unknown"
    assert not any(ord(char) < 32 for char in lines(shop)[0].code)


@pytest.mark.parametrize(
    ("code", "refusal"),
    [("a" * 129, "barcode.too_long"), ("", "barcode.empty"), ("\x00\x07", "barcode.empty")],
)
def test_a_code_that_cannot_be_is_refused(shop: Shop, code: str, refusal: str) -> None:
    assert code_of(actions.scan, shop.at(), code) == refusal


# -- quantity ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "code"),
    [(0, "quantity.not_positive"), (-1000, "quantity.not_positive"), (1500, "basket.quantity_not_whole"),
     (4_891_234_560_783, "quantity.too_large"), (10_000_000, "quantity.too_large")],
)  # fmt: skip
def test_a_quantity_that_cannot_be_is_refused_everywhere(shop: Shop, quantity: int, code: str) -> None:
    line = actions.scan(shop.at(), A)["line"]
    before = lines(shop)
    assert code_of(actions.change_quantity, shop.at(), line, quantity) == code
    assert code_of(actions.scan, shop.at(), B, quantity=quantity) == code
    assert code_of(actions.add_product, shop.at(), "B", quantity=quantity) == code
    assert lines(shop) == before


def test_a_basket_has_room_for_what_one_event_can_carry(shop: Shop) -> None:
    """Long names, long codes, discounts: whatever fits into the basket fits into its sale."""
    name = {language: "長" * 60 + '"\\' * 5 for language in ("en", "zh-Hans", "zh-Hant")}
    limit(shop, 1_000_000)
    for n in range(120):
        a_product(shop.node, f"LONG-SKU-{n:03d}-{'x' * 25}", 100 + n, name=name, spec="規格" * 10)
    refused = None
    for n in range(120):
        try:
            line = actions.add_product(shop.at(), f"LONG-SKU-{n:03d}-{'x' * 25}")["line"]
            actions.discount(shop.at(), line, "percent", 50_000, "other", None)
        except LimitExceeded as error:
            refused = error
            break
    assert refused is not None and refused.code == "till.basket_too_long"
    count = len(lines(shop))
    assert 40 < count < 110

    sale = finish(
        shop.at(), basket=None, version=None, added=[card(1, "A1"), card(1, "B2"), cash(1_000_000)]
    )["sale"]

    assert 56_000 < len(shop.node.db.value("SELECT body FROM body WHERE id = ?", (sale["id"],))) <= 65_536


def test_a_basket_of_150_ordinary_lines_is_sold(shop: Shop) -> None:
    for n in range(150):
        a_product(shop.node, f"69{n:04d}", 100 + n, code=f"69000000{n:05d}", spec="500 ml")
        actions.add_product(shop.at(), f"69{n:04d}")
    sale = finish(shop.at(), basket=None, version=None, added=[cash(100_000)])["sale"]
    assert sale["total_minor"] == sum(100 + n for n in range(150))


# -- discounts ---------------------------------------------------------------------------------------------


def test_a_cashier_without_a_limit_needs_an_approver_with_one(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    assert code_of(actions.discount, shop.at(), "l1", "percent", 1, "other", None) == "people.approval_needed"
    assert code_of(actions.discount, shop.at(), "l1", "amount", 1, "other", None) == "people.approval_needed"

    actions.discount(shop.at(), "l1", "percent", 100_000, "other", ASK)

    line = lines(shop)[0]
    assert (line.discount.value, line.discount.approved_by) == (100_000, MANAGER)
    sale = finish(shop.at(), basket=None, version=None, added=[cash(1000)])["sale"]
    body = shop.node.db.value("SELECT body FROM body WHERE id = ?", (sale["id"],))
    assert sale["total_minor"] == 900 and f'"approved_by":"{MANAGER}"'.encode() in body


def test_the_limit_of_a_role_is_a_limit_and_the_approvers_too(shop: Shop) -> None:
    limit(shop, 50_000)
    put(shop.node, "chain", "role", "manager",
        RoleLimitRow(role="manager", discount_limit_ppm=200_000, allowed=["till.discount"], approval=[]))  # fmt: skip
    actions.scan(shop.at(), A)

    actions.discount(shop.at(), "l1", "percent", 50_000, "other", None)
    assert code_of(actions.discount, shop.at(), None, "amount", 50, "other", None) == "people.approval_needed"
    assert code_of(actions.discount, shop.at(), "l1", "amount", 51, "other", None) == "people.approval_needed"
    assert (
        code_of(actions.discount, shop.at(), "l1", "percent", 200_001, "other", ASK)
        == "till.discount_over_limit"
    )
    actions.discount(shop.at(), "l1", "percent", 200_000, "other", ASK)


def test_who_approves_above_the_own_limit_is_sent_to_a_manager(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    own = Approval(CASHIER, CASHIER_PIN)
    assert (
        code_of(actions.discount, shop.at(), "l1", "percent", 100_000, "other", own)
        == "till.discount_own_approval"
    )


def test_two_small_discounts_do_not_pass_a_limit_that_one_may_not(shop: Shop) -> None:
    limit(shop, 100_000)
    actions.scan(shop.at(), A)
    actions.scan(shop.at(), B)
    actions.discount(shop.at(), "l1", "percent", 60_000, "other", None)

    assert (
        code_of(actions.discount, shop.at(), None, "percent", 60_000, "other", None)
        == "people.approval_needed"
    )
    actions.discount(shop.at(), None, "percent", 40_000, "other", None)
    assert (
        code_of(actions.discount, shop.at(), "l1", "percent", 90_000, "other", None)
        == "people.approval_needed"
    )


def test_a_tiny_discount_on_a_large_basket_is_still_a_discount(shop: Shop) -> None:
    actions.scan(shop.at(), A, quantity=9_000_000)
    assert code_of(actions.discount, shop.at(), None, "amount", 1, "other", None) == "people.approval_needed"


def test_a_discount_by_amount_does_not_outlive_what_it_was_given_for(shop: Shop) -> None:
    """10 % off ten pieces must not become 100 % off one."""
    limit(shop, 200_000)
    actions.scan(shop.at(), A, quantity=10_000)
    actions.scan(shop.at(), B)
    actions.discount(shop.at(), "l1", "amount", 1000, "other", None)
    actions.discount(shop.at(), None, "amount", 900, "other", None)

    actions.change_quantity(shop.at(), "l1", 1000)

    assert [line.discount for line in lines(shop)] == [None, None]
    assert shown(shop)["basket"]["discount"] is None
    assert shown(shop)["basket"]["totals"]["total_minor"] == 1730


def test_a_discount_does_not_wait_in_an_emptied_basket_for_the_next_customer(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    actions.discount(shop.at(), None, "percent", 500_000, "other", ASK)
    actions.remove_line(shop.at(), "l1")

    actions.scan(shop.at(), A)

    assert shown(shop)["basket"]["totals"]["total_minor"] == 1000


@pytest.mark.parametrize(
    ("kind", "value", "reason", "code"),
    [
        ("percent", 1_000_001, "other", "basket.discount_out_of_range"), ("percent", -1, "other", "basket.discount_out_of_range"),
        ("gift", 10, "other", "basket.unknown_discount"), ("amount", 1001, "other", "basket.discount_exceeds_amount"),
        ("percent", 10, "because", "reference.reason_unknown"), ("percent", 10, "", "reference.reason_unknown"),
    ],
)  # fmt: skip
def test_discounts_that_cannot_be_are_refused(
    shop: Shop, kind: str, value: int, reason: str, code: str
) -> None:
    put(shop.node, "chain", "role", "manager",
        RoleLimitRow(role="manager", discount_limit_ppm=2_000_000, allowed=["till.sell", "till.discount"], approval=[]))  # fmt: skip
    actions.scan(shop.at(staff=MANAGER), A)
    assert code_of(actions.discount, shop.at(staff=MANAGER), "l1", kind, value, reason, None) == code


def test_value_zero_takes_a_discount_back_without_a_right(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    actions.discount(shop.at(), "l1", "percent", 100_000, "other", ASK)
    actions.discount(shop.at(), "l1", "percent", 0, "", None)
    assert lines(shop)[0].discount is None


# -- hold, recall, abort -----------------------------------------------------------------------------------


def test_a_held_basket_is_taken_by_any_terminal_once(shop: Shop) -> None:
    open_shift(shop.at("02"), 0)
    actions.scan(shop.at(), A, quantity=2000)
    held = actions.hold(shop.at(), "red coat")["held"]
    assert (lines(shop), shown(shop)["held_count"]) == ([], 1)

    actions.recall(shop.at("02"), held)

    assert [line.quantity for line in lines(shop, "02")] == [2000]
    assert code_of(actions.recall, shop.at(), held) == "till.not_held"
    sale = finish(shop.at("02"), basket=held, version=None, added=[cash(2000)])["sale"]
    assert sale["number"].startswith("001-02/")


def test_two_terminals_that_recall_at_once_get_one_basket(shop: Shop) -> None:
    open_shift(shop.at("02"), 0)
    actions.scan(shop.at(), A)
    held = actions.hold(shop.at(), "")["held"]
    got: list[str] = []
    gate = threading.Barrier(6)

    def take(terminal: str) -> None:
        gate.wait()
        try:
            actions.recall(shop.at(terminal), held)
            got.append(terminal)
        except Conflict as refused:
            got.append(refused.code)

    threads = [threading.Thread(target=take, args=(terminal,)) for terminal in ("01", "02") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got)[1:] == ["till.not_held"] * 5 and sorted(got)[0] in ("01", "02")
    assert len(lines(shop, "01")) + len(lines(shop, "02")) == 1


def test_a_basket_with_lines_is_not_overwritten_by_a_recall(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    held = actions.hold(shop.at(), "")["held"]
    actions.scan(shop.at(), B)
    assert code_of(actions.recall, shop.at(), held) == "till.basket_not_empty"
    actions.remove_line(shop.at(), "l1")
    actions.recall(shop.at(), held)
    assert [line.sku for line in lines(shop)] == ["A"]


def test_an_empty_basket_is_neither_held_nor_aborted(shop: Shop) -> None:
    assert code_of(actions.hold, shop.at(), "") == "till.basket_empty"
    assert code_of(actions.abort, shop.at(), "other", None) == "till.basket_empty"


def test_a_basket_with_a_card_payment_is_neither_held_nor_aborted_until_it_is_taken_back(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    add_tender(shop.at(), card(400))
    assert code_of(actions.hold, shop.at(), "") == "till.card_taken"
    assert code_of(actions.abort, shop.at(), "other", None) == "till.card_taken"


def test_an_aborted_basket_leaves_a_trace_in_the_journal(shop: Shop) -> None:
    actions.scan(shop.at(), A, quantity=3000)
    actions.abort(shop.at(), "other", None)

    body = shop.node.db.value("SELECT body FROM body WHERE type = 'basket.aborted'")
    assert b'"lines":1' in body and b'"pieces":3' in body and b'"total_minor":3000' in body
    assert code_of(actions.abort, shop.at(), "other", None) == "till.basket_empty"


def test_a_removed_line_leaves_a_trace_in_the_audit(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    actions.remove_line(shop.at(), "l1")
    facts = shop.node.db.value("SELECT facts FROM audit WHERE verb = 'till.line_removed'")
    assert json.loads(facts) == {"code": "2000000000015", "gross": 1000, "sku": "A"}


# -- prices that switch ------------------------------------------------------------------------------------


def test_a_price_that_switched_is_asked_about_at_tender_and_may_be_taken(shop: Shop) -> None:
    a_price(shop.node, "A", 1200, since="2026-07-10T12:30", id="p2")
    actions.scan(shop.at(), A)
    shop.clock.advance(30 * 60_000)

    assert shown(shop)["basket"]["price_changes"][0] | {"name": None} == {
        "line": "l1", "sku": "A", "name": None, "old_minor": 1000, "new_minor": 1200
    }  # fmt: skip
    assert code_of(finish, shop.at(), basket=None, version=None) == "till.price_switched"
    actions.accept_prices(shop.at(), keep=False)

    assert finish(shop.at(), basket=None, version=None, added=[cash(1200)])["sale"]["total_minor"] == 1200


def test_a_price_that_switched_may_be_kept_and_is_asked_again_when_it_switches_again(shop: Shop) -> None:
    a_price(shop.node, "A", 1200, since="2026-07-10T12:30", id="p2")
    a_price(shop.node, "A", 1300, since="2026-07-10T13:00", id="p3")
    actions.scan(shop.at(), A)
    shop.clock.advance(30 * 60_000)
    actions.accept_prices(shop.at(), keep=True)
    assert shown(shop)["basket"]["price_changes"] == []

    shop.clock.advance(30 * 60_000)
    assert code_of(finish, shop.at(), basket=None, version=None) == "till.price_switched"
    actions.accept_prices(shop.at(), keep=True)
    assert finish(shop.at(), basket=None, version=None, added=[cash(1000)])["sale"]["total_minor"] == 1000


def test_the_price_of_a_printed_label_does_not_switch(shop: Shop) -> None:
    actions.scan(shop.at(), ean("230000701699"))
    a_price(shop.node, "00007", 9900, since="2026-07-10T11:00", id="p2")
    assert shown(shop)["basket"]["price_changes"] == []


def test_a_narrower_price_wins(shop: Shop) -> None:
    a_price(shop.node, "A", 900, scope="zone:A", id="z")
    a_price(shop.node, "A", 800, scope="store:001", id="s")
    a_price(shop.node, "A", 1, scope="store:002", id="o")
    actions.scan(shop.at(), A)
    assert lines(shop)[0].unit_price_minor == 800


# -- tenders in the basket ---------------------------------------------------------------------------------


def test_a_line_removed_under_a_card_payment_shows_too_much_paid_and_breaks_no_screen(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    actions.scan(shop.at(), B)
    add_tender(shop.at(), card(1500, "A1"))
    actions.remove_line(shop.at(), "l1")

    settled = shown(shop)["basket"]["settlement"]
    assert (settled["payable_minor"], settled["paid_minor"], settled["left_minor"]) == (730, 1500, -770)
    assert code_of(finish, shop.at(), basket=None, version=None) == "tender.card_exceeds_total"


def test_the_last_line_stays_while_a_card_has_paid_so_that_the_payment_cannot_vanish(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    actions.hold(shop.at(), "")
    actions.scan(shop.at(), B)
    add_tender(shop.at(), card(730, "A1"))
    assert code_of(actions.remove_line, shop.at(), "l1") == "till.card_taken"

    remove_tender(shop.at(), 1)
    actions.remove_line(shop.at(), "l1")
    assert shown(shop)["basket"]["tenders"] == []


def test_cash_in_hand_is_counted_anew_when_the_total_changes(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    add_tender(shop.at(), card(300))
    add_tender(shop.at(), cash(500))
    actions.scan(shop.at(), B)
    assert [tender["kind"] for tender in shown(shop)["basket"]["tenders"]] == ["card"]


# -- who, when, where --------------------------------------------------------------------------------------


def test_nothing_is_sold_without_a_shift(shop: Shop) -> None:
    assert code_of(actions.scan, shop.at("02"), A) == "shifts.none_open"
    assert code_of(actions.recall, shop.at("02"), "x") == "shifts.none_open"
    assert code_of(actions.abort, shop.at("02"), "other", None) == "shifts.none_open"


def test_a_person_without_the_right_to_sell_does_nothing_to_a_basket(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    put(
        shop.node,
        "chain",
        "role",
        "cashier",
        RoleLimitRow(role="cashier", discount_limit_ppm=0, allowed=[], approval=[]),
    )
    for call in (
        lambda: actions.scan(shop.at(), A), lambda: actions.remove_line(shop.at(), "l1"), lambda: actions.hold(shop.at(), ""),
        lambda: actions.recall(shop.at(), "x"), lambda: add_tender(shop.at(), cash(1000)),
        lambda: finish(shop.at(), basket=None, version=None), lambda: actions.abort(shop.at(), "other", None),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            call()


def test_the_basket_survives_a_restart_of_the_node(shop: Shop) -> None:
    actions.scan(shop.at(), A, quantity=2000)
    actions.scan(shop.at(), "4891234560783")
    before = shown(shop)["basket"]

    shop.restart()

    assert shown(shop)["basket"] == before
    assert shown(shop)["version"] == 2


def test_lines_that_are_not_there_are_named(shop: Shop) -> None:
    actions.scan(shop.at(), A)
    for call in (
        lambda: actions.remove_line(shop.at(), "l9"), lambda: actions.change_quantity(shop.at(), "l9", 1000),
        lambda: actions.choose(shop.at(), "l9", "A"),
    ):  # fmt: skip
        with pytest.raises(NotFound, match="basket.line_not_found"):
            call()
    with pytest.raises(NotFound, match="till.product_unknown"):
        actions.add_product(shop.at(), "NOPE")
    with pytest.raises(NotNow, match="basket.line_is_ok"):
        actions.choose(shop.at(), "l1", "A")
    with pytest.raises(Invalid):
        actions.scan(shop.at(CASHIER and "01"), "")
