"""Hands that are faster than the node: what is typed while an answer is on its way is neither lost nor misplaced."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests.browser.goods import BREAD, MILK
from tests.browser.hands import WAIT_MS, Keys, catch, now, shown
from tests.browser.world import World
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN

VALUE = "selector => document.querySelector(selector)?.value"
SPOKEN = "wanted => document.documentElement.lang === wanted"


class Held:
    """Requests that were caught on their way to the node and wait to be let go."""

    def __init__(self, page: Page, path: str) -> None:
        self.page, self.path, self.routes = page, path, list[Route]()
        # The page keeps early keys for four seconds of its clock: those are not this machine's seconds.
        page.evaluate("() => { const at = performance.now(); performance.now = () => at; }")
        catch(page, path, lambda route: self.routes.append(route))

    def wait(self, count: int = 1) -> None:
        """Until the page has asked so often."""
        end = now() + WAIT_MS / 1000
        while len(self.routes) < count:
            assert now() < end, f"{self.path} was never asked for, the page shows {shown(self.page)}"
            self.page.evaluate("0")

    def go_backwards(self) -> None:
        """Let them pass one by one, the last one first; each answer has been read when the next request goes."""
        for route in reversed(self.routes):
            with self.page.expect_response(lambda response, route=route: response.request == route.request):
                route.continue_()
            self.page.evaluate("() => fetch('/api/v1/state').then((answer) => answer.json())")
        self.page.unroute(self.path)

    def go(self) -> None:
        """Let them pass, these and all later ones."""
        for route in self.routes:
            route.continue_()
        self.page.unroute(self.path)


@pytest.fixture
def stranger(open_page: Callable[..., Page]) -> Keys:
    """The pairing screen under a typist's hands."""
    hands = Keys(open_page())
    hands.see("#pair-code")
    return hands


def choose(till: Keys, language: str) -> None:
    """The language button, by mouse: the focus must not stay there."""
    till.page.locator(f"[data-language='{language}']").click()


def test_a_code_typed_while_words_are_fetched_stays_whole(stranger: Keys, world: World) -> None:
    """Pairing: half of the code before the words arrive, half after; Enter pairs."""
    code = world.pairing_code()
    words = Held(stranger.page, "**/texts?lang=zh-Hant")
    choose(stranger, "zh-Hant")
    words.wait()
    stranger.type(code[:4])
    words.go()
    stranger.page.wait_for_function(SPOKEN, arg="zh-Hant")
    stranger.type(code[4:])

    assert stranger.page.evaluate(VALUE, "#pair-code") == code
    stranger.press("Enter")
    stranger.on("signin")


def test_a_number_typed_while_words_are_fetched_stays_whole(stranger: Keys, world: World) -> None:
    """Sign-in: number and PIN around the answer, in another language."""
    stranger.pair(world.pairing_code())
    stranger.see("#staff")
    words = Held(stranger.page, "**/texts?lang=zh-Hans")
    choose(stranger, "zh-Hans")
    words.wait()
    stranger.type(CASHIER)
    stranger.press("Enter")
    stranger.type(CASHIER_PIN[:3])
    words.go()
    stranger.page.wait_for_function(SPOKEN, arg="zh-Hans")
    stranger.type(CASHIER_PIN[3:])
    stranger.press("Enter")
    stranger.on("opening")


def test_a_number_typed_before_the_names_arrive_is_a_person(till: Keys, world: World) -> None:
    """A locked till, number and PIN in one go: who it is, is decided when the node has said who works here."""
    names = Held(till.page, "**/api/v1/staff")
    till.press("Ctrl+L")
    till.see("#pin")
    names.wait()
    till.type(MANAGER)
    till.press("Enter")
    till.type(MANAGER_PIN)
    till.press("Enter")
    names.go()
    till.on("sale")
    assert till.page.evaluate("() => lianpuTill.page.state.staff.number") == MANAGER
    assert world.count("SELECT coalesce(sum(failures), 0) FROM throttle") == 0


def test_what_is_typed_and_chosen_outlives_a_new_language(till: Keys) -> None:
    """More → language: the menu stays open, the entry box behind it keeps its text, the rows change their words."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.type("12")
    till.press("Shift+F9")
    till.page.locator("[data-choice='zh-Hans']").click()
    till.page.wait_for_function(SPOKEN, arg="zh-Hans")

    assert till.page.evaluate(VALUE, "#entry") == "12"
    assert till.page.locator("#more").count() == 1
    assert BREAD.name["zh-Hans"] in till.page.locator(".ln").first.inner_text()


def test_of_two_languages_the_later_touch_wins(stranger: Keys) -> None:
    """Even when the earlier one's words arrive last."""
    first = Held(stranger.page, "**/texts?lang=zh-Hant")
    choose(stranger, "zh-Hant")
    first.wait()
    choose(stranger, "zh-Hans")
    stranger.page.wait_for_function(SPOKEN, arg="zh-Hans")
    with stranger.page.expect_response("**/texts?lang=zh-Hant"):
        first.go()
    stranger.type("A")
    assert stranger.page.evaluate("() => document.documentElement.lang") == "zh-Hans"


