"""What the screen says of refunds, people, devices and keys; nothing runs out of its box."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.goods import BREAD
from tests.browser.hands import Keys
from tests.browser.world import World
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN

SMALL = {"width": 1024, "height": 768}
MINUS = "\u2212"
SPILLS = """() => [...document.querySelectorAll('.ti, .ti > div, .top, .opt.four button')].filter((element) =>
  element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1
).map((element) => element.outerHTML.slice(0, 160))"""


def sell_two(till: Keys) -> None:
    till.type("2")
    till.press("*")
    till.add(BREAD)
    till.lines(1)
    till.pay()
    till.press("Enter")
    till.see("#done")


def small_till(world: World, open_page: Callable[..., Page]) -> Keys:
    till = Keys(open_page(size=SMALL))
    till.pair(world.pairing_code())
    till.sign_in(CASHIER, CASHIER_PIN)
    till.open_shift("500")
    return till


def test_a_part_of_a_line_shows_its_refund_and_the_slip_is_a_refund(till: Keys, world: World) -> None:
    sell_two(till)
    till.open_receipt(world.documents()[0]["number"])
    expect(till.page.locator(".paper")).to_contain_text(f"cashier {CASHIER}")
    till.start_return()
    till.take_back(BREAD)
    expect(till.page.locator(".returns tr.at td:last-child")).to_have_text(f"{MINUS}15.50")
    till.refund()
    till.approve(MANAGER, MANAGER_PIN)
    till.see("#done")
    slip = world.documents()[1]["number"]
    till.open_receipt(slip)
    expect(till.page.locator(f"[data-receipt='{slip}'] td:last-child")).to_have_text(f"{MINUS}15.50")
    expect(till.page.locator(".paper .strong").last).to_have_text(f"Refund{MINUS}15.50")
    assert "To pay" not in till.page.locator(".paper").inner_text()


def test_without_receipts_there_is_no_paper(till: Keys) -> None:
    till.press("Insert")
    till.see(".app.receipts .empty")
    assert till.page.locator(".paper").count() == 0
    assert "Enter" in str(till.page.locator("#receipt-box").get_attribute("placeholder"))


def printer(world: World, **told: Any) -> None:
    """What the node says of the printer from now on."""
    chip = {
        "state": "lost",
        "code": None,
        "words": "",
        "waiting": 0,
        "held": 0,
        "unknown": 0,
        "drawer": "ok",
    } | told
    world.node.chip_sources["printer"] = lambda _terminal: chip


def test_a_lost_device_says_why_and_a_silent_printer_may_be_sent_to(till: Keys, world: World) -> None:
    printer(world, code="link.timeout", words="no answer")
    world.node.chip_sources["scanner"] = lambda _terminal: {
        "state": "lost",
        "code": "x",
        "words": "not connected",
    }
    till.page.reload()
    expect(till.page.locator("#chip-printer")).to_contain_text("no answer")
    expect(till.page.locator("#chip-scanner")).to_contain_text("not connected")
    till.page.locator("#chip-scanner").click()
    till.see("#scanner")
    till.press("Escape", "Alt+8")
    till.see("#printer-unproved")
    with till.page.expect_response("**/print/unproved") as waiting:
        till.press("F7")
    assert waiting.value.json()["ok"]


def test_a_printer_that_is_lost_otherwise_has_no_such_button(till: Keys, world: World) -> None:
    printer(world)
    till.page.reload()
    expect(till.page.locator("#chip-printer")).to_contain_text("Printer not connected")
    till.press("Alt+8")
    till.see("#printer")
    assert till.page.locator("#printer-unproved").count() == 0


def test_on_a_small_screen_a_great_sum_stays_in_its_box_and_help_is_at_hand(
    world: World, open_page: Callable[..., Page]
) -> None:
    till = small_till(world, open_page)
    till.type("100")
    till.press("*")
    till.add(BREAD)
    till.lines(1)
    till.page.locator("#chip-help").click()
    expect(till.page.locator("#help .helpday li")).to_have_count(7)
    expect(till.page.locator("#help")).to_contain_text("Alt 8")
    till.press("Escape")
    assert till.page.evaluate(SPILLS) == []
    till.pay()
    till.press("Alt+3")
    till.see(".ti.on")
    assert till.page.evaluate(SPILLS) == []


def test_the_sound_can_be_switched_off(world: World, open_page: Callable[..., Page]) -> None:
    till = small_till(world, open_page)
    till.press("Shift+F9")
    till.see("[data-choice='0']").click()
    expect(till.page.locator("[data-choice='0']")).to_have_attribute("aria-pressed", "true")
    assert till.page.evaluate(SPILLS) == []
    assert till.page.evaluate("() => JSON.parse(localStorage.getItem('lianpu.sound')).volume") == 0


def test_the_main_button_of_the_sign_in_says_what_to_do(till: Keys) -> None:
    till.press("Ctrl+L")
    till.see("#pin")
    expect(till.page.locator("#primary")).to_contain_text("Type six digits")
    assert till.page.locator("#primary svg").count() == 0
