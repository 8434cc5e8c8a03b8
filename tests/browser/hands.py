"""Three pairs of hands for the same stories: keys alone, touch alone, a scanner with keys.

Key events go in through the browser's input pipeline with their own time stamps, so what counts as "fast" does
not depend on how busy this machine is: a person's keys are 120 ms apart, a scanner's 5 to 20 ms.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, TimeoutError

from kit.clock import SystemClock
from tests.browser.goods import Good

# An upper bound for a machine that does other work; nothing waits that long when all is well.
WAIT_MS = 120_000
HUMAN_GAP = 0.12
SCANNER_GAPS = (0.005, 0.012, 0.020, 0.008)
MODIFIERS = {"Alt": 1, "Ctrl": 2, "Shift": 8}
NAMED = {
    "Enter": 13, "Tab": 9, "Escape": 27, "Backspace": 8, "Delete": 46, "Insert": 45, "ArrowUp": 38, "ArrowDown": 40,
    "PageUp": 33, "PageDown": 34, " ": 32,
}  # fmt: skip
SIGNS = {
    "*": ("NumpadMultiply", 106), "+": ("NumpadAdd", 107), "-": ("NumpadSubtract", 109),
    ".": ("NumpadDecimal", 110), "/": ("NumpadDivide", 111), " ": ("Space", 32),
}  # fmt: skip


def _physical(key: str) -> tuple[str, int]:
    """(code, virtual key) of a key's name."""
    if key in SIGNS:
        return SIGNS[key]
    if key.isdigit():
        return f"Digit{key}", ord(key)
    if len(key) == 1:
        return f"Key{key.upper()}", ord(key.upper())
    if key[0] == "F" and key[1:].isdigit():
        return key, 111 + int(key[1:])
    return key, NAMED[key]


def now() -> float:
    """Seconds on the clock that the page reads too."""
    return SystemClock().now_ms() / 1000


def shown(page: Page) -> Any:
    """What a page shows instead of what a story waits for."""
    return page.evaluate("[document.readyState, document.body.innerText.slice(0, 400)]")


def catch(page: Page, path: str, handler: Callable[[Route], Any]) -> None:
    """Route these requests, surely from the page's next one on.

    The browser tells the page to let its requests be caught, and a key that is pressed right after can be quicker than
    that word (measured: 5 of 100 on a busy machine). So a request that asks for nothing goes first, until it is caught.
    """
    caught: list[str] = []

    def note(route: Route) -> None:
        caught.append(route.request.url)
        route.fulfill(body="")

    page.route("**/is-it-caught", note)
    page.route(path, handler)
    while not caught:
        page.evaluate("() => fetch('/is-it-caught').then((answer) => answer.text())")
    page.unroute("**/is-it-caught")


