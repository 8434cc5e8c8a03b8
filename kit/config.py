"""Reads one TOML file into a Struct; unknown keys are errors with a suggestion; the environment overrides.

`LIANPU_EDGE_PORT=8102` beats `port = 8101` in the file, a list is written with commas, and a variable with the
app's prefix that names no setting is an error too. Every problem is reported at once.
"""

from __future__ import annotations

import difflib
import tomllib
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from retail.errors import Misconfigured

T = TypeVar("T", bound=msgspec.Struct)


def load(kind: type[T], path: Path, environment: Mapping[str, str], prefix: str) -> T:
    """The configuration of one app. Raises `Misconfigured` with every problem found."""
    known = [field.name for field in msgspec.structs.fields(kind)]
    lists = {field.name for field in msgspec.structs.fields(kind) if typing.get_origin(field.type) is list}
    problems: list[str] = []
    values = _known(_read(path), known, problems, lambda name: f"{path}")
    overlay = {
        name[len(prefix) :].lower(): text for name, text in environment.items() if name.startswith(prefix)
    }
    for name, text in _known(overlay, known, problems, lambda name: prefix + name.upper()).items():
        values[name] = [part.strip() for part in text.split(",") if part.strip()] if name in lists else text
    try:
        loaded = msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        problems.append(f"{path}: {error}")
    if problems:
        raise Misconfigured(problems)
    return loaded


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:  # tomllib's errors and a wrong encoding are ValueErrors
        raise Misconfigured([f"{path}: {error}"]) from error


def _known(
    values: Mapping[str, Any], known: list[str], problems: list[str], source: Callable[[str], str]
) -> dict[str, Any]:
    """The known settings; each unknown one is a problem with the nearest name."""
    found = {}
    for name, value in values.items():
        if name in known:
            found[name] = value
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        problems.append(f"{source(name)}: unknown setting {name}{hint}")
    return found
