"""Sale, hold, return and shift, each told three times: by keys alone, by touch alone, by scanner and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.goods import BREAD, EGGS, MILK
from tests.browser.hands import HANDS, Keys, Scanner, Touch
from tests.browser.world import World
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN

Person = Keys | Touch | Scanner


@pytest.fixture(params=sorted(HANDS))
def hands(request: pytest.FixtureRequest, world: World, open_page: Callable[..., Page]) -> Iterator[Person]:
    """One pair of hands at a paired, open till; at the end only its own kind of event may have been sent."""
    kind = HANDS[request.param]
    person = kind(open_page(touch=kind is Touch))
    person.pair(world.pairing_code())
    person.sign_in(CASHIER, CASHIER_PIN)
    person.open_shift("500")
    yield person
    seen = person.page.evaluate("recordedKinds")
    assert seen.pop(person.kind) > 0
    assert set(seen.values()) == {0}
    sources = set(person.page.evaluate("lianpuTill.scanMarks().map((mark) => mark.source)"))
    assert sources <= {person.source}


def sell(hands: Person, *goods: object) -> None:
    """Ring up and pay 50 in cash."""
    for count, good in enumerate(goods, 1):
        hands.add(good)
        hands.lines(count)
    hands.pay()
    hands.give_cash("50")


def test_sale(hands: Person, world: World) -> None:
    """Two goods, 50.00 handed over: 16.90 comes back and stays on the screen until the next line."""
    sell(hands, BREAD, MILK)

    assert hands.page.locator("#done-change").inner_text() == "27.00"
    [sale] = world.documents()
    assert (sale["kind"], sale["total_minor"], sale["pieces"]) == ("sale", 2300, 2)
    assert hands.page.locator("#done-number").inner_text() == sale["number"]
    hands.add(EGGS)
    hands.lines(1)
    assert hands.page.locator("#done").count() == 0


def test_card_sale(hands: Person, world: World) -> None:
    """The whole sum by card: nothing is rounded, nothing comes back."""
    hands.add(BREAD)
    hands.lines(1)
    hands.pay()
    hands.pay_by_card("A1B2C3")

    [sale] = world.documents()
    tenders = world.node.db.rows("SELECT * FROM document_tender WHERE id = ?", (sale["id"],))
    assert [(tender["kind"], tender["amount_minor"]) for tender in tenders] == [("card", 1550)]


def test_hold_and_recall(hands: Person, world: World) -> None:
    """A held basket comes back as it was and is paid."""
    hands.add(BREAD)
    hands.lines(1)
    hands.hold_basket()
    hands.lines(0)

    hands.recall_first()
    hands.lines(1)
    hands.pay()
    hands.give_cash("20")

    [sale] = world.documents()
    assert sale["total_minor"] == BREAD.price
    assert world.count("SELECT count(*) FROM basket WHERE state = 'held'") == 0


def test_return(hands: Person, world: World) -> None:
    """One piece of a receipt comes back under a manager's eyes."""
    sell(hands, BREAD, MILK)
    number = hands.page.locator("#done-number").inner_text()

    hands.open_receipt(number)
    hands.start_return()
    hands.take_back(BREAD)
    hands.refund()
    hands.approve(MANAGER, MANAGER_PIN)
    hands.on("sale")

    sale, back = world.documents()
    assert (back["kind"], back["total_minor"], back["pieces"]) == ("return", 1550, 1)
    assert back["number"] != sale["number"]


def test_shift(hands: Person, world: World) -> None:
    """The count is blind; the difference shows only after it was handed in."""
    sell(hands, BREAD, MILK)

    hands.open_count()
    assert "523.00" not in hands.page.locator(".app").inner_text()
    hands.count({10000: 5, 2000: 1, 200: 1, 100: 1})
    hands.close_shift()
    hands.see("#report")

    shift = world.node.db.row("SELECT * FROM shift")
    assert shift is not None
    assert (shift["state"], shift["expected_minor"], shift["counted_minor"]) == ("closed", 52300, 52300)
