"""docs/security.md claims a case of the list of faults only with tests that exist and name it; none is left out."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

import pytest

from tests.house.conftest import ROOT

PAGE = ROOT / "docs" / "security.md"
# The cases that belong to what exists (issue 3 §4).
CLAIMED = [*range(1, 17), *range(20, 26), *range(28, 31), 32, *range(36, 41)]
IDS = [f"SC-{number:02d}" for number in CLAIMED]
ROW = re.compile(r"^\| (SC-\d\d) \| (.+?) \| (.*?) \| (.+?) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@lru_cache(maxsize=256)
def docstrings(file: str) -> dict[str, str]:
    """Test → its docstring, of one file; empty when there is none."""
    path = ROOT / file
    if not path.exists():
        return {}
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name: ast.get_docstring(node) or "" for node in body if isinstance(node, ast.FunctionDef)}


def problems(page: str) -> list[str]:
    """What the table leaves out, invents, says twice, or claims without a test that names it."""
    rows = ROW.findall(page)
    ids = [row[0] for row in rows]
    found = [f"{id_} is not in the table" for id_ in IDS if id_ not in ids]
    found += [f"{id_} is not on the list" for id_ in ids if id_ not in IDS]
    found += [f"{id_} stands twice" for id_ in sorted(set(ids)) if ids.count(id_) > 1]
    for id_, _what, shown, _missing in rows:
        tests = TEST.findall(shown)
        if not tests:
            found.append(f"{id_} has no test")
        for file, name in tests:
            words = docstrings(file).get(name)
            if words is None:
                found.append(f"{id_}: {file}::{name} does not exist")
            elif id_ not in words:
                found.append(f"{id_}: {file}::{name} does not name it")
    return found


def test_every_claim_has_a_test_that_names_it() -> None:
    assert problems(PAGE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("| SC-24 |", "| SC-26 |", ["SC-24 is not in the table", "SC-26 is not on the list"]),
        ("| SC-24 |", "| SC-25 |", ["SC-24 is not in the table", "SC-25 stands twice"]),
        ("::test_nothing_makes_code_or_templates_of_data", "::test_gone", ["SC-24: tests/house/test_dangers.py::test_gone does not exist"]),
        ("`tests/house/test_dangers.py::test_nothing_makes_code_or_templates_of_data`", "trust us", ["SC-24 has no test"]),
    ],
)  # fmt: skip
def test_a_false_claim_is_found(old: str, new: str, said: list[str]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(old) == 1

    found = problems(page.replace(old, new))

    assert [line for line in said if line not in found] == []
