"""Which refusals there are, by HTTP status: read from every `raise` in the source, so that no list can rot.

A code belongs to the whole API and not to one call: who can raise it is a question of paths through the code.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from kit import web
from kit.contract import MALFORMED
from retail import errors

ROOT = Path(__file__).resolve().parents[2]
KINDS: dict[str, type[errors.LianpuError]] = {
    kind.__name__: kind
    for module in (errors, web)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, errors.LianpuError)
}
# Work in the background: what it raises reaches no caller of an API.
BACKGROUND = ("edge/mirror/", "edge/rebuild/", "edge/scrub/", "edge/syncing/", "hq/backups/")
Refusals = dict[int, list[str]]


def refusals_of(packages: Iterable[str]) -> Refusals:
    """Codes by status, sorted."""
    found: dict[int, set[str]] = defaultdict(set)
    for status, name in web.NAMES_OF_HTTP.items():
        found[status].add(f"web.{name}")
    found[422].add(MALFORMED)
    for path in sorted(path for package in packages for path in (ROOT / package).rglob("*.py")):
        if path.relative_to(ROOT).as_posix().startswith(BACKGROUND):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for status, code in (*_raised(tree), *_fields(tree)):
            found[status].add(code)
    return {status: sorted(found[status]) for status in sorted(found)}


def _raised(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """`Kind("code", …)` anywhere, and `Kind(name)` with every text that the same function gives that name."""
    for scope in ast.walk(tree):
        if not isinstance(scope, ast.FunctionDef | ast.Module):
            continue
        names = _texts_by_name(scope)
        for call in ast.walk(scope):
            if isinstance(call, ast.Call) and call.args and _name(call.func) in KINDS:
                status = web.status_of(KINDS[_name(call.func)].__new__(KINDS[_name(call.func)]))
                for code in _texts(call.args[0], names):
                    yield status, code


def _fields(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The texts of `refused_as`, which `kit.contract.read` raises, and module constants that name one."""
    names = _texts_by_name(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.AnnAssign)
            and _name(node.target) == "refused_as"
            and isinstance(node.value, ast.Dict)
        ):
            for value in node.value.values:
                yield from ((422, code) for code in _texts(value, names))


def _texts_by_name(scope: ast.AST) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            found[_name(node.targets[0])] += _texts(node.value, {})
    return found


def _texts(node: ast.AST, names: dict[str, list[str]]) -> list[str]:
    """A text, both sides of a choice, or what a name stands for."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body, names) + _texts(node.orelse, names)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return names.get(_name(node), []) if isinstance(node, ast.Name) else []


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
