"""Who may take off how much, and for how long it stands."""

from __future__ import annotations

import pytest

from edge.people.model import Approval
from edge.sales.actions import finish
from edge.till import actions
from retail.tender import cash
from schemas.rows.chain import RoleLimitRow
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, Shop, put
from tests.edge.till.looks import ASK, A, B, code_of, limit, lines, shown


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
