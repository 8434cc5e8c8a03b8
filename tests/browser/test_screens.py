"""Every screen in three languages and both sizes: words are there, controls are big enough, nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.goods import BANANA, BREAD, EGGS, MILK, UNKNOWN_CODE
from tests.browser.hands import Keys, catch
from tests.browser.world import World
from tests.builders.edge import MANAGER, MANAGER_PIN

SIZES = ({"width": 1366, "height": 768}, {"width": 1024, "height": 768})
SMALL = 44
MEASURE = """least => [...document.querySelectorAll('button, input')].filter((element) => {
  const box = element.getBoundingClientRect();
  if (!box.width || element.matches('.pinfield') || element.closest('[aria-hidden]')) return false;
  if (element.matches('.chip, .more')) return false; // drawn smaller, hit area of 48 by ::after
  return box.width < least - 0.5 || (box.height < least - 0.5 && !element.closest('label'));
}).map((element) => element.outerHTML.slice(0, 120))"""
OVERFLOW = """() => [...document.querySelectorAll(
  '.keys button > span, .pay, .ph h1, .btn, .tabs button, .opt button, .meth button, .big'
)].filter((element) => element.scrollWidth > element.clientWidth + 1
    || element.getBoundingClientRect().right > innerWidth + 1
).map((element) => element.outerHTML.slice(0, 160))"""


def tour(till: Keys) -> Iterator[str]:
    """Walk through the screens; the name of each is yielded while it is shown."""
    till.board.burst(BREAD.code)
    till.board.burst(UNKNOWN_CODE)
    till.lines(2)
    yield "red row"
    for key, dialog in (
        ("F1", "help"),
        ("F2", "search"),
        ("F3", "check"),
        ("F8", "discount"),
        ("F10", "reason"),
    ):
        till.press(key)
        till.see(f"#{dialog}")
        yield dialog
        till.press("Escape")
    till.press("Shift+F9")
    till.see("#more")
    yield "more"
    till.press("2")
    till.see("#cash")
    yield "cash"
    till.press("Escape", "F6")
    till.see("#note")
    yield "note"
    till.press("Escape", "Delete")
    till.lines(1)
    till.press("F4")
    till.see("#quantity")
    yield "quantity"
    till.press("Escape")
    till.pay()
    yield "tender"
    till.press("Alt+3")
    till.see("#approval")
    yield "card"
    till.press("Alt+1")
    till.give_cash("1000")
    yield "done"
    till.press("Insert")
    till.see(".paper .item")
    yield "receipts"
    till.press("F9")
    till.see("#return-number")
    yield "return"
    till.press("Escape", "Escape", "Shift+F6")
    till.on("held")
    yield "held"
    till.press("Escape")
    till.open_count()
    yield "count"
    till.press("Escape", "Ctrl+L")
    till.see("#pin")
    yield "lock"


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("size", SIZES, ids=["1366", "1024"])
def test_every_screen(
    language: str, size: dict[str, int], world: World, open_page: Callable[..., Page]
) -> None:
    """No raw key, no small control, no word that runs out of its button."""
    till = Keys(open_page(size=size))
    till.page.locator(f"[data-language='{language}']").click()
    till.pair(world.pairing_code())
    till.sign_in("1001", "482913")
    till.open_shift("500")
    till.press("Shift+F9")
    till.page.locator(f"[data-choice='{language}']").click()
    till.page.wait_for_function("wanted => document.documentElement.lang === wanted", arg=language)
    till.press("Escape")

    found = []
    for name in tour(till):
        words = till.page.locator("#till").inner_text()
        found += [(name, "key", word) for word in words.split() if word.startswith("till.")]
        found += [(name, "small", control) for control in till.page.evaluate(MEASURE, SMALL)]
        found += [(name, "cut", control) for control in till.page.evaluate(OVERFLOW)]
    assert found == []


def test_a_discount_beyond_the_limit_needs_a_manager(till: Keys, world: World) -> None:
    """The basket stays behind the dialog, the cashier stays signed in."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.press("F5")
    till.see("#discount-box")
    till.type("20")
    till.press("Alt+1", "Enter")
    till.approve(MANAGER, MANAGER_PIN)
    till.see(".ln .tag.a")

    total = till.page.evaluate("() => lianpuTill.page.state.basket.totals.total_minor")
    assert total == 1240
    assert till.page.evaluate("() => lianpuTill.page.state.staff.number") == "1001"


def test_a_wrong_pin_keeps_the_question_open(till: Keys) -> None:
    """Refused with words; Escape changes nothing."""
    till.press("F10")
    till.see("#reason")
    till.press("Alt+1", "Enter")
    till.approve(MANAGER, "111222")
    till.see("#approval .err")
    till.press("Escape")
    expect(till.page.locator(".dlg")).to_have_count(0)


