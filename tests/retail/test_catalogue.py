"""Products and texts."""

import pytest

from retail.catalogue import Product, in_language, shown_name


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


def test_brand_and_name_are_shown_together() -> None:
    product = Product("7up", {"en": "7 Up Can", "zh-Hans": "七喜 罐装"}, {"en": "7 Up", "zh-Hans": "七喜"})

    assert shown_name(product) == {
        "en": "7 Up 7 Up Can",
        "zh-Hans": "七喜 七喜 罐装",
        "zh-Hant": "七喜 七喜 罐装",
    }
    assert shown_name(Product("x", {"en": "Plain"}))["en"] == "Plain"


def test_only_active_products_are_sold() -> None:
    assert Product("x", {}).is_active
    assert not Product("x", {}, status="inactive").is_active
