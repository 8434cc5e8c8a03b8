"""What a slice tells the application: one record, registered by one line in `hq/slices.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from kit.jobs import Job
from kit.sql import Connection

ADMINISTRATOR = "administrator"
MERCHANDISER = "merchandiser"
AUDITOR = "auditor"
ROLES = (ADMINISTRATOR, MERCHANDISER, AUDITOR)
EVERYONE = frozenset(ROLES)

Builder = Callable[[Connection, str, str], bytes | None]


@dataclass(frozen=True)
class MenuItem:
    """An entry of the side bar; `label` is a text key, `group` one of the groups of the console."""

    group: str
    label: str
    endpoint: str
    permission: str


@dataclass(frozen=True)
class Slice:
    """`permissions` maps `slice.verb` to the roles that hold it; `builders` maps a row kind to its builder.

    `pages` name the blueprints as `module:name`; the application loads them when it is built, so that reading a
    slice's record, rows or rules never loads the web. `open_paths` are prefixes whose blueprints authenticate
    callers by themselves (devices, not people).
    """

    name: str
    pages: tuple[str, ...] = ()
    permissions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    menu: tuple[MenuItem, ...] = ()
    builders: Mapping[str, Builder] = field(default_factory=dict)
    jobs: Callable[[Any], list[Job]] = lambda _hq: []
    open_paths: tuple[str, ...] = ()

    def blueprints(self) -> list[Any]:
        """The blueprints behind `pages`, loaded now."""
        places = [place.partition(":") for place in self.pages]
        return [getattr(import_module(module), name) for module, _, name in places]