def test_a_language_chosen_before_sign_in_outlives_the_next_look(stranger: Keys, world: World) -> None:
    """The chain's default does not take it back when the page looks at the node again."""
    choose(stranger, "zh-Hant")
    stranger.page.wait_for_function(SPOKEN, arg="zh-Hant")
    stranger.pair(world.pairing_code())
    with stranger.page.expect_response("**/api/v1/state"):
        stranger.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    stranger.type("1")
    assert stranger.page.evaluate("() => document.documentElement.lang") == "zh-Hant"


def test_a_locked_till_speaks_the_chosen_language(till: Keys) -> None:
    """The buttons work for whoever stands there; the person's own language is not changed."""
    till.press("Ctrl+L")
    till.see("#pin")
    choose(till, "zh-Hant")
    till.page.wait_for_function(SPOKEN, arg="zh-Hant")
    till.type(CASHIER_PIN)
    till.press("Enter")
    till.on("sale")
    till.page.wait_for_function(SPOKEN, arg="en")


def test_keys_before_the_answer_are_typed_on_the_next_screen(stranger: Keys, world: World) -> None:
    """Code, number, PIN, float in one go; each answer is late; the drawer holds what was typed."""
    answers = [Held(stranger.page, f"**/api/v1/{path}") for path in ("pair", "sign-in", "shift/open")]
    stranger.type(world.pairing_code())
    stranger.press("Enter")
    stranger.type(CASHIER)
    stranger.press("Enter")
    stranger.type(CASHIER_PIN)
    stranger.press("Enter")
    stranger.type("500")
    stranger.press("Enter")
    for answer in answers:
        answer.wait()
        answer.go()
    stranger.on("sale")
    assert world.count("SELECT quantity FROM balance WHERE account = 'cash:001:01'") == 50_000


def test_keys_after_a_refusal_are_not_typed_elsewhere(stranger: Keys, world: World) -> None:
    """A wrong PIN: what was typed for the next screen does not become a PIN."""
    stranger.pair(world.pairing_code())
    answer = Held(stranger.page, "**/sign-in")
    stranger.type(CASHIER)
    stranger.press("Enter")
    stranger.type("111222")
    stranger.press("Enter")
    answer.wait()
    stranger.type("500")
    stranger.press("Enter")
    answer.go()
    stranger.see(".err")
    assert stranger.page.evaluate(VALUE, "#pin") == ""
    stranger.type(CASHIER_PIN)
    stranger.press("Enter")
    stranger.on("opening")


def test_the_next_code_may_be_typed_while_the_sale_is_saved(till: Keys, world: World) -> None:
    """Enter, Enter (impatience), next code: one sale, and the code is in the next basket."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    answer = Held(till.page, "**/sale/finish")
    till.press("Enter")
    answer.wait()
    till.press("Enter")
    till.type(MILK.code)
    till.press("Enter")
    answer.go()
    till.on("sale")
    till.page.wait_for_function("sku => lianpuTill.page.state.basket.lines[0]?.sku === sku", arg=MILK.sku)
    assert len(world.documents()) == 1


def test_a_scan_while_the_sale_is_saved_is_no_typing(till: Keys, world: World) -> None:
    """It reaches the next basket once."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    answer = Held(till.page, "**/sale/finish")
    till.press("Enter")
    answer.wait()
    till.board.burst(MILK.code)
    answer.go()
    till.on("sale")
    till.lines(1)
    assert till.page.evaluate("() => lianpuTill.page.state.basket.totals.pieces") == 1
    assert till.page.evaluate(VALUE, "#entry") == ""


def amount_typed_early(till: Keys) -> Held:
    """F9 and 100 while the answer to a scan is on its way."""
    answer = Held(till.page, "**/basket/scan")
    till.board.burst(BREAD.code)
    answer.wait()
    till.press("F9")
    till.type("100")
    return answer


def test_an_amount_typed_while_scans_are_on_their_way_is_an_amount(till: Keys, world: World) -> None:
    """F9 waits for the scan; the digits after it are what the customer gives, never a code."""
    answer = amount_typed_early(till)
    answer.go()
    till.on("tender")
    till.page.wait_for_function("() => document.getElementById('amount').value === '100'")
    till.press("Enter")
    till.see("#done")
    assert len(world.documents()) == 1


