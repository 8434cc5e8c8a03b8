"""GBK and Big5 are weighed, and a person is asked when they weigh alike."""

from __future__ import annotations

import io

import pytest

from hq.imports import actions
from hq.imports.encodings import decode
from retail.errors import Invalid
from tests.builders.hq import House

NAMES = (
    "可樂",
    "維他檸檬茶 250毫升",
    "出前一丁",
    "陳大文",
    "樽裝水",
    "蒸餾水 1 公升",
    "百事可樂 330毫升 x 8",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("gb18030", "GBK"),
        ("big5hkscs", "Big5"),
    ],
)
def test_a_name_is_read_as_it_was_written(name: str, encoding: str, shown: str) -> None:
    text = f"sku,name_zh_hant\nP1,{name}\n"

    assert decode(text.encode(encoding)) == (text, shown)


@pytest.mark.parametrize("encoding", ["gb18030", "big5hkscs"])
def test_a_known_header_decides(encoding: str) -> None:
    text = "商品編號,名稱繁體\nP1,嘉頓\n"

    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize("name", ["嘉頓", "豉油", "一"])
@pytest.mark.parametrize("encoding", ["gb18030", "big5hkscs"])
def test_a_short_file_that_reads_well_in_two_ways_is_not_guessed(name: str, encoding: str) -> None:
    raw = f"sku,name_zh_hant\nP1,{name}\n".encode(encoding)

    with pytest.raises(Invalid) as asked:
        decode(raw)

    assert asked.value.code == "imports.encoding_uncertain"
    assert f"“{name}”" in asked.value.facts["readings"]
    assert decode(raw, encoding)[0].endswith(f"P1,{name}\n")


def test_accents_in_utf_8_are_no_chinese() -> None:
    assert decode("sku,name_en\nP1,Café crème\n".encode())[1] == "UTF-8"


def test_the_dry_run_shows_the_first_good_rows(house: House) -> None:
    lines = "".join(f"P{n},維他檸檬茶 {n} 號\n" for n in range(1, 9))
    content = f"sku,name_zh_hant\nP 0,壞\n{lines}".encode("big5hkscs")
    browser = house.client("admin")

    answer = browser.post("/imports/new", kind="products", file=(io.BytesIO(content), "big5.csv"))
    page = browser.get(answer.headers["Location"]).text

    assert "Read as Big5" in page
    assert [f"維他檸檬茶 {n} 號" in page for n in range(1, 9)] == [True] * 5 + [False] * 3


def test_the_page_asks_with_both_readings(house: House) -> None:
    browser = house.client("admin")
    content = "sku,name_zh_hant\nP1,嘉頓\n".encode("big5hkscs")

    answer = browser.post("/imports/new", kind="products", file=(io.BytesIO(content), "b.csv"))

    asked = browser.get(answer.headers["Location"]).text
    assert "Big5 “嘉頓”" in asked and "Choose the characters" in asked
    assert house.value("SELECT count(*) FROM import_run") == 0


def test_a_big5_file_is_imported_as_it_was_shown(house: House) -> None:
    content = "sku,name_zh_hant\nP1,維他檸檬茶\n".encode("big5hkscs")

    found = actions.dry_run(house.ctx, kind="products", file_name="b.csv", content=content)
    actions.apply(house.ctx, found.run)

    assert house.value("SELECT name_zh_hant FROM product") == "維他檸檬茶"
