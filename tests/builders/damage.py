"""What a disk does to the database of somebody who has a node open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge.node import Node
from kit.db import Connection
from proof.sim import rot


class Open(Protocol):
    """Somebody who has a node open."""

    node: Node


def edited(store: Open, edit: Callable[[Connection], object]) -> None:
    """Change the database as no program of ours would; its guards are there again afterwards."""
    rot.edited(store.node, edit)


def flipped(store: Open, id_: str, bit: int = 0x01) -> None:
    """One bit in the middle of the bytes of an event."""
    rot.flipped(store.node, id_, bit)
