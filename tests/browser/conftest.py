"""Fixtures: one browser for the run, one node and one fresh page for each story, a recorder in every page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.hands import WAIT_MS, Keys
from tests.browser.world import World
from tests.builders.edge import CASHIER, CASHIER_PIN

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
RECORDER = Path(__file__).with_name("recorder.js").read_text()
SIZE = {"width": 1366, "height": 768}
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


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store node behind its server."""
    made = World(tmp_path / "node")
    yield made
    made.close()


@pytest.fixture
def open_page(browser: Browser, world: World) -> Iterator[Callable[..., Page]]:
    """Opens pages of the till; every script error on them fails the test."""
    contexts, failures = [], []

    def make(*, touch: bool = False, size: dict[str, int] | None = None, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport=size or SIZE, has_touch=touch, locale="en-GB", color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(RECORDER)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.set_default_timeout(WAIT_MS)
        page.goto(world.url + "/")
        return page

    yield make
    for context in contexts:
        context.close()
    assert failures == []


@pytest.fixture
def till(world: World, open_page: Callable[..., Page]) -> Keys:
    """A paired till with a signed-in cashier and an open shift, in the hands of a typist."""
    hands = Keys(open_page())
    hands.pair(world.pairing_code())
    hands.sign_in(CASHIER, CASHIER_PIN)
    hands.open_shift("500")
    return hands