class Board:
    """A keyboard on the page, driven through the browser's own input pipeline."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._cdp = page.context.new_cdp_session(page)
        self._at = now()

    def _event(self, kind: str, name: str, *, modifiers: int = 0, **fields: Any) -> dict[str, Any]:
        code, virtual = _physical(name)
        event: dict[str, Any] = {
            "type": kind,
            "key": name,
            "code": code,
            "windowsVirtualKeyCode": virtual,
            "modifiers": modifiers,
            "timestamp": self._at,
        }
        if kind == "keyDown" and not modifiers & 3:
            text = "\r" if name == "Enter" else name if len(name) == 1 else ""
            if text:
                event["text"] = text
        return event | fields

    def _send(self, kind: str, name: str, **fields: Any) -> None:
        self._cdp.send("Input.dispatchKeyEvent", self._event(kind, name, **fields))

    def _send_at_once(self, events: list[dict[str, Any]]) -> None:
        """All of them into the browser's queue, as a scanner does: it waits for no page to handle a key.

        A key sent only when the one before was handled can come later than the page waits for a scan's next key
        (55 ms), whatever its time stamp says. Playwright's own `send` waits, hence the two names behind it.
        """

        async def send() -> None:
            channel = self._cdp._impl_obj
            await asyncio.gather(*(channel.send("Input.dispatchKeyEvent", event, None) for event in events))

        self._cdp._sync(send())

    def stroke(self, name: str, *, gap: float = HUMAN_GAP, **fields: Any) -> None:
        """Down and up; `name` may carry modifiers: "Shift+F6"."""
        *held, key = name.split("+") if len(name) > 1 else [name]
        modifiers = sum(MODIFIERS[word] for word in held)
        self._at = max(self._at + gap, now()) if gap >= HUMAN_GAP else self._at + gap
        self._send("keyDown", key, modifiers=modifiers, **fields)
        self._send("keyUp", key, modifiers=modifiers)

    def hold(self, key: str, times: int) -> None:
        """A key kept down: one press and so many repeats, 33 ms apart."""
        self._at += HUMAN_GAP
        self._send("keyDown", key)
        for _ in range(times):
            self._at += 0.033
            self._send("keyDown", key, autoRepeat=True)
        self._send("keyUp", key)

    def burst(
        self,
        text: str,
        *,
        end: str = "Enter",
        gaps: tuple[float, ...] = SCANNER_GAPS,
        ime: bool = False,
        goes_on: bool = False,
    ) -> None:
        """A scanner's keys; with `ime` an input method hides which keys they are, without `end` there is more to come."""
        hidden = {"key": "Process", "windowsVirtualKeyCode": 229, "text": ""} if ime else {}
        spaces = itertools.cycle(gaps)
        events = []
        for position, char in enumerate(text):
            gap = HUMAN_GAP * 5 if position == 0 and not goes_on else next(spaces)
            self._at += gap
            events += [self._event("keyDown", char, **hidden), self._event("keyUp", char)]
        self._at += next(spaces)
        ends = [self._event(kind, end) for kind in ("keyDown", "keyUp") if end]
        self.page.evaluate("burstOnItsWay(true)")
        self._send_at_once([*events, *ends])
        self.page.evaluate("burstOnItsWay(false)")


class Hands:
    """What a story asks for. `kind` is the only kind of event that may reach the page."""

    kind = "key"
    source = "keyed"

    def __init__(self, page: Page) -> None:
        self.page = page
        self.board = Board(page)

    # -- watching -------------------------------------------------------------------------------------

    def see(self, selector: str) -> Any:
        """Wait until it is on the page; a story that waits in vain tells what the page shows instead."""
        found = self.page.locator(selector).first
        try:
            found.wait_for(timeout=WAIT_MS)
        except TimeoutError as error:
            raise AssertionError(f"{selector} never came, the page shows {shown(self.page)}") from error
        return found

    def on(self, screen: str) -> None:
        """Wait for a screen."""
        self.page.locator(f".app.{screen}").wait_for(timeout=WAIT_MS)

    def lines(self, count: int) -> None:
        """Wait until so many lines are in the basket and nothing is on its way."""
        self.page.wait_for_function(
            "n => lianpuTill.page.state?.basket.lines.length === n && !lianpuTill.page.pending.length",
            arg=count,
        )

    def pieces(self, count: int) -> None:
        """Wait until the basket counts so many pieces."""
        self.page.wait_for_function(
            "n => lianpuTill.page.state?.basket.totals.pieces === n && !lianpuTill.page.pending.length",
            arg=count,
        )

    def marks(self, count: int) -> list[str]:
        """By what means so many codes were read; a mark is set only after the frame that shows the line."""
        self.page.wait_for_function("n => lianpuTill.scanMarks().length >= n", arg=count)
        return list(self.page.evaluate("() => lianpuTill.scanMarks().map((mark) => mark.source)"))


