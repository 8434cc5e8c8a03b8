"""Holding, recalling and aborting a basket, and the traces of what was taken off."""

from __future__ import annotations

import json
import threading

from edge.sales.actions import add_tender, finish
from edge.shifts.actions import open_shift
from edge.till import actions
from retail.errors import Conflict
from retail.tender import card, cash
from tests.builders.edge import Shop
from tests.edge.till.looks import A, B, code_of, lines, shown


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
