"""Approval on the spot: a second person's number and PIN with the call that needs them."""

from __future__ import annotations

from typing import Any

import pytest

from edge.people.model import Approvable, Approval
from edge.shifts.actions import move_cash, open_drawer
from kit.contract import read
from retail.errors import Invalid, LianpuError, NotPermitted
from schemas.events.base import decode
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN, Shop


def newest_event(shop: Shop) -> Any:
    return decode(shop.node.db.value("SELECT body FROM body ORDER BY rowid DESC LIMIT 1"))


def open_with(shop: Shop, staff: str, approval: Approval | None) -> None:
    open_drawer(shop.at(staff=staff), reason="other", note="", approval=approval)


def test_a_cashier_is_told_that_an_approval_helps(shop: Shop) -> None:
    with pytest.raises(NotPermitted) as refused:
        open_with(shop, CASHIER, None)
    assert (refused.value.code, refused.value.facts) == (
        "people.approval_needed",
        {"permission": "till.no_sale"},
    )


def test_the_approver_is_named_in_event_and_audit(shop: Shop) -> None:
    open_with(shop, CASHIER, Approval(MANAGER, MANAGER_PIN))

    actor = newest_event(shop).actor
    assert (actor.staff, actor.approved_by, actor.self_approved) == (CASHIER, MANAGER, False)
    row = shop.node.db.row("SELECT staff, approved_by FROM audit ORDER BY n DESC LIMIT 1")
    assert row is not None and tuple(row) == (CASHIER, MANAGER)


def test_a_manager_who_approves_alone_is_flagged(shop: Shop) -> None:
    open_with(shop, MANAGER, Approval(MANAGER, MANAGER_PIN))

    actor = newest_event(shop).actor
    assert (actor.staff, actor.approved_by, actor.self_approved) == (MANAGER, MANAGER, True)


@pytest.mark.parametrize(
    ("approval", "code"),
    [
        (Approval(CASHIER, CASHIER_PIN), "people.approver_not_permitted"),
        (Approval(MANAGER, "000000"), "people.wrong"),
        (Approval("9999", MANAGER_PIN), "people.wrong"),
        (Approval("", ""), "people.wrong"),
    ],
)
def test_an_approval_that_does_not_hold_opens_nothing(shop: Shop, approval: Approval, code: str) -> None:
    before = shop.node.journal.head
    with pytest.raises(LianpuError) as refused:
        open_with(shop, CASHIER, approval)

    assert refused.value.code == code
    assert shop.node.journal.head == before
    assert shop.node.db.value("SELECT count(*) FROM print_job") == 0


def test_a_wrong_approval_is_refused_even_for_somebody_who_needs_none(shop: Shop) -> None:
    with pytest.raises(NotPermitted) as refused:
        open_with(shop, MANAGER, Approval(MANAGER, "000000"))
    assert refused.value.code == "people.wrong"


def test_wrong_approvals_count_against_the_manager_and_the_device(shop: Shop) -> None:
    for _ in range(5):
        with pytest.raises(NotPermitted):
            open_with(shop, CASHIER, Approval(MANAGER, "000000"))

    with pytest.raises(LianpuError) as refused:
        move_cash(shop.at(), direction="in", amount_minor=100, reason="other", note="",
                  approval=Approval(MANAGER, MANAGER_PIN))  # fmt: skip
    assert refused.value.code == "people.wait"


@pytest.mark.parametrize(
    "raw", ["x", [], {"staff": "1"}, {"staff": 1, "pin": "2"}, {"staff": "1", "pin": None}]
)
def test_an_approval_is_well_formed(raw: object) -> None:
    with pytest.raises(Invalid, match="people.approval_malformed"):
        read(Approvable, {"approval": raw})
