"""Sticks: a store's mirror in a second place, which outlives its disk (docs/mirror.md). Some stores have one.

The real service looks after each sale and at each start, by the same code and without its thread. What it has copied
of what buyers were told, no lost or older disk takes back: those sales stay promised, and U5 asks for them at the end.
"""

from __future__ import annotations

from pathlib import Path

from edge.mirror.folder import Folder
from edge.mirror.keeper import READY, Mirror, owner_of
from edge.node import Node
from proof.sim.stage import Stage
from retail.errors import NetworkError
from sync.calls import Answer, Request
from sync.transport import Transport


class Errand:
    """The line on which a node asks for its mirror's key, once: good, or not there."""

    def __init__(self, stage: Stage, line: Transport) -> None:
        self._stage, self._line = stage, line

    def send(self, request: Request) -> Answer:
        """HQ's answer; raises `NetworkError` while HQ is down."""
        if self._stage.hq_down:
            raise NetworkError("sync.unreachable", why="down")
        return self._line.send(request)

    def close(self) -> None:
        """Nothing is held."""


class Stick:
    """One store's stick with the service that fills it: `safe` are the told sales that it has."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage, self._folder = stage, folder
        self._mirror: Mirror | None = None
        self.safe: set[str] = set()
        self.state = ""
        folder.mkdir()

    def plug(self, node: Node, line: Transport) -> None:
        """The node has started: compare before the first sale, as the server does."""
        place = Folder(self._folder, owner_of(node))
        self._mirror = Mirror(node, place, Errand(self._stage, line))

    def look(self, told: set[str]) -> None:
        """One turn of the service. `told` are the sales that are on this disk and promised."""
        assert self._mirror is not None
        before = self._mirror.brought_back
        self._mirror.turn()
        self.state = self._mirror.state
        if self.state == READY:
            self.safe |= told
        if self._mirror.brought_back > before:
            self._stage.struck("mirror_brought_back")
