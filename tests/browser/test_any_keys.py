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
KINDS = {"scan": (20, SCANS), "number": (15, NUMBERS), "key": (65, KEYS)}
# A question is a timer to the page, which ends with its answer; only a notice's own is none to wait for.
WATCHED = """() => {
  const [begin, end, open] = [setTimeout, clearTimeout, new Set()];
  window.setTimeout = (run, ms, ...rest) => {
    const timer = begin(() => { open.delete(timer); run(...rest); }, ms);
    if (!recordedTimers().patient.includes(ms)) open.add(timer);
    return timer;
  };
  window.clearTimeout = (timer) => { open.delete(timer); end(timer); };
  window.atRest = async () => {
    for (let calm = 0; calm < 3; calm = open.size ? 0 : calm + 1) {
      await new Promise((painted) => requestAnimationFrame(() => begin(painted)));
    }
  };
}"""
WHERE = "() => document.querySelector('.app')?.className + (document.querySelector('#pin') ? ' pin' : '')"


class Anything:
    """Keys, numbers and scans drawn by a seed; whoever is locked out signs in again.

    Each step is drawn for itself and before anybody looks at the page, and nobody looks before the page is at rest: so
    a seed presses the same keys on every machine.
    """

    def __init__(self, till: Keys, seed: int) -> None:
        self.till, self.seed = till, seed
        self.pressed: list[str] = []
        till.page.evaluate(WATCHED)

    def go_on(self, steps: int) -> None:
        """So many steps."""
        self._rest()
        for n in range(steps):
            kind, what, number = self._drawn(n)
            where = str(self.till.page.evaluate(WHERE))
            if "signin" in where:
                self.sign_in("pin" in where, number)
            else:
                self._step(kind, what)
            self._rest()

    def _rest(self) -> None:
        """Until no answer is on its way and everything is painted."""
        self.till.page.evaluate("() => atRest()")

    def _drawn(self, n: int) -> tuple[str, str, str]:
        """What a step does, and who signs in should nobody be here."""
        dice = random.Random(f"{self.seed}/{n}")
        (kind,) = dice.choices(tuple(KINDS), [weight for weight, _ in KINDS.values()])
        return kind, dice.choice(KINDS[kind][1]), dice.choice((CASHIER, MANAGER))

    def _step(self, kind: str, what: str) -> None:
        self.pressed.append(f"[{what}]" if kind == "scan" else what)
        {"scan": self.till.board.burst, "number": self.till.type, "key": self.till.press}[kind](what)

    def sign_in(self, asked_for_the_pin: bool, number: str) -> None:
        """As a cashier or a manager; a PIN that is asked for is that of who is here."""
        person: dict[str, Any] | None = self.till.page.evaluate("() => lianpuTill.page.state?.staff")
        number = person["number"] if person else number
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


def broken(answer: Response) -> bool:
    """A busy database is none of the till's faults: the page asks again."""
    return answer.status != 503 or answer.json().get("code") != "db.busy"


@pytest.mark.parametrize("seed", [1, 2])
def test_any_keys_anywhere(seed: int, world: World, open_page: Callable[..., Page]) -> None:
    """Every error of a script fails the story (`open_page`); so does an answer 500 and whatever `lianpu-verify` finds."""
    till = Keys(open_page(cookies=world.opened()))
    till.on("sale")
    failed: list[Response] = []
    till.page.on("response", lambda answer: failed.append(answer) if answer.status >= 500 else None)
    hands = Anything(till, seed)
    try:
        hands.go_on(STEPS)
    finally:
        print(" ".join(hands.pressed), shown(till.page), sep="\n")  # told when the story fails

    assert [f"{answer.status} {answer.url}" for answer in failed if broken(answer)] == []
    report = verify([world.node.home / "node.sqlite"], None, [world.node.witness_path()])
    assert [finding.text for check in report.checks for finding in check.findings] == []
