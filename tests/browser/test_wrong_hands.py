"""What hands type into the wrong box is refused with words, kept out of it, and never cut down to something else."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from playwright.sync_api import Page, expect

from edge.people.model import DEFAULT_ROLES
from schemas.rows.chain import RoleLimitRow
from tests.browser.goods import BREAD
from tests.browser.hands import Keys
from tests.browser.world import World
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN, put

CARD = "4111111111111111"
CODE = "2000000018751"


def failures(world: World) -> int:
    return world.count("SELECT coalesce(sum(failures), 0) FROM throttle")


def dismiss(world: World, number: str) -> None:
    """HQ says that somebody works here no longer; the screens are told."""
    row = world.node.reference.settings.staff[number]
    put(world.node, "store:001", "staff", number, msgspec.structs.replace(row, active=False))


# -- a card number is no approval ----------------------------------------------------------------------------


def test_a_card_number_in_the_approval_box_finishes_nothing(till: Keys, world: World) -> None:
    """The box holds what was typed and says what is wrong; corrected, the sale is finished with what was meant."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    till.press("Alt+3")
    till.see("#approval")
    till.press("ArrowDown")
    till.type(CARD)
    expect(till.page.locator("#approval")).to_have_value(CARD)
    expect(till.page.locator(".field.wrong .err")).to_contain_text("never type a card number")
    till.press("Enter", "F9", "F5")
    expect(till.page.locator(".notice.bad")).to_contain_text("at most 12 characters")
    assert world.documents() == []

    till.page.locator("#approval").fill("")
    till.type("A1B2C3")
    till.press("Enter")
    till.see("#done")
    stored = world.node.db.value("SELECT body FROM body WHERE id = ?", (world.documents()[0]["id"],))
    assert b"A1B2C3" in stored
    assert CARD.encode()[:8] not in stored


def test_a_card_number_in_the_approval_of_a_refund_pays_nothing_out(till: Keys, world: World) -> None:
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    till.pay_by_card("A1")
    till.open_receipt(world.documents()[0]["number"])
    till.start_return()
    till.take_back(BREAD)
    till.see("#refund-approval").fill(CARD)
    expect(till.page.locator(".field.wrong .err")).to_contain_text("never type a card number")
    till.press("Alt+1")
    till.see("#primary.off")
    till.press("F9")
    till.page.locator("#refund-approval").fill("")
    till.see("#primary:not(.off)")
    assert len(world.documents()) == 1


def test_what_was_wrong_with_an_amount_is_not_said_of_the_corrected_one(till: Keys) -> None:
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    till.press("Alt+3")
    till.type("99")
    till.press("Enter")
    till.see(".notice.bad")
    till.press("Backspace")
    expect(till.page.locator(".notice")).to_have_count(0)


# -- numbers, PINs and codes at the sign-in -------------------------------------------------------------------


def test_a_number_on_a_locked_till_is_a_person_and_no_pin(till: Keys, world: World) -> None:
    """The habit of every morning, number and PIN, signs in whoever it is."""
    till.press("Ctrl+L")
    till.see("#pin")
    till.type(MANAGER)
    till.press("Enter")
    expect(till.page.locator(".wish")).to_contain_text(f"manager {MANAGER}")
    till.type(MANAGER_PIN)
    till.press("Enter")
    till.on("sale")
    assert till.page.evaluate("() => lianpuTill.page.state.staff.number") == MANAGER
    assert failures(world) == 0


def test_ones_own_number_on_a_locked_till_empties_the_boxes(till: Keys, world: World) -> None:
    till.press("Ctrl+L")
    till.see("#pin")
    till.type(CASHIER)
    till.press("Enter")
    expect(till.page.locator("#pin")).to_have_value("")
    till.type(CASHIER_PIN)
    till.press("Enter")
    till.on("sale")
    assert failures(world) == 0


def test_half_a_pin_is_neither_a_person_nor_a_try(till: Keys, world: World) -> None:
    till.press("Ctrl+L")
    till.see("#pin")
    till.type("48291")
    till.press("Enter")
    expect(till.page.locator(".signin .err")).to_contain_text("six digits")
    expect(till.page.locator(".wish")).to_contain_text(f"cashier {CASHIER}")
    expect(till.page.locator("#pin")).to_have_value("")
    assert failures(world) == 0


@pytest.mark.parametrize("box", ["staff", "pin"])
def test_goods_typed_at_the_sign_in_are_nobody(box: str, till: Keys, world: World) -> None:
    """A code of 13 digits is neither the number 20000000 nor the PIN 200000."""
    till.press("Ctrl+L")
    till.see("#pin")
    if box == "staff":
        till.press("Escape")
        till.see("#staff")
    till.type(CODE)
    till.press("Enter")
    expect(till.page.locator(".signin .err")).not_to_be_empty()
    expect(till.page.locator(f"#{box}")).to_have_value("")
    assert failures(world) == 0


@pytest.mark.parametrize(("language", "words"), [("zh-Hant", "有誤"), ("zh-Hans", "有误")])
def test_a_refusal_speaks_the_language_of_the_screen(
    language: str, words: str, world: World, open_page: Callable[..., Page]
) -> None:
    """Nobody is signed in, the browser is English, the screen was switched."""
    till = Keys(open_page())
    till.pair(world.pairing_code())
    till.page.locator(f"[data-language='{language}']").click()
    till.page.wait_for_function("wanted => document.documentElement.lang === wanted", arg=language)
    till.see("#staff")
    till.type(CASHIER)
    till.press("Enter")
    till.see("#pin")
    till.type("111222")
    till.press("Enter")
    expect(till.page.locator(".signin .err")).to_contain_text(words)


# -- somebody who may not any more ---------------------------------------------------------------------------


def test_who_is_dismissed_while_selling_reads_why_and_that_the_basket_is_kept(
    till: Keys, world: World
) -> None:
    till.board.burst(BREAD.code)
    till.lines(1)
    dismiss(world, CASHIER)
    till.on("signin")
    expect(till.page.locator(".notice.bad")).to_contain_text("The basket is kept")
    till.sign_in(MANAGER, MANAGER_PIN, then="sale")
    till.lines(1)


def test_a_cashier_books_goods_with_a_managers_approval(till: Keys, world: World) -> None:
    """Goods in and write-off stand in the menu of whoever may do them with an approval."""
    till.press("Shift+F9")
    till.see("#menu-write_off")
    till.page.locator("#menu-receive").click()
    till.see("#goods-reference")
    till.board.burst(BREAD.code)
    till.see(f"tr[data-sku='{BREAD.sku}']")
    till.page.locator("#goods-reference").fill("DN-8")
    till.press("F9")
    till.approve(MANAGER, MANAGER_PIN)
    till.see(".notice.info")
    assert till.page.evaluate("() => lianpuTill.page.state.staff.number") == CASHIER


def test_who_may_not_even_with_an_approval_sees_no_such_entry(till: Keys, world: World) -> None:
    cashier = DEFAULT_ROLES["cashier"]
    row = RoleLimitRow(
        role="cashier",
        allowed=sorted(cashier.allowed),
        approval=sorted(cashier.approval - {"stock.write_off"}),
        discount_limit_ppm=0,
    )
    put(world.node, "chain", "role", "cashier", row)
    till.page.reload()
    till.on("sale")
    till.press("Shift+F9")
    till.see("#menu-receive")
    assert till.page.locator("#menu-write_off").count() == 0
