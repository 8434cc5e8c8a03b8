"""What a product is found by: its codes, its names, its brand, and the pinyin initials of the Chinese names."""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_HAN = re.compile(r"[\u3400-\u9fff]+")
INITIALS_LENGTH_MAX = 80


@lru_cache(maxsize=65_536)
def _initials_of_run(run: str) -> str:
    return "".join(part[:1] for part in lazy_pinyin(run, style=Style.FIRST_LETTER, errors="ignore")).lower()


def initials(text: str) -> str:
    """`可口可乐 330` → `kkkl330`: letters and digits stay, other signs go."""
    parts, at = [], 0
    for found in _HAN.finditer(text):
        parts.append(_plain(text[at : found.start()]))
        parts.append(_initials_of_run(found.group()))
        at = found.end()
    parts.append(_plain(text[at:]))
    return "".join(parts)[:INITIALS_LENGTH_MAX]


def _plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isascii() and sign.isalnum())


def pinyin_of(name: dict[str, str], brand: dict[str, str]) -> str:
    """The initials of brand and name in 简体, then of the 繁體 ones where they differ, separated by a blank."""
    found: list[str] = []
    for language in ("zh-Hans", "zh-Hant"):
        if name.get(language):
            text = initials(f"{brand.get(language, '')}{name[language]}")
            if text and text not in found:
                found.append(text)
    return " ".join(found)


def search_of(sku: str, name: dict[str, str], brand: dict[str, str], pinyin: str, codes: list[str]) -> str:
    """Everything in small letters with blanks between."""
    parts = [sku, *name.values(), *brand.values(), pinyin, *codes]
    return " ".join(part for part in parts if part).lower()
