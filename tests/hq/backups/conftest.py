"""A headquarters in a file, with stores that sell to it, backups of it, and restores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hq import commands
from hq.app import create_app
from hq.backups import actions
from hq.backups import restore as restoring
from hq.backups.places import HOME_FOLDER
from hq.backups.restore import Restored
from hq.headquarters import Headquarters
from kit.clock import ManualClock
from kit.context import Context
from proof.sim.parties import a_centre, a_node, open_shift, sell
from proof.verify.cli import verify
from tests.edge.syncing.conftest import Store, World

DAYS_31 = 31 * 86_400_000


@dataclass
class Chain(World):
    """`sold` remembers every sale that a till has promised to a buyer."""

    sold: list[str] = field(default_factory=list)

    def store(self, code: str = "001", **config: Any) -> Store:
        """An enrolled store with settings of its own."""
        return self.links(a_node(self.folder / code, self.centre, code, self.clock, **config))

    @property
    def hq(self) -> Headquarters:
        return self.centre.hq

    @property
    def ctx(self) -> Context:
        return commands.context_of(self.hq)

    def backup(self, kind: str = "full") -> Path:
        """A backup; answers its file in the default folder."""
        self.clock.advance(1000)
        return self.hq.home / HOME_FOLDER / actions.take(self.ctx, kind=kind).file

    def sell(self, store: Store, count: int = 2) -> None:
        """Sales that reach HQ and are applied there."""
        self.sold += [sell(store.node).id for _ in range(count)]
        self.settle(store)

    def settle(self, *stores: Store, polls: int = 6) -> None:
        for _ in range(polls):
            for store in stores:
                self.poll(store)
        self.centre.projector.drain()

    def restore(self, file: Path, **options: Any) -> Restored:
        """Stop HQ, put a backup back, start it again."""
        home, database = self.hq.home, Path(str(self.hq.db.url.database))
        ctx = self.ctx
        self.hq.close()
        try:
            return restoring.restore(home, database, restoring.Wanted(file, **options), ctx=ctx)
        finally:
            self.open_again(home)

    def open_again(self, home: Path) -> None:
        """The server of this home starts once more, after it has ended in whatever way."""
        self.centre.hq = Headquarters.open(home, clock=self.clock)
        self.centre.app = create_app(self.centre.hq, limits=False)

    def sales(self) -> list[str]:
        """The ids of the sales that HQ has booked."""
        return [row[0] for row in self.hq.db.rows("SELECT id FROM sale ORDER BY id")]

    def alarms(self) -> set[str]:
        return {row[0] for row in self.hq.db.rows("SELECT code FROM alarm WHERE closed_at IS NULL")}

    def durable(self) -> dict[str, int]:
        rows = self.hq.db.rows("SELECT inc, seq FROM durable WHERE node <> 'hq'")
        return {row[0]: row[1] for row in rows}


def judged(chain: Chain, *stores: Store) -> None:
    """All databases, by the verifier that shares no code with the product.

    The simulation sells without baskets, papers and audit lines; what is said about those is not of this story.
    """
    files = [store.node.home / "node.sqlite" for store in stores]
    report = verify([*files, chain.hq.home / "hq.sqlite"])
    short = ("audit", "print_job", "basket.rows", "shift.rows")
    wrong = [check for check in report.checks if check.findings and check.name not in short]
    assert [line for check in wrong for line in check.lines()] == []


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """Stores 001 and 002 may enrol."""
    clock = ManualClock()
    made = Chain(a_centre(tmp_path / "hq", clock, url=None), clock, tmp_path)
    yield made
    made.centre.close()


@pytest.fixture
def store(chain: Chain) -> Iterator[Store]:
    """Store 001 with an open shift, known to HQ."""
    made = chain.store()
    open_shift(made.node, "s1")
    chain.settle(made)
    yield made
    made.node.close()