class Keys(Hands):
    """A person at the keyboard."""

    def type(self, text: str) -> None:
        """Character after character."""
        for char in text:
            self.board.stroke(char)

    def press(self, *names: str) -> None:
        """Keys by name."""
        for name in names:
            self.board.stroke(name)

    def pair(self, code: str) -> None:
        """Type the pairing code."""
        self.see("#pair-code")
        self.type(code)
        self.press("Enter")
        self.on("signin")

    def sign_in(self, number: str, pin: str, then: str = "opening") -> None:
        """Number, PIN."""
        self.see("#staff")
        self.type(number)
        self.press("Enter")
        self.see("#pin")
        self.type(pin)
        self.press("Enter")
        self.on(then)

    def open_shift(self, amount: str) -> None:
        """The float."""
        self.type(amount)
        self.press("Enter")
        self.on("sale")

    def add(self, good: Good) -> None:
        """By its code."""
        self.type(good.code)
        self.press("Enter")

    def pay(self) -> None:
        """To the tender."""
        self.press("F9")
        self.on("tender")

    def give_cash(self, amount: str) -> None:
        """What the customer hands over, and finish."""
        self.type(amount)
        self.press("Enter")
        self.see("#done")

    def pay_by_card(self, approval: str) -> None:
        """The whole sum by card with the terminal's code."""
        self.press("Alt+3")
        self.see("#approval")
        self.press("ArrowDown")
        self.type(approval)
        self.press("Enter")
        self.see("#done")

    def hold_basket(self) -> None:
        """Put it aside."""
        self.press("F6")
        self.see("#note-box")
        self.press("Enter")
        self.page.wait_for_function("() => lianpuTill.page.state.held_count > 0")

    def recall_first(self) -> None:
        """Take the first one back."""
        self.press("Shift+F6")
        self.see("[data-held]")
        self.press("Enter")
        self.on("sale")

    def open_receipt(self, number: str) -> None:
        """The newest receipt of the list."""
        self.press("Insert")
        self.see(f"[data-receipt='{number}']")
        self.see(".paper .item")

    def start_return(self) -> None:
        """From the receipt that is shown."""
        self.press("F9")
        self.see("#return-number")

    def take_back(self, good: Good) -> None:
        """One piece of the first line."""
        self.press("+")
        self.see(".step b:text-is('1')")

    def refund(self) -> None:
        """With the first reason."""
        self.press("Alt+1")
        self.see("#primary:not(.off)")
        self.press("F9")

    def approve(self, number: str, pin: str) -> None:
        """A manager's number and PIN."""
        self.see("#approval-staff")
        self.type(number)
        self.press("Enter")
        self.type(pin)
        self.press("Enter")

    def open_count(self) -> None:
        """To the count of the drawer."""
        self.press("Shift+F9")
        self.see("#menu-close")
        self.press("1")
        self.see("#counted")

    def count(self, pieces: dict[int, int]) -> None:
        """How many of each; the rest is nothing."""
        for piece in self.page.evaluate("lianpuTill.page.state.currency.denominations"):
            if piece in pieces:
                self.type(str(pieces[piece]))
            self.press("ArrowDown")
        self.press("F4")

    def close_shift(self) -> None:
        """Hand the count in."""
        self.see("#primary:not(.off)")
        self.press("F9")


class Scanner(Keys):
    """A scanner in one hand, the keyboard under the other."""

    source = "wedge"

    def add(self, good: Good) -> None:
        """By scanning it."""
        self.board.burst(good.code)

    def open_receipt(self, number: str) -> None:
        """By the QR on the paper."""
        self.board.burst(number)
        self.see(f"[data-receipt='{number}']")
        self.see(".paper .item")

    def take_back(self, good: Good) -> None:
        """By scanning what comes back."""
        self.board.burst(good.code)
        self.see(".step b:text-is('1')")

    def sign_in(self, number: str, pin: str, then: str = "opening") -> None:
        """By hand: a PIN is never scanned."""
        super().sign_in(number, pin, then)


