"""What a page shows already is not sent again; whatever a page makes of the changes is the State."""

from __future__ import annotations

from typing import Any

from edge.till.changes import KEPT, Shown, changes
from edge.web import SHOWN
from tests.builders.edge import Shop, a_product
from tests.builders.till import ADDRESS, Browser, a_browser

A, B = "2000000000015", "2000000000022"


class Page:
    """A page of terminal 01 that keeps its State as store.mjs does."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.keys = browser, 0
        self.told: dict[str, Any] = {}
        self.state: dict[str, Any] = browser.state()

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Ask as the page does; `told` keeps the answer as it came."""
        self.keys += 1
        answer = self.browser.client.post(
            f"/api/v1/{path}", base_url=ADDRESS, json=body,
            headers={"X-Lianpu": "1", "Idempotency-Key": f"page-{id(self)}-{self.keys}", SHOWN: self.state["mark"]},
        )  # fmt: skip
        self.told = answer.get_json()
        assert self.told["ok"], self.told
        changed = self.told.get("changes")
        self.state = applied(self.state, changed) if changed else self.told["state"]
        return self.state

    def true(self) -> bool:
        """Is it what a reload would show?"""
        fresh = self.browser.state()
        moving = ("mark", "now")
        return {k: v for k, v in fresh.items() if k not in moving} == {
            k: v for k, v in self.state.items() if k not in moving
        }


def applied(state: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """The State that `told` makes of `state`, as store.mjs works it out."""
    assert told["from"] == state["mark"]
    rest = {name: value for name, value in told.items() if name not in ("from", "basket")}
    parts = {name: value for name, value in told["basket"].items() if name not in ("lines", "order")}
    lines = {line["id"]: line for line in [*state["basket"]["lines"], *told["basket"]["lines"]]}
    order = told["basket"].get("order", list(lines))
    return {**state, **rest, "basket": {**state["basket"], **parts, "lines": [lines[id_] for id_ in order]}}


def a_state(mark: str, *lines: str, **parts: Any) -> dict[str, Any]:
    rows = [{"id": line[0], "quantity": line[1:]} for line in lines]
    return {
        "mark": mark,
        "version": 1,
        "now": "t",
        "chips": {},
        "basket": {"id": "b", "lines": rows},
        **parts,
    }


def test_a_new_line_is_told_alone() -> None:
    told = changes(a_state("m1", "a1", "b1", held_count=0), a_state("m2", "a1", "b1", "c1", held_count=0))
    assert told == {
        "from": "m1", "mark": "m2", "version": 1, "now": "t", "chips": {},
        "basket": {"lines": [{"id": "c", "quantity": "1"}]},
    }  # fmt: skip


def test_a_line_that_grew_or_went_is_told() -> None:
    before = a_state("m1", "a1", "b1", "c1")
    grown, gone, turned = (
        a_state("m2", "a1", "b2", "c1"),
        a_state("m3", "a1", "c1"),
        a_state("m4", "c1", "a1", "d1"),
    )
    assert changes(before, grown)["basket"] == {"lines": [{"id": "b", "quantity": "2"}]}
    assert changes(before, gone)["basket"] == {"lines": [], "order": ["a", "c"]}
    for after in (grown, gone, turned, a_state("m5"), a_state("m6", "z1", held_count=3)):
        assert applied(before, changes(before, after)) == after


def test_only_the_newest_states_are_remembered() -> None:
    shown = Shown()
    first = shown.answer("01", a_state(""))["state"]["mark"]
    for _ in range(KEPT - 1):
        shown.answer("02", a_state(""))
        shown.answer("01", a_state(""))
    assert list(shown.answer("01", a_state(""), first)) == ["changes"]
    assert list(shown.answer("01", a_state(""), first)) == ["state"]
    assert list(Shown().answer("01", a_state(""), first)) == ["state"]


def test_a_page_that_hears_only_changes_shows_the_truth(shop: Shop) -> None:
    page = Page(a_browser(shop))
    page.post("basket/scan", code=A)
    for path, body in (
        ("basket/scan", {"code": A}),
        ("basket/scan", {"code": B}),
        ("basket/scan", {"code": "4006381333931"}),
        ("basket/remove", {"line": "l4"}),
        ("basket/line", {"line": "l1", "quantity": 5000}),
        ("basket/remove", {"line": "l1"}),
        ("tender/add", {"kind": "cash", "given_minor": 100}),
        ("sale/finish", {"add": [{"kind": "cash", "given_minor": 100_000}]}),
        ("basket/scan", {"code": A}),
        ("basket/hold", {"note": ""}),
    ):
        page.post(path, **body)
        assert "state" not in page.told, path
        assert page.true(), path
    assert page.state["held_count"] == 1


def test_a_page_that_missed_something_hears_it_with_the_next_answer(shop: Shop) -> None:
    browser = a_browser(shop)
    page, other = Page(browser), Page(browser)
    other.post("basket/scan", code=A)
    page.post("basket/scan", code=B)
    assert [line["sku"] for line in page.state["basket"]["lines"]] == ["A", "B"]
    assert page.true()
    a_product(shop.node, "N", 100)
    page.state["mark"] = "of-another-life"
    page.post("basket/scan", code=A)
    assert "changes" not in page.told
    assert page.true()


def test_the_same_key_again_tells_the_same_changes(shop: Shop) -> None:
    page = Page(a_browser(shop))
    before = page.state
    page.post("basket/scan", code=A)
    after, page.state = page.state, before
    page.keys -= 1
    page.post("basket/scan", code=A)
    assert {**page.state, "mark": "", "now": ""} == {**after, "mark": "", "now": ""}


def test_an_answer_of_a_long_basket_is_short(shop: Shop) -> None:
    browser = a_browser(shop)
    for n in range(40):
        a_product(shop.node, f"long-{n}", 100, code=f"27{n:05d}")
    page = Page(browser)
    for n in range(40):
        page.post("basket/scan", code=f"27{n:05d}")
    assert len(page.state["basket"]["lines"]) == 40
    assert len(page.told["changes"]["basket"]["lines"]) == 1
    assert set(page.told["changes"]) == {"from", "mark", "version", "now", "chips", "basket"}
