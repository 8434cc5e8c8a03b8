"""The Chinese of both applications uses the nouns of the glossary and no others for the same thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Words for a store, a shift and a till that are not those of docs/glossary.md.
STRAY = {
    "zh_Hans": ("店铺|分店|商店|铺头", "更次|轮班|当班", "收银台"),
    "zh_Hant": ("店舖|店鋪|分店|商店|舖頭", "班次|輪班|當班|交班", "收銀台|收銀檯"),
}


@pytest.mark.parametrize("app", ["edge", "hq"])
@pytest.mark.parametrize("language", STRAY)
def test_a_store_a_shift_and_a_till_have_one_name_each(language: str, app: str) -> None:
    found = [
        f"{path.name}: {line}"
        for path in sorted((ROOT / app / "i18n" / language).glob("*.po"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("msgstr") and any(re.search(words, line) for words in STRAY[language])
    ]

    assert found == []