class Touch(Hands):
    """A finger on the screen; no keyboard is there."""

    kind = "touch"
    source = ""

    def tap(self, selector: str) -> None:
        """One touch."""
        self.see(selector).tap()

    def digits(self, text: str) -> None:
        """On the number pad of the screen or dialog."""
        inside = ".dlg " if self.page.locator(".dlg [data-pad]").count() else ""
        for char in text:
            self.tap(f"{inside}[data-pad='{char}']")

    def pair(self, code: str) -> None:
        """On the letters of the screen."""
        self.see("#pair-code")
        for letter in code:
            self.tap(f".letters button:text-is('{letter}')")
        self.tap("#primary")
        self.on("signin")

    def sign_in(self, number: str, pin: str, then: str = "opening") -> None:
        """Name, PIN pad."""
        self.tap(f"[data-staff='{number}']")
        self.digits(pin)
        self.tap("#primary")
        self.on(then)

    def open_shift(self, amount: str) -> None:
        """The float."""
        self.digits(amount)
        self.tap("#primary")
        self.on("sale")

    def add(self, good: Good) -> None:
        """By its tile."""
        if not self.page.locator(f".tile[data-sku='{good.sku}']").count():
            for tab in range(self.page.locator(".tabs [role=tab]").count()):
                self.page.locator(".tabs [role=tab]").nth(tab).tap()
                if self.page.locator(f".tile[data-sku='{good.sku}']").count():
                    break
        self.tap(f".tile[data-sku='{good.sku}']")

    def pay(self) -> None:
        """To the tender."""
        self.tap("#primary")
        self.on("tender")

    def give_cash(self, amount: str) -> None:
        """What the customer hands over, and finish."""
        self.digits(amount)
        self.tap("#primary")
        self.see("#done")

    def pay_by_card(self, approval: str) -> None:
        """The whole sum by card; the code is optional and no keyboard is there."""
        self.tap("#method-card")
        self.tap("#primary")
        self.see("#done")

    def hold_basket(self) -> None:
        """Put it aside."""
        self.tap("#key-F6")
        self.tap("#dialog-primary")
        self.page.wait_for_function("() => lianpuTill.page.state.held_count > 0")

    def recall_first(self) -> None:
        """Take the first one back."""
        self.tap("#key-Shift-F6")
        self.tap("[data-held]")
        self.tap("#primary")
        self.on("sale")

    def open_receipt(self, number: str) -> None:
        """From the list."""
        self.tap("#key-Insert")
        self.tap(f"[data-receipt='{number}']")
        self.see(".paper .item")

    def start_return(self) -> None:
        """From the receipt that is shown."""
        self.tap("#primary")
        self.see("#return-number")

    def take_back(self, good: Good) -> None:
        """One piece of the first line."""
        self.tap(".step button:last-child")
        self.see(".step b:text-is('1')")

    def refund(self) -> None:
        """With the first reason."""
        self.tap("[data-reason]")
        self.tap("#primary:not(.off)")

    def approve(self, number: str, pin: str) -> None:
        """A manager's number and PIN on the dialog's pad."""
        self.see("#approval-staff")
        self.digits(number)
        self.tap(".pinlabel")
        self.digits(pin)
        self.tap("#dialog-primary")

    def open_count(self) -> None:
        """To the count of the drawer."""
        self.tap("#key-Shift-F9")
        self.tap("#menu-close")
        self.see("#counted")

    def count(self, pieces: dict[int, int]) -> None:
        """How many of each; the rest is nothing."""
        for piece, number in pieces.items():
            self.tap(f"[data-piece='{piece}']")
            self.digits(str(number))
        self.tap("#key-F4")

    def close_shift(self) -> None:
        """Hand the count in."""
        self.tap("#primary:not(.off)")


HANDS: dict[str, type[Keys] | type[Touch] | type[Scanner]] = {
    "keys": Keys,
    "touch": Touch,
    "scanner": Scanner,
}
