"""Every case HW-01 … HW-10 is named by a test that plays it, and by the page that lists them and says what is missing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house.conftest import ROOT

IDS = [f"HW-{n:02d}" for n in range(1, 11)]
PAGE = ROOT / "docs" / "live.md"
ROW = re.compile(r"^\| (HW-\d\d) \|.*$", re.M)
HEAD = "| case | what | tests | missing |"
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


def rows(page: str) -> dict[str, tuple[str, ...]]:
    """Ids of the page's table → the other cells of the row: what, tests, missing."""
    found = [[cell.strip() for cell in row.group(0).strip("|").split("|")] for row in ROW.finditer(page)]
    return {cells[0]: tuple(cells[1:]) for cells in found}


def wrong(page: str, found: dict[str, set[str]]) -> list[str]:
    """Rows that name other tests than those which say that they play the case, or do not say what is missing."""
    table = rows(page)
    problems = [f"{id_} is not in the table" for id_ in found if id_ not in table]
    if HEAD not in page:
        problems.append("the table has no column for what is missing")
    for id_, cells in table.items():
        if len(cells) != 3 or not cells[2]:
            problems.append(f"{id_} does not say what is missing; a dash means nothing")
        if set(TEST.findall(cells[1])) != found.get(id_):
            problems.append(f"{id_} names other tests than play it")
    return problems


def test_each_case_has_its_tests_and_the_page_names_them_and_what_is_missing() -> None:
    found = {id_: names for id_, names in named_cases(ROOT / "tests").items() if id_ in IDS}
    assert sorted(found) == IDS
    assert wrong(PAGE.read_text(encoding="utf-8"), found) == []


def test_a_case_without_a_test_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(
        'def test_one():\n    """Words (HW-01)."""\n\ndef test_two(): ...\n'
    )
    assert named_cases(tmp_path) == {"HW-01": {"test_one"}}


def test_a_row_that_is_silent_about_its_gaps_is_noticed() -> None:
    found, good = {"HW-01": {"test_one"}}, f"{HEAD}\n|---|\n| HW-01 | words | `test_one` | — |\n"
    assert wrong(good, found) == []
    assert wrong(good.replace(" — ", "  "), found) == [
        "HW-01 does not say what is missing; a dash means nothing"
    ]
    assert wrong(good.replace(" | — |", " |"), found) == [
        "HW-01 does not say what is missing; a dash means nothing"
    ]
    assert wrong(good.replace("`test_one`", "`test_one`, `test_two`"), found) == [
        "HW-01 names other tests than play it"
    ]
    assert "the table has no column for what is missing" in wrong(good.replace(" missing |", ""), found)
    assert "HW-02 is not in the table" in wrong(good, found | {"HW-02": {"test_two"}})
