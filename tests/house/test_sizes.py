"""60 lines a function, 500 a module (STYLE §1.8)."""

from __future__ import annotations

import ast

from tests.house.conftest import sources
from tests.house.exceptions import TOO_LONG

FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 500


def too_long() -> set[str]:
    found = set()
    for source in sources():
        if source.text.count("\n") > MODULE_LINES_MAX:
            found.add(source.name)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    found.add(f"{source.name}:{node.name}")
    return found


def test_no_function_and_no_module_is_too_long() -> None:
    assert sorted(too_long() - set(TOO_LONG)) == []


def test_the_list_of_exceptions_only_shrinks() -> None:
    assert sorted(set(TOO_LONG) - too_long()) == []
