"""Fixtures: one browser for the run, one node and one cleared page for each story, a recorder in every page."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Request, ViewportSize, expect, sync_playwright

from tests.browser.hands import WAIT_MS, Keys
from tests.browser.world import World

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
RECORDER = Path(__file__).with_name("recorder.js").read_text()
SIZE: ViewportSize = {"width": 1366, "height": 768}
expect.set_options(timeout=WAIT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


def chromium_path() -> str | None:
    """The machine's Chromium, if it has one."""
    named = os.environ.get("LIANPU_CHROMIUM")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return named or next((path for path in found if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium found: install the package chromium or set LIANPU_CHROMIUM")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def loop(browser: Browser) -> Iterator[asyncio.AbstractEventLoop]:
    """Playwright's loop, which it leaves marked as running in this thread whenever a call has returned."""
    running = asyncio.get_running_loop()
    yield running
    asyncio._set_running_loop(running)  # the browser is closed through it


@pytest.fixture(autouse=True)
def loop_in_stories_only(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """The tests between two stories of this process find no loop running, and may run one of their own."""
    asyncio._set_running_loop(loop)
    yield
    asyncio._set_running_loop(None)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store node behind its server."""
    made = World(tmp_path / "node")
    yield made
    made.close()


@pytest.fixture(scope="session")
def kept(browser: Browser) -> dict[bool, list[Page]]:
    """Pages that are free again, touched ones apart: one in a process that runs costs a third of one in a new one."""
    return {True: [], False: []}


def clear(page: Page) -> None:
    """Nothing of a story stays in the page: other pages of its context, routes, storage, cookies."""
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.unroute_all(behavior="ignoreErrors")
    page.evaluate("localStorage.clear(), sessionStorage.clear()")
    page.goto("about:blank")
    page.context.clear_cookies()


@pytest.fixture
def open_page(browser: Browser, world: World, kept: dict[bool, list[Page]]) -> Iterator[Callable[..., Page]]:
    """Opens pages of the till, each in a context of its own; every script error on them fails the test.

    `keep` is false for a page that is changed in a way which `clear` cannot take back, as by a clock.
    """
    opened: list[tuple[Page, bool, bool]] = []
    failures: list[str] = []

    def note(error: Error) -> None:
        failures.append(str(error))

    def tell(request: Request) -> None:
        """Shown with a story that fails."""
        print("no answer:", request.method, request.url, request.failure)

    def make(
        *,
        touch: bool = False,
        size: ViewportSize | None = None,
        cookies: Sequence[dict[str, Any]] = (),
        keep: bool = True,
    ) -> Page:
        page = kept[touch].pop() if keep and kept[touch] else a_page(browser, touch)
        opened.append((page, touch, keep))
        page.set_viewport_size(size or SIZE)
        page.context.add_cookies(cookies)
        page.on("pageerror", note)
        page.on("requestfailed", tell)
        page.goto(world.url + "/")
        return page

    yield make
    for page, touch, keep in opened:
        page.remove_listener("pageerror", note)
        page.remove_listener("requestfailed", tell)
        clear(page)
        if keep:
            kept[touch].append(page)
        else:
            page.context.close()
    assert failures == []


def a_page(browser: Browser, touch: bool) -> Page:
    """A page with the recorder in it, in a new context."""
    context = browser.new_context(has_touch=touch, locale="en-GB", color_scheme="light")
    context.add_init_script(RECORDER)
    context.set_default_timeout(WAIT_MS)
    return context.new_page()


@pytest.fixture
def till(world: World, open_page: Callable[..., Page]) -> Keys:
    """A paired till with a signed-in cashier and an open shift, in the hands of a typist.

    The way there goes through the API: `test_stories` and `test_screens` walk it on the screen.
    """
    hands = Keys(open_page(cookies=world.opened()))
    hands.on("sale")
    return hands
