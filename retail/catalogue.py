"""A product as the till knows it, and texts in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Text = dict[str, str]
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
ACTIVE = "active"
INACTIVE = "inactive"

_FALLBACKS = {
    "en": ("en", "zh-Hant", "zh-Hans"),
    "zh-Hans": ("zh-Hans", "zh-Hant", "en"),
    "zh-Hant": ("zh-Hant", "zh-Hans", "en"),
}


@dataclass(frozen=True)
class Product:
    """`unit` is "pc" or "kg"; `weighed` goods carry a weight per line; one product may have several
    barcodes.
    """

    sku: str
    name: Text
    brand: Text = field(default_factory=dict)
    spec: str = ""
    unit: str = "pc"
    weighed: bool = False
    tax_code: str = ""
    category: str = ""
    status: str = ACTIVE

    @property
    def is_active(self) -> bool:
        """May be sold."""
        return self.status == ACTIVE


def in_language(text: Mapping[str, str], language: str) -> str:
    """The text in that language, else in the nearest one that is not empty, else nothing."""
    for candidate in _FALLBACKS.get(language, LANGUAGES):
        if text.get(candidate):
            return text[candidate]
    return next((value for value in text.values() if value), "")


def shown_name(product: Product) -> Text:
    """Brand and name together in every language, as shelf label, till and receipt show it."""
    return {
        language: f"{in_language(product.brand, language)} {in_language(product.name, language)}".strip()
        for language in LANGUAGES
    }