def test_a_manager_chooses_the_product_of_an_unknown_code(till: Keys) -> None:
    """The red row becomes a line that keeps the code."""
    till.board.burst(UNKNOWN_CODE)
    till.lines(1)
    till.press("F9", "Enter")
    till.see("#search-box")
    till.type("fmb")
    till.see(f".hit[data-sku='{BREAD.sku}']")
    till.press("Enter")
    till.approve(MANAGER, MANAGER_PIN)
    till.page.wait_for_function("() => !lianpuTill.page.state.basket.blocked.length")
    assert till.page.evaluate("() => lianpuTill.page.state.basket.lines[0].sku") == BREAD.sku


def test_an_unknown_code_becomes_goods_by_weight(till: Keys) -> None:
    """Product, grams, a manager's PIN once; the red row is a weighed line."""
    till.board.burst(UNKNOWN_CODE)
    till.lines(1)
    till.press("F9", "Enter")
    till.see("#search-box")
    till.type(BANANA.code)
    till.see(f".hit[data-sku='{BANANA.sku}']")
    till.press("Enter")
    till.see("#grams-box")
    till.type("250")
    till.press("Enter")
    till.approve(MANAGER, MANAGER_PIN)
    till.page.wait_for_function("() => !lianpuTill.page.state.basket.blocked.length")
    line = till.page.evaluate("() => lianpuTill.page.state.basket.lines[0]")
    assert (line["sku"], line["quantity"], line["total_minor"]) == (BANANA.sku, 250, 923)


def test_a_switched_price_is_shown_before_the_tender(till: Keys, world: World) -> None:
    """Both prices are shown; nothing is charged before the person decides."""
    from tests.builders import edge as build

    till.board.burst(BREAD.code)
    till.lines(1)
    build.a_price(world.node, BREAD.sku, 1750, since="2026-02-01T00:00", id="p2")
    till.board.burst(MILK.code)
    till.lines(2)

    till.press("F9")
    till.see("#prices")
    till.press("Enter")
    till.on("tender")
    assert till.page.evaluate("() => lianpuTill.page.state.basket.totals.total_minor") == 2500


def test_void_leaves_an_empty_basket_and_a_trace(till: Keys, world: World) -> None:
    """With a reason."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.press("Ctrl+Delete")
    till.see("#reason")
    till.press("Alt+2", "Enter")
    till.lines(0)
    assert world.count("SELECT count(*) FROM basket WHERE state = 'aborted'") == 1


def test_switching_the_person_keeps_the_basket(till: Keys, world: World) -> None:
    """Lock, somebody else's PIN, same lines."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.press("Ctrl+L")
    till.see("#pin")
    till.press("Escape")
    till.sign_in(MANAGER, MANAGER_PIN, then="sale")
    till.lines(1)
    assert till.page.evaluate("() => lianpuTill.page.state.staff.number") == MANAGER


def test_a_reprint_is_a_copy(till: Keys, world: World) -> None:
    """From the receipt list, with approval; it is counted."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    till.give_cash("20")
    till.press("Insert")
    till.see(".paper .item")
    till.press("F5")
    till.see("[data-reason]")
    till.press("Alt+2", "Enter")
    till.approve(MANAGER, MANAGER_PIN)
    till.see(".notice.info")
    assert [row["copies"] for row in world.documents()] == [1]


def at_a_delivery(world: World, page: Page) -> Keys:
    """A manager before the screen of goods that come in."""
    till = Keys(page)
    till.pair(world.pairing_code())
    till.sign_in(MANAGER, MANAGER_PIN)
    till.open_shift("0")
    till.press("Shift+F9")
    till.page.locator("#menu-receive").click()
    till.see("#goods-reference")
    return till


def test_goods_come_in(world: World, open_page: Callable[..., Page]) -> None:
    """A manager's screen: delivery note, scans, booked once."""
    till = at_a_delivery(world, open_page())
    till.type("12*")
    till.board.burst(BREAD.code)
    till.see(f"tr[data-sku='{BREAD.sku}']")
    assert till.page.locator("#goods-box").input_value() == ""
    till.page.locator("#goods-reference").fill("DN-7")
    till.press("F9")
    till.see(".notice.info")
    pieces = world.count(
        "SELECT quantity FROM balance WHERE account = 'stock:001:on_hand' AND commodity = ?",
        f"sku:{BREAD.sku}",
    )
    assert pieces == 12_000


def test_a_full_list_of_goods_says_so_when_the_next_one_is_added(
    world: World, open_page: Callable[..., Page]
) -> None:
    """Of two products here instead of 500; what is on the list already may still become more."""
    page = open_page()

    def two(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("LINES_MAX = 500", "LINES_MAX = 2"))

    catch(page, "**/goods.mjs*", two)
    page.reload()
    till = at_a_delivery(world, page)
    for good in (BREAD, MILK):
        till.board.burst(good.code)
        till.see(f"tr[data-sku='{good.sku}']")
    till.board.burst(EGGS.code)

    expect(till.page.locator(".notice.warn")).to_contain_text("The list already has 2 products")
    till.board.burst(BREAD.code)
    expect(till.page.locator(f"tr[data-sku='{BREAD.sku}'] .step b")).to_have_text("2")
    assert till.page.locator("tr[data-sku]").count() == 2


