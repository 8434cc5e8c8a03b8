"""What the house tests look at: the tracked source files of the project."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("drivers", "edge", "hq", "kit", "proof", "retail", "schemas", "sync", "install")


@dataclass(frozen=True)
class Source:
    """One Python file; `name` is its path from the root."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Parsed when somebody first looks: most questions are answered by the text."""
        return ast.parse(self.text)


@lru_cache(maxsize=1)
def sources() -> tuple[Source, ...]:
    """Every Python file of the product (tests excluded)."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "__pycache__" in path.parts or "vendor" in path.parts[:-1]:
                continue
            text = path.read_text(encoding="utf-8")
            found.append(Source(str(path.relative_to(ROOT)), text))
    return tuple(found)
