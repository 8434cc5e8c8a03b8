"""Texts in 简体, 繁體 and English from gettext catalogues, chosen per person.

`.po` files are the source and are read directly: no compile step on a store PC. A missing text shows its English.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import polib

from retail.errors import LianpuError, Misconfigured

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
FOLDERS = {"zh-Hans": "zh_Hans", "zh-Hant": "zh_Hant", "en": "en"}
_NAME = re.compile(r"\{(\w+)\}")
_WHY = re.compile(r"\bwhy\.\w+")
NAMES = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}


class Catalogue:
    """All texts of one app: every `.po` file in `<folder>/<language>/`, one per slice."""

    def __init__(self, folder: Path) -> None:
        self._texts = {language: _load(folder / name) for language, name in FOLDERS.items()}

    def text(self, language: str, message: str, /, **facts: object) -> str:
        """The message in that language with `{name}` facts filled in; the key itself when it is unknown.

        The fact `why` is said by `reason`.
        """
        table = self._texts.get(language, {})
        found = table.get(message) or self._texts["en"].get(message) or message
        if isinstance(why := facts.get("why"), str):
            facts["why"] = self.reason(language, why)
        return fill(found, facts)

    def reason(self, language: str, why: str) -> str:
        """A reason as it was kept: its keys (`why.…`) in that language, what stands around them as it is."""
        return _WHY.sub(lambda found: self.text(language, found[0]), why)

    def table(self, language: str, prefix: str = "") -> dict[str, str]:
        """Every text of a language whose key starts with `prefix`, English where it is missing."""
        merged = self._texts["en"] | self._texts.get(language, {})
        return {key: text for key, text in merged.items() if key.startswith(prefix)}

    def keys(self, language: str) -> set[str]:
        """Every key that has a text in this language."""
        return set(self._texts.get(language, {}))


def words_of(texts: Catalogue, error: LianpuError, language: str = "en") -> str:
    """An error as one line of a command line: what happened and what to do, then its code; else the bare error."""
    if isinstance(error, Misconfigured):
        return str(error)
    key = f"error.{error.code}"
    found = texts.text(language, key, **error.facts)
    return str(error) if found == key else f"{found} [{error}]"


def fill(text: str, facts: dict[str, object]) -> str:
    """Replace `{name}` by the fact of that name; unknown names stay, nothing is evaluated, a fact is never read
    for further names.
    """
    return _NAME.sub(lambda found: str(facts.get(found[1], found[0])), text)


@lru_cache(maxsize=16)
def _load(path: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for source in sorted(path.glob("*.po")):
        for entry in polib.pofile(str(source), encoding="utf-8").translated_entries():
            texts[entry.msgid] = entry.msgstr
    return texts


def pick(text: dict[str, str] | None, language: str) -> str:
    """One language of a Text; English, then anything, where it is missing."""
    if not text:
        return ""
    return text.get(language) or text.get("en") or next(iter(text.values()), "")
