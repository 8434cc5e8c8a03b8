"""Texts of three languages from .po files."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.i18n import Catalogue, fill, pick


@pytest.fixture
def texts(tmp_path: Path) -> Catalogue:
    def write(folder: str, name: str, entries: dict[str, str]) -> None:
        (tmp_path / folder).mkdir(exist_ok=True)
        body = "\n".join(f'msgid "{key}"\nmsgstr "{text}"\n' for key, text in entries.items())
        head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        (tmp_path / folder / f"{name}.po").write_text(head + body, encoding="utf-8")

    write("en", "till", {"till.pay": "Pay {amount}", "till.only": "Only here", "till.empty": ""})
    write(
        "en",
        "people",
        {"people.wait": "Wait {seconds} s", "people.said": "Said: {why}", "why.silent": "no answer in"},
    )
    write("zh_Hans", "till", {"till.pay": "付款 {amount}"})
    write("zh_Hans", "people", {"why.silent": "没有回应："})
    return Catalogue(tmp_path)


def test_a_text_is_shown_in_the_language_of_the_person(texts: Catalogue) -> None:
    assert texts.text("zh-Hans", "till.pay", amount="10.00") == "付款 10.00"
    assert texts.text("en", "people.wait", seconds=5) == "Wait 5 s"


def test_a_missing_text_is_shown_in_english_and_an_unknown_one_by_its_key(texts: Catalogue) -> None:
    assert texts.text("zh-Hans", "till.only") == "Only here"
    assert texts.text("fr", "till.only") == "Only here"
    assert texts.text("en", "till.nothing") == "till.nothing"
    assert texts.text("en", "till.empty") == "till.empty"


def test_a_reason_is_said_in_the_language_and_the_words_around_it_stay(texts: Catalogue) -> None:
    why = "/mnt/nas: till.only; ftp: why.silent 30 s; s3: why.unknown"

    assert texts.reason("zh-Hans", why) == "/mnt/nas: till.only; ftp: 没有回应： 30 s; s3: why.unknown"
    assert texts.text("en", "people.said", why=why).startswith(
        "Said: /mnt/nas: till.only; ftp: no answer in 30 s"
    )


def test_a_table_is_whole_in_every_language(texts: Catalogue) -> None:
    assert texts.table("zh-Hans", "till.") == {"till.pay": "付款 {amount}", "till.only": "Only here"}


def test_facts_are_filled_once_and_never_evaluated() -> None:
    assert fill("{a} {b}", {"a": "{b}", "b": "x"}) == "{b} x"
    assert fill("{a.__class__} {a!r} {0}", {"a": 1}) == "{a.__class__} {a!r} {0}"


def test_facts_may_be_called_like_arguments(texts: Catalogue) -> None:
    assert texts.text("en", "till.pay", message="m", language="l", amount=1) == "Pay 1"


def test_one_language_of_a_text() -> None:
    text = {"en": "Tea", "zh-Hans": "茶", "zh-Hant": ""}
    assert (pick(text, "zh-Hans"), pick(text, "zh-Hant"), pick(text, "fr")) == ("茶", "Tea", "Tea")
    assert (pick({"zh-Hant": "茶"}, "en"), pick({}, "en"), pick(None, "en")) == ("茶", "", "")
