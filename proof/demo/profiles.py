"""Two chain profiles on the same catalogue: HKD without tax, and CNY with 13 % and 9 % tax included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Text = dict[str, str]
Places = Mapping[str, tuple[Text, str]]
"""Stores of a demo: code → (name, price zone)."""


@dataclass(frozen=True)
class Tax:
    """A tax code of a profile."""

    code: str
    name: Text
    rate_ppm: int
    included: bool


@dataclass(frozen=True)
class Profile:
    """What differs between the demo chains. `food_tax` is the code for food, `tax` for the rest."""

    name: Text
    currency: str
    time_zone: str
    language: str
    cash_step_minor: int
    taxes: tuple[Tax, ...] = ()
    tax: str = ""
    food_tax: str = ""


def text(en: str, hans: str, hant: str) -> Text:
    """A text in three languages."""
    return {"en": en, "zh-Hans": hans, "zh-Hant": hant}


NAME = text("Lianpu demo chain", "联铺示范连锁", "聯舖示範連鎖")
PROFILES = {
    "hkd": Profile(NAME, "HKD", "Asia/Hong_Kong", "zh-Hant", 10),
    "cny": Profile(
        NAME,
        "CNY",
        "Asia/Shanghai",
        "zh-Hans",
        10,
        (
            Tax("V13", text("VAT 13 %", "增值税 13%", "增值稅 13%"), 130_000, True),
            Tax("V9", text("VAT 9 %", "增值税 9%", "增值稅 9%"), 90_000, True),
        ),
        "V13",
        "V9",
    ),
}

STORES: Places = {
    "001": (text("Demo store 1", "示范一店", "示範一店"), "A"),
    "002": (text("Demo store 2", "示范二店", "示範二店"), "B"),
}
CASHIER, MANAGER = "1001", "2001"
PEOPLE = {
    CASHIER: (text("Demo cashier", "示范收银员", "示範收銀員"), "cashier"),
    MANAGER: (text("Demo manager", "示范店长", "示範店長"), "manager"),
}
FOOD_WORDS = ("Rice", "Drinks", "Dairy", "Bread", "Biscuits", "Frozen", "Snacks", "food")
