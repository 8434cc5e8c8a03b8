"""Nothing of the product is there for its tests only."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.house.conftest import ROOT, sources

WORD = re.compile(r"\w+")
# What the product makes and only others use, each with its reason.
FOR_OTHERS = {
    "code_at": "what a phone shows: tests have none",
    "is_here": "tests of a benchmark ask whether it was installed",
    "OWNED": "a table of docs/events.md is compared with it",
}


def test_what_a_module_makes_is_named_again() -> None:
    """Functions and constants, in Python, a template or pyproject.toml; what is decorated is called by its decorator."""
    named: Counter[str] = Counter()
    for source in sources():
        named.update(WORD.findall(source.text))
    for path in (ROOT / "pyproject.toml", *ROOT.glob("*/**/templates/**/*.html")):
        named.update(WORD.findall(path.read_text(encoding="utf-8")))
    made = {name: source.name for source in sources() for node in source.tree.body for name in names(node)}

    assert len(made) > 1000
    assert {name: where for name, where in made.items() if named[name] < 2 and name not in FOR_OTHERS} == {}
    assert {name for name in FOR_OTHERS if named[name] > 1} == set()


def names(node: ast.stmt) -> list[str]:
    """What a statement of a module makes for others."""
    found = [node.name] if isinstance(node, ast.FunctionDef) and not node.decorator_list else []
    if isinstance(node, ast.Assign):
        found = [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [name for name in found if not name.startswith("_")]
