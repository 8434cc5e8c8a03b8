"""Texts in three languages."""

from __future__ import annotations

from collections.abc import Mapping

Text = dict[str, str]
LANGUAGES = ("en", "zh-Hans", "zh-Hant")

_FALLBACKS = {
    "en": ("en", "zh-Hant", "zh-Hans"),
    "zh-Hans": ("zh-Hans", "zh-Hant", "en"),
    "zh-Hant": ("zh-Hant", "zh-Hans", "en"),
}


def in_language(text: Mapping[str, str], language: str) -> str:
    """The text in that language, else in the nearest one that is not empty, else nothing."""
    for candidate in _FALLBACKS.get(language, LANGUAGES):
        if text.get(candidate):
            return text[candidate]
    return next((value for value in text.values() if value), "")
