"""What a scanned code means: products, packs, labels with weight or price, unknown ones."""

from __future__ import annotations

import json

import pytest

from edge.sales.actions import finish
from edge.till import actions
from retail.tender import cash
from schemas.rows import catalogue
from schemas.rows.chain import TaxRow
from tests.builders.edge import MANAGER, Shop, a_chain, a_product, put
from tests.edge.till.looks import ASK, A, code_of, ean, lines, shown


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
