"""Reads one TOML file into a Struct; unknown keys are errors with a suggestion; the environment overrides.

`LIANPU_EDGE_PORT=8102` beats `port = 8101` in the file. Every problem is reported at once.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from retail.errors import Misconfigured

T = TypeVar("T", bound=msgspec.Struct)


def load(kind: type[T], path: Path, environment: Mapping[str, str], prefix: str) -> T:
    """The configuration of one app. Raises `Misconfigured` with every problem found."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise Misconfigured([f"{path}: {error}"])
    known = [field.name for field in msgspec.structs.fields(kind)]
    for name in list(values):
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            problems.append(f"{path}: unknown setting {name}{hint}")
            del values[name]
    for name in known:
        text = environment.get(f"{prefix}{name.upper()}")
        if text is not None:
            values[name] = text.split(",") if name.endswith("names") else text
    try:
        loaded = msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        problems.append(f"{path}: {error}")
    if problems:
        raise Misconfigured(problems)
    return loaded
