"""Every text exists in three languages; a Chinese text equal to its English must be on the list."""

from __future__ import annotations

import re

import pytest

from kit.i18n import Catalogue
from tests.house.conftest import ROOT
from tests.house.exceptions import SAME_TEXT

APPS = ["edge", "hq"]
HAN = re.compile(r"[\u3400-\u9fff]")
FACT = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("app", APPS)
def test_the_three_languages_have_the_same_keys(app: str) -> None:
    texts = Catalogue(ROOT / app / "i18n")
    english = texts.keys("en")

    assert english, f"{app} has no texts"
    for language in ("zh-Hans", "zh-Hant"):
        assert sorted(english ^ texts.keys(language)) == []


@pytest.mark.parametrize("app", APPS)
def test_no_chinese_text_is_its_english(app: str) -> None:
    texts = Catalogue(ROOT / app / "i18n")
    same = []
    for language in ("zh-Hans", "zh-Hant"):
        for key in texts.keys(language):
            english = texts.text("en", key)
            if (
                texts.text(language, key) == english
                and re.search(r"[A-Za-z]{3}", english)
                and key not in SAME_TEXT
            ):
                same.append(f"{language} {key}: {english}")
    assert sorted(same) == []


@pytest.mark.parametrize("app", APPS)
def test_every_language_names_the_same_facts(app: str) -> None:
    texts = Catalogue(ROOT / app / "i18n")
    differing = [
        f"{language} {key}"
        for language in ("zh-Hans", "zh-Hant")
        for key in texts.keys(language)
        if set(FACT.findall(texts.text(language, key))) != set(FACT.findall(texts.text("en", key)))
    ]
    assert sorted(differing) == []
