"""Brands and categories that a file names by words: found by the languages that the row gives, else made.

A row says nothing about the languages that it leaves out. A product keeps its brand and category while the words
of the row agree with them; otherwise a label of which these words are a part is taken, when there is only one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from hq.imports import cells
from hq.imports.model import Checks, Row
from hq.settings.repository import dumps

Text = dict[str, str]
Words = tuple[tuple[str, str], ...]
BRAND_LENGTH_MAX = 80
LEVELS = ("cat1", "cat2", "cat3")


@dataclass(frozen=True)
class Named:
    """The words of one row; `levels` end with the first that is empty."""

    brand: Text
    levels: tuple[Text, ...]

    @classmethod
    def read(cls, row: Row, checks: Checks) -> Named:
        """From the columns of brand and of three levels of categories."""
        brand = cells.text3(row, checks, "brand", limit=BRAND_LENGTH_MAX)
        levels = []
        for level in LEVELS:
            name = cells.text3(row, checks, level)
            if not name:
                break
            levels.append(name)
        return cls(brand, tuple(levels))


class Labels:
    """All brands and categories, and those that a file makes."""

    def __init__(self, brands: dict[str, Text], categories: dict[str, Text], parents: dict[str, str]) -> None:
        self.brands = dict(brands)
        self.categories = dict(categories)
        self.parents = dict(parents)
        self.made_brands: dict[str, Text] = {}
        self.made_categories: dict[str, dict[str, Any]] = {}
        self._index: dict[tuple[str, Words], str] = {}
        self._whole: dict[tuple[str, Words], str] = {}
        for code, name in brands.items():
            self._learn("brand", code, name)
        for code, name in categories.items():
            self._learn(f"below {parents[code]}", code, name)

    def _learn(self, place: str, code: str, name: Text) -> None:
        self._whole.setdefault((place, _words(name)), code)
        for part in _parts(_words(name)):
            known = self._index.setdefault((place, part), code)
            if known != code:
                self._index[place, part] = ""

    def _find(self, place: str, name: Text) -> str:
        key = (place, _words(name))
        return self._whole.get(key) or self._index.get(key, "")

    def brand(self, name: Text, before: str) -> str:
        """The code of the brand with these words; `before` when the row names none or agrees with it."""
        if not name or _agrees(name, self.brands.get(before)):
            return before
        code = self._find("brand", name)
        if not code:
            code = "b-" + hashlib.sha256(repr(_words(name)).encode()).hexdigest()[:10]
            if code not in self.brands:
                self.brands[code] = self.made_brands[code] = name
                self._learn("brand", code, name)
        return code

    def category(self, levels: Sequence[Text], before: str) -> str:
        """The code of the lowest level that the row names; `before` when it names none or agrees with it."""
        have = self._path(before)
        if len(levels) <= len(have) and all(
            _agrees(name, self.categories.get(code)) for name, code in zip(levels, have, strict=False)
        ):
            return before
        parent = ""
        path: list[Words] = []
        for name in levels:
            path.append(_words(name))
            parent = self._find(f"below {parent}", name) or self._make(path, name, parent)
        return parent

    def _make(self, path: list[Words], name: Text, parent: str) -> str:
        code = "c-" + hashlib.sha256(repr(path).encode()).hexdigest()[:10]
        if code not in self.categories:
            position = len(self.made_categories)
            self.made_categories[code] = {
                "code": code, "parent": parent or None, "name": dumps(name), "position": position,
            }  # fmt: skip
            self.categories[code], self.parents[code] = name, parent
            self._learn(f"below {parent}", code, name)
        return code

    def _path(self, code: str) -> list[str]:
        """From the top down to a category."""
        path: list[str] = []
        while code and code not in path:
            path.insert(0, code)
            code = self.parents.get(code, "")
        return path


def _words(name: Text) -> Words:
    return tuple(sorted(name.items()))


def _parts(words: Words) -> Iterator[Words]:
    for size in range(1, len(words) + 1):
        yield from combinations(words, size)


def _agrees(name: Text, stored: Text | None) -> bool:
    return stored is not None and all(stored.get(language) == text for language, text in name.items())
