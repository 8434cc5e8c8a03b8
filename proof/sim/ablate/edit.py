"""Breaking a function in place: its source with one piece of text replaced, compiled into the same function object.

The code object is exchanged and nothing else, so every table, closure and import that holds the function runs the
broken code, and all of it is whole again at the end.
"""

from __future__ import annotations

import importlib
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from types import CodeType, FunctionType
from typing import Any

from proof.sim.ablate.reach import planted, reached


class Misfit(Exception):
    """The text that an edit replaces does not stand exactly once in its function: the product has moved on."""


@dataclass(frozen=True)
class Edit:
    """In the function at `where` ("package.module:Class.method") replace `right` by `wrong`.

    `wrong` may use `planted(right, wrong)`, `reached(when)` and whatever is in `names`.
    """

    where: str
    right: str
    wrong: str
    names: Mapping[str, Any] = field(default_factory=dict)


def function_at(where: str) -> FunctionType:
    """The plain function behind a name: of a property its getter, of a decorated one what it wraps."""
    module, _, path = where.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = inspect.getattr_static(found, name)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, cached_property):
        found = found.func
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    found = inspect.unwrap(found)
    assert isinstance(found, FunctionType), where
    return found


def broken_code(edits: Iterable[Edit]) -> tuple[FunctionType, CodeType]:
    """A function and its code with these edits, which are all of this one function."""
    edits = list(edits)
    function = function_at(edits[0].where)
    source = inspect.getsource(function)
    for edit in edits:
        if source.count(edit.right) != 1:
            raise Misfit(f"{edit.where} has {source.count(edit.right)} times {edit.right!r}")
        source = source.replace(edit.right, edit.wrong)
    text = "\n" * (function.__code__.co_firstlineno - 1) + textwrap.dedent(source)
    flags = annotations.compiler_flag
    whole = compile(text, function.__code__.co_filename, "exec", flags=flags, dont_inherit=True)
    name = function.__code__.co_name
    (code,) = [part for part in whole.co_consts if isinstance(part, CodeType) and part.co_name == name]
    if code.co_freevars != function.__code__.co_freevars:
        raise Misfit(f"{edits[0].where} is a closure")
    return function, code


def fits(edits: Iterable[Edit]) -> None:
    """Raise `Misfit` when one of the edits does not fit the product as it is."""
    for _, group in groupby(sorted(edits, key=_where), key=_where):
        broken_code(group)


def _where(edit: Edit) -> str:
    return edit.where


@contextmanager
def in_place(edits: Iterable[Edit]) -> Iterator[None]:
    """The product with these mistakes in it."""
    with ExitStack() as stack:
        for _, group in groupby(sorted(edits, key=_where), key=_where):
            stack.enter_context(_one(list(group)))
        yield


@contextmanager
def _one(edits: list[Edit]) -> Iterator[None]:
    function, code = broken_code(edits)
    names: dict[str, Any] = {"planted": planted, "reached": reached}
    for edit in edits:
        names |= edit.names
    before = {name: function.__globals__[name] for name in names if name in function.__globals__}
    kept = function.__code__
    function.__globals__.update(names)
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = kept
        for name in names:
            function.__globals__.pop(name)
        function.__globals__.update(before)
