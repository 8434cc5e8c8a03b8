"""What a slice says about itself; `slices.py` lists them, one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Blueprint

from kit.jobs import Job


class Service(Protocol):
    """Something that runs beside the web server: devices, spool, sync."""

    def start(self) -> None:
        """Begin; must not wait for a device or the network."""

    def stop(self) -> None:
        """End within a few seconds."""


@dataclass(frozen=True)
class Slice:
    """`jobs` gets the running node and returns what the scheduler runs for this slice; `services` makes what
    runs beside the web server, started in the order of `slices.py` and stopped in reverse."""

    name: str
    blueprints: tuple[Blueprint, ...] = ()
    permissions: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    jobs: Callable[[Any], list[Job]] | None = None
    services: tuple[Callable[[Any], Service], ...] = ()