def test_an_unpaired_browser_sees_nothing(open_page: Callable[..., Page]) -> None:
    """Only the question for a code."""
    page = open_page()
    page.locator("#pair-code").wait_for()
    assert "cashier" not in page.locator("#till").inner_text()
    assert page.locator(".tile, .people button").count() == 0


def test_yesterdays_shift_is_asked_about(till: Keys, world: World) -> None:
    """The sale screen says so and leads to the count; nothing is closed by itself."""
    with world.node.db.write() as tx:
        tx.execute("UPDATE shift SET day = '2020-01-01'")
    till.page.reload()
    till.see("#stale-count")
    till.press("Alt+9")
    till.see("#counted")
    assert world.count("SELECT count(*) FROM shift WHERE state = 'open'") == 1


def lost_once(page: Page, part: str) -> tuple[list[str], list[str]]:
    """The first answer to `part` does not come; returns what is asked for it and for pages, as it grows."""
    asked: list[str] = []
    pages: list[str] = []

    def once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.abort()
        else:
            route.continue_()

    page.on("request", lambda request: pages.append(request.url) if request.is_navigation_request() else None)
    page.route(f"**/{part}", once)
    return asked, pages


@pytest.mark.parametrize("part", ["till.css", "parts/notice.mjs"])
def test_a_page_of_which_one_file_did_not_come_is_loaded_again(
    part: str, open_page: Callable[..., Page]
) -> None:
    """The node stopped while the page was on its way: nobody has to press the browser's keys."""
    page = open_page()
    asked, pages = lost_once(page, part)
    with page.expect_event("requestfinished", lambda request: request.url.endswith(part)):
        page.reload()
    Keys(page).see("#pair-code")
    assert (len(asked), len(pages)) == (2, 2)


def test_a_file_that_was_only_to_come_early_loads_no_page_again(open_page: Callable[..., Page]) -> None:
    """It is asked for again where it is needed; a page that has come is not taken from under a cashier's PIN."""
    page = open_page(keep=False)
    page.clock.install()
    asked, pages = lost_once(page, "preact.module.js")
    failed: list[Request] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        """What needs the file is there when it has failed to come early, not while it is on its way."""
        if failed:
            route.continue_()
        else:
            held.append(route)

    def release(request: Request) -> None:
        failed.append(request)
        while held:
            held.pop().continue_()

    page.route("**/till/app.mjs", hold)
    page.on("requestfailed", release)
    page.reload()
    Keys(page).see("#pair-code")
    with page.expect_response(lambda answer: answer.url.endswith("/gone")):
        page.clock.run_for(10_000)
        page.evaluate("fetch('/gone')")
    assert (len(asked), len(pages)) == (2, 1)


LATE = """const late = (run) => window.setTimeout(run, 2000);
const setTimeout = late, requestAnimationFrame = late;
"""


def test_the_page_comes_also_when_its_answers_are_there_before_its_first_frame(
    open_page: Callable[..., Page],
) -> None:
    """A busy PC paints late: what was told between building the page and painting it must not be lost."""

    def paint_late(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=LATE + answer.text())

    page = open_page()
    page.route("**/hooks.module.js", paint_late)
    page.reload()
    Keys(page).see("#pair-code")


COVERED = """() => {
  const notice = document.querySelector('.notice').getBoundingClientRect();
  return [...document.querySelectorAll('#till button, #till input')].filter((element) => {
    const box = element.getBoundingClientRect();
    if (!box.width || element.closest('.notice')) return false;
    return box.left < notice.right && notice.left < box.right && box.top < notice.bottom && notice.top < box.bottom;
  }).map((element) => element.outerHTML.slice(0, 120));
}"""


@pytest.mark.parametrize("size", SIZES, ids=["1366", "1024"])
def test_a_notice_covers_no_control(
    size: dict[str, int], world: World, open_page: Callable[..., Page]
) -> None:
    """On the tender, the receipts, the count and the sale."""
    till = Keys(open_page(size=size))
    till.pair(world.pairing_code())
    till.sign_in("1001", "482913")
    till.open_shift("500")
    till.press("F9")
    covered = {}
    till.see(".notice")
    covered["sale"] = till.page.evaluate(COVERED)
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    till.press("F5")
    till.see(".notice")
    covered["tender"] = till.page.evaluate(COVERED)
    till.press("Insert")
    till.see(".app.receipts")
    till.type("nothing")
    till.press("F9")
    till.board.burst("001-01/AAAAA-9")
    till.see(".notice.bad")
    covered["receipts"] = till.page.evaluate(COVERED)
    till.press("Escape", "Escape")
    till.on("sale")
    till.open_count()
    till.board.burst(MILK.code)
    till.see(".notice.bad")
    covered["count"] = till.page.evaluate(COVERED)
    assert covered == {"sale": [], "tender": [], "receipts": [], "count": []}
