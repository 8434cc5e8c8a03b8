"""A quiet chain for directed stories: HQ, stores on a line that never fails, a clock that moves when told."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.node import Node
from edge.syncing import identity as identities
from edge.syncing.running import Links, make_links
from kit.clock import ManualClock
from proof.sim.parties import Centre, open_node, open_shift
from proof.sim.ready import a_ready_centre, a_ready_node, give_back
from sync.calls import Answer, Request
from sync.runner import Link

TURNS_MAX = 400
Send = Callable[[Request], Answer]


@dataclass
class Store:
    """A node with its two directions."""

    node: Node
    links: Links

    def turn(self, send: Send, looked: Callable[[], None] = lambda: None) -> None:
        """Both directions ask until they have nothing to ask; `looked` after each answer."""
        for link in (self.links.up, self.links.down):
            _pump(link, send, looked)

    def ids(self) -> set[str]:
        """Every event on the disk."""
        return {row["id"] for row in self.node.db.rows("SELECT id FROM body")}


def _linked(node: Node) -> Store:
    identity = identities.load(node.db)
    assert identity is not None
    return Store(node, make_links(node, identity, listens=False, uniform=_middle))


def _pump(link: Link, send: Send, looked: Callable[[], None]) -> None:
    request, turns = link.wake(), 0
    while request is not None and turns < TURNS_MAX:
        request, turns = link.answered(send(request)), turns + 1
        looked()


@dataclass
class Quiet:
    """HQ and its stores."""

    centre: Centre
    clock: ManualClock
    folder: Path

    def store(self, code: str = "001", **config: Any) -> Store:
        """An enrolled store with an open shift."""
        node = a_ready_node(self.folder / code, self.centre, code, self.clock, **config)
        open_shift(node, f"shift-{code}")
        return _linked(node)

    def copy(self, store: Store) -> Path:
        """The store's files as they are now, without the witness, which lies elsewhere."""
        store.node.db.checkpoint()
        store.node.reference.db.checkpoint()
        home = store.node.home
        return Path(shutil.copytree(home, f"{home}.kept", ignore=shutil.ignore_patterns("*.lock", "ballast")))

    def put_back(self, store: Store, kept: Path) -> Store:
        """An older copy takes the place of the store's files."""
        home = store.node.home
        store.node.close()
        shutil.rmtree(home)
        shutil.move(kept, home)
        return _linked(open_node(home, self.clock))

    def poll(self, *stores: Store, times: int = 1, send: Send | None = None) -> None:
        """A minute passes, everybody asks; and again."""
        for _ in range(times):
            self.clock.advance(60_000)
            for store in stores:
                store.turn(send or self.send)

    def send(self, request: Request) -> Answer:
        """HQ's answer."""
        return self.centre.transport().send(request)

    def at_hq(self) -> set[str]:
        """Ids of everything that HQ has applied."""
        self.centre.projector.drain()
        return {row[0] for row in self.centre.hq.db.rows("SELECT id FROM event_seen")}


def _middle(low: float, high: float) -> float:
    return (low + high) / 2


@contextmanager
def a_chain() -> Iterator[Quiet]:
    """An empty chain with stores 001 (zone A) and 002 (zone B)."""
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="lianpu-ablate-", dir=shared if shared.is_dir() else None))
    clock = ManualClock()
    centre = a_ready_centre(folder / "hq", clock, stores={"001": "A", "002": "B"})
    try:
        yield Quiet(centre, clock, folder)
    finally:
        give_back(centre)
        shutil.rmtree(folder, ignore_errors=True)


def story(seed: int, name: str, problems: list[str]) -> list[str]:
    """Violations as a scene gives them."""
    return [f"seed {seed} {name}: {problem}" for problem in problems]
