"""Every case HW-01 … HW-10 is named by a test that plays it, and by the page that lists them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.conftest import ROOT

IDS = [f"HW-{n:02d}" for n in range(1, 11)]
PAGE = ROOT / "docs" / "live.md"
ROW = re.compile(r"^\| (HW-\d\d) \|.*$", re.M)
TEST = re.compile(r"`(test_\w+)`")


def named_cases(folder: Path) -> dict[str, set[str]]:
    """Ids in the docstrings of test functions → the names of those functions."""
    found: dict[str, set[str]] = {}
    for file in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for id_ in re.findall(r"HW-\d\d", ast.get_docstring(node) or ""):
                    found.setdefault(id_, set()).add(node.name)
    return found


def listed(page: str) -> dict[str, set[str]]:
    """Ids of the page's table → the tests that its row names."""
    return {row.group(1): set(TEST.findall(row.group(0))) for row in ROW.finditer(page)}


def test_each_case_has_its_tests_and_the_page_names_them() -> None:
    found = {id_: names for id_, names in named_cases(ROOT / "tests").items() if id_ in IDS}
    assert sorted(found) == IDS
    assert listed(PAGE.read_text(encoding="utf-8")) == found


def test_a_case_without_a_test_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(
        'def test_one():\n    """Words (HW-01)."""\n\ndef test_two(): ...\n'
    )
    assert named_cases(tmp_path) == {"HW-01": {"test_one"}}
    assert listed("| HW-01 | words | `test_one`, `test_two` |\n") == {"HW-01": {"test_one", "test_two"}}
