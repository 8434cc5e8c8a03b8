"""Tests wait for what happens, not for time to pass: no sleep, and none that is dressed up as an event."""

from __future__ import annotations

import ast

import pytest

from tests.house.conftest import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_event(node: ast.AST | None) -> bool:
    """`Event()` or `threading.Event()`."""
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Event"


def only_waited_for(function: Function) -> set[str]:
    """Names of events of a function with which nothing is done but to wait: nobody can ever set them."""
    made = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and is_event(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    waits = {
        id(node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr == "wait"
    }
    used = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in waits
    }
    return made - used


def sleeps(tree: ast.Module) -> list[int]:
    """Lines of a file that let time pass."""
    found = {
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, Function)
        for names in [only_waited_for(function)]
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "wait"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        dressed = (
            name == "wait" and is_event(getattr(node.func, "value", None)) and (node.args or node.keywords)
        )
        if name == "sleep" or dressed:
            found.add(node.lineno)
    return sorted(found)


def test_no_test_sleeps() -> None:
    files = sorted((ROOT / "tests").rglob("*.py"))
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in files
        for line in sleeps(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert (found, len(files) > 300) == ([], True)


@pytest.mark.parametrize(
    "planted",
    ["time.sleep(1)", "threading.Event().wait(0.1)", "Event().wait(timeout=1)",
     "def f():\n    waited = threading.Event()\n    for _ in range(9):\n        waited.wait(0.01)"],
)  # fmt: skip
def test_planted_sleeps_are_found(planted: str) -> None:
    assert sleeps(ast.parse(planted))


@pytest.mark.parametrize(
    "fine",
    ["Event().wait()", "def f():\n    done = Event()\n    start(done.set)\n    done.wait(5)",
     "def f():\n    done = Event()\n    g(done)\n    assert done.wait(5)"],
)  # fmt: skip
def test_what_somebody_sets_is_no_sleep(fine: str) -> None:
    assert sleeps(ast.parse(fine)) == []
