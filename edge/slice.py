"""What a slice says about itself; `slices.py` lists them, one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from kit.jobs import Job


@dataclass(frozen=True)
class Slice:
    """`jobs` gets the running node and returns what the scheduler runs for this slice."""

    name: str
    blueprints: tuple[Blueprint, ...] = ()
    permissions: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    jobs: Callable[[Any], list[Job]] | None = None
