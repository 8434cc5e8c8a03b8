"""Scans as real key events, wherever the focus is: one line each, and nothing else is touched by them."""

from __future__ import annotations

import pytest

from tests.browser.goods import BREAD, EGGS, MILK, TWIN_B, UNKNOWN_CODE
from tests.browser.hands import Keys
from tests.browser.world import World

TILE = f".tile[data-sku='{EGGS.sku}']"


def focus(till: Keys, selector: str) -> None:
    """Give an element the focus as Tab would."""
    till.see(selector)
    till.page.evaluate("selector => document.querySelector(selector).focus()", selector)


def on_body(till: Keys) -> str:
    till.page.evaluate("() => document.activeElement.blur()")
    return "#entry"


def on_entry(till: Keys) -> str:
    till.type("12")
    return "#entry"


def on_search(till: Keys) -> str:
    till.press("F2")
    till.see("#search-box")
    till.type("app")
    return "#search-box"


def on_quantity(till: Keys) -> str:
    till.press("F4")
    till.see("#quantity-box")
    till.type("1")
    return "#quantity-box"


def on_tile(till: Keys) -> str:
    focus(till, TILE)
    return TILE


def on_dialog_button(till: Keys) -> str:
    till.press("F1")
    focus(till, "#dialog-primary")
    return "#dialog-primary"


def on_menu(till: Keys) -> str:
    """Its entries have the digits as keys."""
    till.press("Shift+F9")
    till.see("#menu-close")
    focus(till, "#menu-close")
    return "#menu-close"


PLACES = (on_body, on_entry, on_search, on_quantity, on_tile, on_dialog_button, on_menu)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_scan_adds_one_line_and_leaves_the_focused_thing_alone(till: Keys, place) -> None:
    """The field has the text it had, the tile was not pressed, the dialog is still open."""
    till.board.burst(BREAD.code)
    till.lines(1)
    selector = place(till)
    before = till.page.evaluate("s => document.querySelector(s).value ?? ''", selector)
    dialogs = till.page.locator(".dlg").count()

    till.board.burst(MILK.code)
    till.lines(2)

    assert till.page.evaluate("s => document.querySelector(s).value ?? ''", selector) == before
    assert till.page.locator(".dlg").count() == dialogs
    if place is not on_body:
        assert till.page.evaluate("s => document.activeElement === document.querySelector(s)", selector)
    skus = till.page.evaluate("() => lianpuTill.page.state.basket.lines.map((line) => line.sku)")
    assert skus == [BREAD.sku, MILK.sku]


@pytest.mark.parametrize("gap", [0.001, 0.02, 0.046])
def test_gaps_of_a_scanner_are_recognised(till: Keys, gap: float) -> None:
    """Up to the limit of 50 ms between two keys."""
    till.board.burst(BREAD.code, gaps=(gap,))
    till.lines(1)
    assert till.marks(1) == ["wedge"]


def test_a_person_who_types_is_left_alone(till: Keys) -> None:
    """Keys 60 ms apart stay in the field until Enter, then they are a typed code."""
    for char in BREAD.code:
        till.board.stroke(char, gap=0.06)
    assert till.page.locator("#entry").input_value() == BREAD.code
    till.press("Enter")
    till.lines(1)
    assert till.marks(1) == ["keyed"]


def test_tab_ends_a_scan_too(till: Keys) -> None:
    """And the focus stays where it was."""
    till.board.burst(BREAD.code, end="Tab")
    till.lines(1)
    assert till.page.evaluate("() => document.activeElement.id") == "entry"


def test_an_input_method_hides_nothing(till: Keys) -> None:
    """Keys that arrive as "Process" are read by their place on the keyboard."""
    till.board.burst(BREAD.code, ime=True)
    till.lines(1)


def test_fifty_scans_in_a_row_are_all_there(till: Keys) -> None:
    """Faster than the node answers, with a dialog open: none lost, none in the wrong field (HW-09)."""
    till.press("F2")
    till.see("#search-box")
    codes = [BREAD.code, MILK.code] * 25
    for code in codes:
        till.board.burst(code)
    till.pieces(50)
    assert till.page.locator("#search-box").input_value() == ""
    assert len(till.marks(50)) == 50


def in_cash(till: Keys) -> tuple[str, str]:
    """Half a banknote is typed; answers where it is shown, and what."""
    till.type("5")
    return ".ti.on b.num", "5.00"


def in_approval(till: Keys) -> tuple[str, str]:
    """Half a code of the card terminal is typed."""
    till.press("Alt+3")
    till.see("#approval")
    till.press("ArrowDown")
    till.type("12")
    return "#approval", "12"


