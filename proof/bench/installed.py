"""How much of a disk a store's installation takes, without Python, pip and a Chinese font.

Computed, not installed: what the extra `edge` of this project asks for is followed through the metadata of the
packages in this environment, down to the last dependency, and the files that each package's own record lists are
added up. Python modules count twice, as source and compiled, for pip compiles them at the installation; one that is not
compiled here is compiled in memory. The project itself counts with every file of its packages, as the wheel carries
them. pip is left out although a package asks for it: every environment has one.
"""

from __future__ import annotations

import importlib.util
import marshal
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from proof.skipped import Skipped

PROJECT, EXTRA = "lianpu", "edge"
PACKAGES = ("drivers", "edge", "hq", "kit", "proof", "retail", "schemas", "sync")
LEFT_OUT = {"pip"}
MB = 10**6
PYC_HEADER = 16


def store_mb() -> float:
    """MB (of 10**6 bytes) of a store's installation."""
    needed = needs(PROJECT, EXTRA) - {PROJECT} - LEFT_OUT
    return (sum(size(files_of(name)) for name in needed) + size(own_files())) / MB


def bare_mb() -> float:
    """MB of Flask and cheroot with what they need."""
    return sum(size(files_of(name)) for name in (needs("flask") | needs("cheroot")) - LEFT_OUT) / MB


def needs(name: str, extra: str = "") -> set[str]:
    """A package and everything that it asks for in this environment, by their normal names."""
    try:
        from packaging.requirements import Requirement
    except ModuleNotFoundError as error:  # comes with the tools of a developer, not with a store
        raise Skipped("no packaging: install the extra dev") from error

    found: set[tuple[str, str]] = set()
    waiting = {(normal(name), extra)}
    while waiting:
        package, extra = waiting.pop()
        found.add((package, extra))
        for text in metadata.requires(package) or []:
            asked = Requirement(text)
            if asked.marker is None or asked.marker.evaluate({"extra": extra}):
                waiting |= {(normal(asked.name), e) for e in asked.extras | {""}} - found
    return {package for package, _ in found}


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def files_of(name: str) -> list[Path]:
    """The files of a package's record that are there, but for compiled ones."""
    paths = (Path(str(file.locate())) for file in metadata.files(name) or [])
    return [path for path in paths if path.suffix != ".pyc" and path.is_file()]


def own_files() -> list[Path]:
    """The files of the project's own packages."""
    found = []
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.submodule_search_locations
        for folder in spec.submodule_search_locations:
            found += [p for p in Path(folder).rglob("*") if p.is_file() and p.parent.name != "__pycache__"]
    return found


def size(files: Iterable[Path]) -> int:
    """Bytes of these files, each module with its compiled form."""
    return sum(path.stat().st_size + (compiled(path) if path.suffix == ".py" else 0) for path in files)


def compiled(path: Path) -> int:
    """Bytes of a compiled module; nought for a file that is no Python of this version."""
    cached = Path(importlib.util.cache_from_source(str(path)))
    if cached.is_file():
        return cached.stat().st_size
    try:
        return PYC_HEADER + len(marshal.dumps(compile(path.read_bytes(), str(path), "exec")))
    except (SyntaxError, ValueError):
        return 0  # a template of a package, in which pip leaves it too
