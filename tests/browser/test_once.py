"""Once and only once: keys held down, reloads, answers that got lost, two pages at one till."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route

from tests.browser.goods import BREAD, MILK
from tests.browser.hands import Keys, catch
from tests.browser.world import World

TWO_SECONDS = 60


def test_enter_held_for_two_seconds_makes_one_sale(till: Keys, world: World) -> None:
    """One request, one sale, one number, one paper, one pulse (UI-01)."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    asked = []
    till.page.on(
        "request", lambda request: asked.append(request.url) if "/sale/finish" in request.url else None
    )

    till.board.hold("Enter", TWO_SECONDS)
    till.see("#done")

    assert len(asked) == 1
    [sale] = world.documents()
    assert sale["number"] == till.page.locator("#done-number").inner_text()
    assert world.count("SELECT count(*) FROM print_job WHERE kind = 'receipt'") == 1
    assert world.count("SELECT count(*) FROM print_job WHERE kind = 'drawer'") == 1


def test_five_taps_on_finish_make_one_sale(till: Keys, world: World) -> None:
    """However fast they come."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    till.page.evaluate("() => { for (let n = 0; n < 5; n += 1) document.querySelector('#primary').click(); }")
    till.see("#done")
    assert len(world.documents()) == 1


def test_the_timers_that_no_story_waits_for_are_those_of_the_page(till: Keys) -> None:
    """`recorder.js` knows them by their length: it must not go by one that the page has no more."""
    till.press("F9")
    till.see(".notice.warn")
    till.board.burst(BREAD.code)
    till.lines(1)
    till.press("+")
    till.pieces(2)
    till.pay()
    till.press("F5")
    till.see(".notice.info")
    timers = till.page.evaluate("recordedTimers()")
    assert set(timers["kept"]) <= set(timers["met"])


def test_a_lost_answer_is_asked_for_again_with_its_key(till: Keys, world: World) -> None:
    """The node booked the sale, the answer got lost: the retry brings the same sale."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    keys: list[str] = []

    def lose_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    catch(till.page, "**/api/v1/sale/finish", lose_first)
    till.press("Enter")
    till.see("#done")

    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert len(world.documents()) == 1


def test_a_scan_survives_a_silent_node(till: Keys) -> None:
    """It stays on the screen as a pending row and is added once when the node answers again."""
    catch(till.page, "**/api/v1/basket/scan", lambda route: route.abort())
    till.board.burst(BREAD.code)
    till.see(".ln.wait")
    till.page.wait_for_function("() => lianpuTill.page.silent >= 2")
    till.page.unroute("**/api/v1/basket/scan")
    till.pieces(1)
    assert till.page.evaluate("() => lianpuTill.page.silent") == 0


def test_a_reload_loses_and_doubles_nothing(till: Keys, world: World) -> None:
    """The basket lives on the node; a scan without an answer is sent again with its key."""
    till.board.burst(BREAD.code)
    till.lines(1)

    def lose(route: Route) -> None:
        route.fetch()
        route.fulfill(status=503, json={"ok": False, "code": "web.gone"})

    catch(till.page, "**/api/v1/basket/scan", lose)
    till.board.burst(MILK.code)
    till.see(".ln.wait")
    till.page.unroute_all(behavior="ignoreErrors")
    till.page.reload()
    till.lines(2)

    skus = till.page.evaluate("() => lianpuTill.page.state.basket.lines.map((line) => line.sku)")
    assert skus == [BREAD.sku, MILK.sku]


def test_change_stays_after_a_reload(till: Keys) -> None:
    """The done screen comes from the node; coming back posts nothing again (UI-03)."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.pay()
    till.give_cash("20")
    till.page.reload()
    till.see("#done")
    assert till.page.locator("#done-change").inner_text() == "4.50"


def test_two_pages_of_one_till_see_one_basket(till: Keys, world: World) -> None:
    """A second tab shows the same lines; finishing an outdated basket is refused there (UI-04)."""
    till.board.burst(BREAD.code)
    till.lines(1)
    second = till.page.context.new_page()
    second.goto(world.url)
    second.locator(".ln").first.wait_for()
    other = Keys(second)
    other.press("F9")
    other.on("tender")
    finishing: list[str] = []
    outdated = second.evaluate("async () => (await fetch('/api/v1/state')).json()")
    second.on(
        "request", lambda request: finishing.append(request.url) if "/sale/finish" in request.url else None
    )
    catch(  # whatever this page asks for before it finishes, it is late
        second,
        "**/api/v1/state",
        lambda route: route.continue_() if finishing else route.fulfill(json=outdated),
    )
    till.board.burst(MILK.code)
    till.lines(2)
    other.press("Enter")
    other.page.wait_for_function("() => lianpuTill.page.state.basket.lines.length === 2")
    second.unroute_all(behavior="ignoreErrors")
    assert world.documents() == []


def test_a_second_till_recalls_what_the_first_one_held(
    till: Keys, world: World, open_page: Callable[..., Page]
) -> None:
    """Held baskets are the whole store's."""
    till.board.burst(BREAD.code)
    till.lines(1)
    till.hold_basket()

    second = Keys(open_page())
    second.pair(world.pairing_code("02"))
    second.sign_in("2001", "739164")
    second.open_shift("100")
    second.recall_first()
    second.lines(1)
    second.pay()
    second.give_cash("20")

    [sale] = world.documents()
    assert (sale["terminal"], sale["total_minor"]) == ("02", BREAD.price)
