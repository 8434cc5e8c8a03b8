"""Every refusal that a person may see has words in three languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from drivers.errors import FAILURES
from kit.i18n import LANGUAGES, Catalogue

ROOT = Path(__file__).resolve().parents[3]
PARTS = ("edge", "retail", "kit", "drivers", "sync", "schemas")
CODE = re.compile(r"^[a-z]+\.[a-z0-9_]+$")
RAISERS = {
    "Refused", "Invalid", "NotFound", "Conflict", "NotPermitted", "NotNow", "LimitExceeded", "Unavailable",
    "DeviceError", "NetworkError", "DatabaseBusy", "DatabaseReplaced", "ProtocolError", "LianpuError",
    "device_error", "Uncertain", "WrongAddress",
}  # fmt: skip


def codes_in(node: ast.AST) -> set[str]:
    texts = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return {text for text in texts if isinstance(text, str) and CODE.match(text)}


def raised() -> dict[str, str]:
    """Code → the file that raises it: constants in the first arguments of our errors, or assigned to `code`."""
    found: dict[str, str] = {}
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                codes: set[str] = set()
                if isinstance(node, ast.Call) and node.args:
                    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                    if name in RAISERS:
                        codes = codes_in(node.args[0])
                elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "code":
                    codes = codes_in(node.value)
                found |= {code: str(path.relative_to(ROOT)) for code in codes}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_is_raised_has_words(language: str) -> None:
    texts = Catalogue(ROOT / "edge" / "i18n").keys(language)

    missing = sorted(f"{code} ({where})" for code, where in raised().items() if f"error.{code}" not in texts)

    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_of_a_device_has_words(language: str) -> None:
    texts = Catalogue(ROOT / "edge" / "i18n").keys(language)

    assert [code for code in FAILURES if f"error.{code}" not in texts] == []


def test_the_search_finds_codes_in_every_form() -> None:
    found = raised()

    assert {
        "people.approval_needed",
        "shifts.none_open",
        "link.reset",
        "web.host_not_allowed",
        "db.busy",
    } <= set(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_name_no_code_and_end_as_sentences(language: str) -> None:
    table = Catalogue(ROOT / "edge" / "i18n").table(language, "error.")

    assert [key for key, text in table.items() if text[-1] not in ".。" or "error." in text] == []
