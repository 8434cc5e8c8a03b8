"""Texts in three languages."""

import pytest

from retail.catalogue import in_language


@pytest.mark.parametrize(
    ("text", "language", "shown"),
    [
        ({"en": "Apple", "zh-Hans": "苹果", "zh-Hant": "蘋果"}, "zh-Hans", "苹果"),
        ({"en": "Apple", "zh-Hant": "蘋果"}, "zh-Hans", "蘋果"),
        ({"en": "Apple", "zh-Hans": "苹果"}, "zh-Hant", "苹果"),
        ({"zh-Hans": "苹果", "zh-Hant": "蘋果"}, "en", "蘋果"),
        ({"en": "", "zh-Hant": "蘋果"}, "en", "蘋果"),
        ({"fr": "Pomme"}, "en", "Pomme"),
        ({"en": "Apple"}, "fr", "Apple"),
        ({}, "en", ""),
    ],
)
def test_in_language(text: dict[str, str], language: str, shown: str) -> None:
    assert in_language(text, language) == shown
