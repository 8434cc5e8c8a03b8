"""Hands that press anything anywhere: nothing breaks, nothing is booked wrong, and the way back is never lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Response

from proof.verify.cli import verify
from tests.browser.goods import BREAD, MILK, OYSTER
from tests.browser.hands import Keys, shown
from tests.browser.world import World
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN

STEPS = 200
SCANS = (BREAD.code, BREAD.code, MILK.code, OYSTER.code, "9999999999994", "no such thing")
NUMBERS = ("1", "2", "5", "20", "0.5", "100", "1000", "33.333")
KEYS = (
    *(f"F{n}" for n in range(1, 11)), "F9", "F9", *(f"Alt+{n}" for n in range(10)), "Shift+F6", "Shift+F9", "Insert",
    "Delete", "Ctrl+Delete", "Ctrl+L", "Enter", "Enter", "Enter", "Escape", "Escape", "ArrowUp", "ArrowDown", "PageUp",
    "PageDown", "+", "-", "*", " ", "Backspace", "Tab",
)  # fmt: skip
WHERE = "() => document.querySelector('.app')?.className + (document.querySelector('#pin') ? ' pin' : '')"


class Anything:
    """Keys, numbers and scans drawn by a seed; whoever is locked out signs in again."""

    def __init__(self, till: Keys, seed: int) -> None:
        self.till, self.dice = till, random.Random(seed)
        self.pressed: list[str] = []

    def go_on(self, steps: int) -> None:
        """So many steps."""
        for _ in range(steps):
            where = str(self.till.page.evaluate(WHERE))
            self.sign_in("pin" in where) if "signin" in where else self._step()

    def _step(self) -> None:
        kind = self.dice.random()
        if kind < 0.2:
            code = self.dice.choice(SCANS)
            self.pressed.append(f"[{code}]")
            self.till.board.burst(code)
        elif kind < 0.35:
            number = self.dice.choice(NUMBERS)
            self.pressed.append(number)
            self.till.type(number)
        else:
            key = self.dice.choice(KEYS)
            self.pressed.append(key)
            self.till.press(key)

    def sign_in(self, asked_for_the_pin: bool) -> None:
        """As a cashier or a manager; a PIN that is asked for is that of who is here."""
        person: dict[str, Any] | None = self.till.page.evaluate("() => lianpuTill.page.state?.staff")
        number = person["number"] if person else self.dice.choice((CASHIER, MANAGER))
        self.pressed.append(f"({number})")
        typed = self.till.page.evaluate("() => document.querySelector('#pin, #staff').value.length")
        self.till.press(*["Backspace"] * typed)
        if not asked_for_the_pin:
            self.till.type(number)
            self.till.press("Enter")
            self.till.see("#pin")
        self.till.type(CASHIER_PIN if number == CASHIER else MANAGER_PIN)
        self.till.press("Enter")
        self.till.page.wait_for_function(
            "() => lianpuTill.page.state?.staff && !lianpuTill.page.state.locked"
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_any_keys_anywhere(seed: int, world: World, open_page: Callable[..., Page]) -> None:
    """Every error of a script fails the story (`open_page`); so does an answer 500 and whatever `lianpu-verify` finds."""
    till = Keys(open_page(cookies=world.opened()))
    till.on("sale")
    broken: list[str] = []

    def judge(response: Response) -> None:
        if response.status >= 500:
            broken.append(f"{response.status} {response.url}")

    till.page.on("response", judge)
    hands = Anything(till, seed)
    try:
        hands.go_on(STEPS)
    finally:
        print(" ".join(hands.pressed), shown(till.page), sep="\n")  # told when the story fails

    assert broken == []
    report = verify([world.node.home / "node.sqlite"], None, [world.node.witness_path()])
    assert [finding.text for check in report.checks for finding in check.findings] == []