AT_THE_LAST_KEY = """() => {
  let typed = 0;
  addEventListener("keydown", (event) => {
    if (!event.retyped || ++typed !== 3) return;
    const enter = new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true, cancelable: true });
    setTimeout(() => document.activeElement.dispatchEvent(enter));
  });
}"""


def test_a_key_pressed_while_the_last_early_one_is_typed_again_comes_too(till: Keys, world: World) -> None:
    """It was taken for an impatient repetition of the key that had asked, and swallowed."""
    answer = amount_typed_early(till)
    till.page.evaluate(AT_THE_LAST_KEY)
    answer.go()
    till.see("#done")
    assert len(world.documents()) == 1


def test_an_overtaken_state_does_not_change_the_language_back(till: Keys) -> None:
    """A look at the node from before the choice is answered after it."""
    old = till.page.evaluate("async () => (await fetch('/api/v1/state')).json()")
    look = Held(till.page, "**/api/v1/state")
    till.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    look.wait()
    till.press("Shift+F9")
    till.page.locator("[data-choice='zh-Hans']").click()
    till.page.wait_for_function(SPOKEN, arg="zh-Hans")
    with till.page.expect_response("**/api/v1/state"):
        look.routes.pop().fulfill(json=old)
    look.go()
    till.type("1")
    assert till.page.evaluate("() => document.documentElement.lang") == "zh-Hans"


def test_a_managers_pin_is_typed_into_its_dialog(till: Keys, world: World) -> None:
    """An approval that comes up ends the waiting: the keys are the manager's."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.press("Ctrl+L")
    till.see("#pin")
    till.type(CASHIER_PIN)
    till.press("Enter")
    till.on("sale")
    till.press("F10")
    till.see("#reason")
    till.press("Alt+1", "Enter")
    till.approve(MANAGER, "111222")
    till.see("#approval .err")
    till.type(MANAGER_PIN)
    till.press("Enter")
    till.see(".notice.info")
    assert till.page.locator(".dlg").count() == 0


def test_fast_digits_of_a_count_stay(till: Keys) -> None:
    """Two digits within a scanner's pace are still a person's when nothing follows."""
    till.open_count()
    till.board.burst("12", end="ArrowDown")
    till.page.wait_for_function("() => document.querySelector('.den tbody tr .cnt').textContent === '12'")


def two_receipts(till: Keys, world: World) -> list[str]:
    """Two sales and the screen that lists them, with the paper of the later one; answers their numbers."""
    for code in (BREAD.code, MILK.code):
        till.board.burst(code)
        till.lines(1)
        till.pay()
        till.press("Enter")
        till.see("#done")
    till.press("Insert")
    till.see(".paper .item")
    return [sale["number"] for sale in world.documents()]


def test_the_paper_is_that_of_the_chosen_receipt(till: Keys, world: World) -> None:
    """Down and up again; the answer to the first step comes last."""
    earlier, later = two_receipts(till, world)
    answers = Held(till.page, "**/api/v1/receipts/*")
    till.press("ArrowDown")
    answers.wait(1)
    till.press("ArrowUp")
    answers.wait(2)
    answers.go_backwards()

    till.see(f"tr.sel[data-receipt='{later}']")
    till.see(".paper .item")
    assert later in till.page.locator(".paper").inner_text()


def test_the_list_is_that_of_the_chosen_day(till: Keys, world: World) -> None:
    """A day back and forth; the answer of yesterday comes last."""
    earlier, later = two_receipts(till, world)
    till.press("F3")
    till.see(".app.receipts .empty")
    till.press("F4")
    till.see(".paper .item")
    answers = Held(till.page, "**/api/v1/receipts?*")
    till.press("F3")
    answers.wait(1)
    till.press("F4")
    answers.wait(2)
    answers.go_backwards()

    listed = till.page.locator("[data-receipt]")
    assert [row.get_attribute("data-receipt") for row in listed.all()] == [later, earlier]


def test_the_link_sign_is_not_green_while_the_node_gives_no_answer(till: Keys) -> None:
    """Nothing is known about HQ behind a node that does not answer; it says so, and takes it back.

    The node of these tests has no HQ, and tells so by itself at any moment: the sign is put back until it was looked at.
    """
    linked = (
        "() => { lianpuTill.page.state.chips.link = {state: 'ok', unsent: 0, hq_seconds: 1, alarms: []};"
        " window.dispatchEvent(new Event('online')); "
    )
    catch(till.page, "**/api/v1/state", lambda route: route.abort())
    shows = linked + "return document.querySelector('#chip-link.bad')?.innerText.includes('node') }"
    till.page.wait_for_function(shows)

    till.page.unroute("**/api/v1/state")
    till.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    till.page.wait_for_function("() => !lianpuTill.page.silent && !document.querySelector('#chip-link.bad')")
