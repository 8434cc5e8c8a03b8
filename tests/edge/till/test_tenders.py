"""Payments in an open basket."""

from __future__ import annotations

from edge.sales.actions import add_tender, finish, remove_tender
from edge.till import actions
from retail.tender import card, cash
from tests.builders.edge import Shop
from tests.edge.till.looks import A, B, code_of, shown


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
