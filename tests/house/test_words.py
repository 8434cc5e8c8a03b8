"""The Chinese of both applications, of papers and of the till's page uses the nouns of the glossary and no others."""

from __future__ import annotations

import re
from functools import lru_cache

import pytest

from drivers.bench.words import WORDS as BENCH
from hq.settings.defaults import REASONS
from kit.i18n import Catalogue
from retail.receipt_words import WORDS as RECEIPT
from tests.house.conftest import ROOT

LANGUAGES = ("zh-Hans", "zh-Hant")
# Where a barred word is right: the start of the text's key, the word, and why.
RIGHT = (
    ("role.merchandiser", "经理", "not the manager of a store"),
    ("role.merchandiser", "經理", "not the manager of a store"),
    ("office.trust.steps.", "憑證", "what the menus of other makers say"),
    ("office.trust.steps.", "计算机", "what the menus of other makers say"),
)
# An English sentence that every refusal may hold, and what it is in Chinese.
SENTENCES = {
    "Nothing was changed.": ("没有改动", "沒有改動"),
    "Nothing was saved.": ("没有保存", "沒有儲存"),
}


def rows(page: str) -> list[list[str]]:
    """The cells of every row of a page's tables."""
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]


def words(column: int) -> list[str]:
    """What stands in one column of the glossary."""
    return [word for row in rows("glossary.md")[1:] if row[column] != "—" for word in row[column].split("、")]


def catalogues() -> list[Catalogue]:
    return [Catalogue(ROOT / app / "i18n") for app in ("edge", "hq")]


@lru_cache(maxsize=2)
def texts(language: str) -> list[tuple[str, str]]:
    """Every Chinese text that somebody sees, each with its key."""
    at = 1 + LANGUAGES.index(language)
    return [
        *((key, one.text(language, key)) for one in catalogues() for key in sorted(one.keys(language))),
        *((f"receipt {key}", said[language]) for key, said in RECEIPT.items()),
        *((f"bench {key}", said) for key, said in BENCH[language].items()),
        *((f"reason {row[1]}", row[2 + at]) for row in REASONS),
        *((f"cashier {row[0]}", row[at]) for row in rows("cashier.md")),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_thing_has_one_name(language: str) -> None:
    barred = words(3 + LANGUAGES.index(language))
    found = {(key, word): text for key, text in texts(language) for word in barred if word in text}
    right = {
        (key, word) for key, word in found for start, may, _ in RIGHT if key.startswith(start) and word == may
    }

    assert barred
    assert {place: text for place, text in found.items() if place not in right} == {}


def test_every_exception_is_needed() -> None:
    seen = [
        any(key.startswith(start) and word in text for language in LANGUAGES for key, text in texts(language))
        for start, word, _ in RIGHT
    ]
    assert all(seen)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_glossary_names_stands_on_a_screen_or_a_paper(language: str) -> None:
    said = "\n".join(text for _, text in texts(language))

    assert [word for word in words(1 + LANGUAGES.index(language)) if word not in said] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_not_done_is_said_alike(language: str) -> None:
    differing = [
        f"{key}: {one.text(language, key)}"
        for one in catalogues()
        for key in one.keys("en")
        for sentence, said in SENTENCES.items()
        if sentence in one.text("en", key) and said[LANGUAGES.index(language)] not in one.text(language, key)
    ]
    assert sorted(differing) == []


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_the_cashiers_page_says_what_the_till_says(language: str) -> None:
    till = Catalogue(ROOT / "edge" / "i18n").table(language, "till.")
    known = {text.lower() for text in till.values()}
    column = -3 + ["zh-Hans", "zh-Hant", "en"].index(language)
    table = rows("cashier.md")
    heads = [at for at, row in enumerate(table) if "简体" in row]
    steps, keys = table[heads[0] + 1 : heads[1]], table[heads[1] : heads[3]]
    said = [re.split("[（(]", row[column])[0].strip().lower() for row in keys if "简体" not in row]

    assert [row[column] for row in steps] == [till[f"till.help.day.{row[0]}"] for row in steps]
    assert [text for text in said if text not in known and not {*text.split(" / ")} <= known] == []
