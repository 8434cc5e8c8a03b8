"""Imports run one way: no circle among HQ's modules, and what decides, reads or stores never sees the web."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter

from tests.house.conftest import Source, sources

WEB = re.compile(r"flask(\.|$)|werkzeug(\.|$)|hq\.web$|hq\.display$|hq(\.\w+)*\.pages$")
BLIND = re.compile(
    r"^hq/(\w+/)?(actions|repository|queries|builders|model|rules|allowed|change|running|slice)\.py$"
)


def module(source: Source) -> str:
    """The dotted name of a file."""
    return source.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(source: Source) -> set[str]:
    """Every module that a file names in an import, wherever the import stands (TYPE_CHECKING too)."""
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_hq_has_no_import_circle() -> None:
    files = {module(source): source for source in sources() if source.name.startswith("hq/")}
    arrows = {}
    for name, source in files.items():
        found = imported(source) & set(files)
        # `from hq.sales import queries` reads the module, not the package around it
        arrows[name] = {one for one in found if not any(other.startswith(f"{one}.") for other in found)} - {
            name
        }

    try:
        TopologicalSorter(arrows).prepare()
        circle: list[str] = []
    except CycleError as error:
        circle = error.args[1]

    assert circle == []
    assert len(arrows) > 100


def test_actions_and_rows_of_hq_never_import_the_web() -> None:
    found = [
        f"{source.name}: {name}"
        for source in sources()
        if BLIND.match(source.name)
        for name in sorted(imported(source))
        if WEB.match(name)
    ]

    assert found == []
