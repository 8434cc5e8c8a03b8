"""A real headless browser at a till: scans as key events in bursts, the keyboard for the rest."""

from __future__ import annotations

import os
import shutil
import time
from types import TracebackType
from typing import Any

from kit.clock import SystemClock
from proof.demo.selfcheck.sell import SAME_CODE_SECONDS, Basket, until, until_pieces
from proof.demo.till import TillClient
from retail.money import format_minor

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
GAP_SECONDS = 0.006


def find_browser() -> str | None:
    """A Chromium on this machine, or None."""
    named = os.environ.get("LIANPU_BROWSER")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


class BrowserTill:
    """One page on one terminal."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> BrowserTill:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=find_browser(), args=SWITCHES)
        self.page = self._browser.new_page(viewport={"width": 1366, "height": 768})
        self._wire = self.page.context.new_cdp_session(self.page)
        self.page.goto(self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def adopt(self, client: TillClient) -> None:
        """Use the same paired terminal as an API client: one screen, two hands."""
        for cookie in client.http.cookies:
            self.page.context.add_cookies(
                [{"name": cookie.name, "value": cookie.value or "", "url": self.url, "httpOnly": True}]
            )
        self.page.goto(self.url)

    def scan(self, code: str) -> None:
        """A burst of real key events and Enter, as a wedge scanner sends it.

        Each event carries the time at which the scanner's key arrived, as the operating system would stamp it:
        a busy page sees the burst late but sees its true gaps.
        """
        at = SystemClock().now_ms() / 1000
        for n, character in enumerate(code):
            name = f"Digit{character}" if character.isdigit() else f"Key{character.upper()}"
            self._key(character, name, at + n * GAP_SECONDS)
        self._key("Enter", "Enter", at + len(code) * GAP_SECONDS, text="\r")

    def _key(self, key: str, code: str, at: float, text: str | None = None) -> None:
        number = 13 if key == "Enter" else ord(key.upper())
        event: dict[str, Any] = {
            "key": key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "nativeVirtualKeyCode": number,
            "timestamp": at,
        }
        self._wire.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": text or key, **event})
        self._wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})


def by_wedge(till: BrowserTill, client: TillClient, basket: Basket, exponent: int) -> dict[str, Any]:
    """Scan every code into the page, tender with keys, and read from the node what was sold."""

    before = (client.refresh().get("last_sale") or {}).get("id")
    previous = ""
    for n, code in enumerate(basket.scans, 1):
        if code == previous:
            time.sleep(SAME_CODE_SECONDS)
        till.scan(code)
        previous = code
        until_pieces(client, n, f"wedge scan {n} of {code}")
    total = client.state["basket"]["totals"]["total_minor"]
    keyboard = till.page.keyboard
    keyboard.press("F9")
    till.page.wait_for_selector("main.tend")
    for kind, given in basket.tenders(total):
        keyboard.press("Alt+1" if kind == "cash" else "Alt+3")
        keyboard.type(format_minor(given, exponent), delay=60)
        keyboard.press("Enter")
    until(
        lambda: (client.refresh().get("last_sale") or {}).get("id") not in (None, before),
        "the sale to be finished",
    )
    found: dict[str, Any] = client.state["last_sale"]
    return found