@pytest.mark.parametrize("place", [in_cash, in_approval], ids=lambda place: place.__name__)
def test_fifty_scans_while_somebody_pays_are_all_there(till: Keys, world: World, place) -> None:
    """Each is a line of the basket, none is money or an approval, and no Enter of theirs pays (HW-09)."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    shown, typed = place(till)

    for code in [MILK.code, BREAD.code] * 25:
        till.board.burst(code)
    till.pieces(51)

    field = till.page.locator(shown)
    assert (field.input_value() if shown == "#approval" else field.inner_text()) == typed
    till.on("tender")
    till.see("#payable:text-is('590.50')")  # 26 of one and 25 of the other
    assert world.documents() == []


def test_one_label_read_twice_within_a_moment_counts_once(till: Keys) -> None:
    """And it is said, not dropped in silence (HW-08)."""
    till.board.burst(BREAD.code, gaps=(0.005,))
    till.board._at -= 0.5  # the scanner's own double read: 165 ms after the first
    till.board.burst(BREAD.code, gaps=(0.005,))
    till.see(".notice.warn")
    till.pieces(1)
    assert till.page.evaluate("() => lianpuTill.page.ignoredScans") == 1


def test_an_unknown_code_blocks_the_tender(till: Keys) -> None:
    """F9 leads to the red row and its answers; removed, the rest can be paid."""
    till.board.burst(BREAD.code)
    till.board.burst(UNKNOWN_CODE)
    till.lines(2)
    till.press("F9")
    till.see(".notice.bad")
    till.page.wait_for_function("() => document.activeElement.classList.contains('first')")
    till.press("Delete")
    till.lines(1)
    till.pay()


def test_one_code_of_two_products_asks(till: Keys) -> None:
    """A digit chooses."""
    till.board.burst(TWIN_B.code)
    till.see("#choose")
    till.press("2")
    till.page.wait_for_function("() => !lianpuTill.page.state.basket.blocked.length")
    assert till.page.evaluate("() => lianpuTill.page.state.basket.lines[0].sku") == TWIN_B.sku


def test_a_scan_on_a_locked_till_is_refused_aloud(till: Keys) -> None:
    """Nothing is added, and the screen says so."""
    till.press("Ctrl+L")
    till.see("#pin")
    till.board.burst(BREAD.code)
    till.see(".notice.bad")
    assert till.page.evaluate("() => lianpuTill.page.state.basket.lines.length") == 0
    assert till.page.locator("#pin").input_value() == ""


def test_quantity_times_scan(till: Keys) -> None:
    """N, then the numpad's star, then the scan."""
    till.type("3*")
    till.see("#times:text('3')")
    till.board.burst(BREAD.code)
    till.pieces(3)
    assert till.page.evaluate("() => lianpuTill.page.multiplier") is None


def test_the_quantity_box_refuses_a_barcode(till: Keys) -> None:
    """Thirteen typed digits look like a barcode."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.press("F4")
    till.see("#quantity-box")
    till.type(MILK.code)
    till.see(".field.wrong")
    till.press("Enter")
    till.pieces(1)


def test_plus_and_minus_step_the_line(till: Keys) -> None:
    """The line that was added last, as often as pressed."""
    till.board.burst(BREAD.code)
    till.pieces(1)
    till.press("+")
    till.pieces(2)
    till.press("+")
    till.pieces(3)
    till.press("-")
    till.pieces(2)


def test_a_scan_while_counting_changes_no_count(till: Keys) -> None:
    """The digits of a code are not a number of notes; it is refused aloud."""
    till.open_count()
    till.type("12")
    till.press("ArrowDown")
    till.board.burst(BREAD.code)
    till.see(".notice.bad")
    counts = till.page.locator(".cnt").all_inner_texts()
    assert counts[0] == "12"
    assert {text for text in counts[1:]} == {"not counted"}


def test_a_scan_that_comes_late_changes_no_count(till: Keys) -> None:
    """A busy PC hands over a scan's keys so late that the page has taken the first for a person's."""
    till.open_count()
    till.type("12")
    till.press("ArrowDown")
    till.type("3")
    till.board.burst(BREAD.code[:3], end="")
    till.see(f".cnt:text-is('3{BREAD.code[:3]}')")
    till.board.burst(BREAD.code[3:], goes_on=True)
    till.see(".notice.bad")
    assert till.page.locator(".cnt").all_inner_texts()[:3] == ["12", "3", "not counted"]
    till.type("4")
    till.see(".cnt:text-is('34')")
