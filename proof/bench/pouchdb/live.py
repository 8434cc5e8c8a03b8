"""One sale at a time, and fifty stores at once, beside PouchDB's replication.

Lag: the store replicates continuously; from the document in its database until the centre's own feed of changes has
it. Ours ends later: when a reader of HQ's database sees the row of the sale (`proof.bench.lag`), with a durable
commit at both ends. Fifty stores: fifty databases in one Node process, each with its own replication to one
database at the centre, against fifty light nodes over real HTTP (`proof.bench.crowd`); both send the same bodies.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hq.headquarters import DATABASE
from kit.db import engine_readonly_value
from proof.bench.crowd import SALES, STORES, Crowd
from proof.bench.lag import PAUSE_SECONDS, Till, enrolled
from proof.bench.measure import Figure, alternate, beside, ratio_of
from proof.bench.pouchdb.peer import CROWD_DB, LIVE_DB, Peer
from proof.bench.pouchdb.scripts import modules
from proof.bench.sales import a_body
from proof.bench.shop import SEED, real_products
from proof.fleet.chain import make_chain
from proof.sockets import free_port

ONE_BY_ONE = 60
LAG_TARGET, CROWD_TARGET = 0.5, 3.0


def measure(
    rounds: int, one_by_one: int = ONE_BY_ONE, stores: int = STORES, sales: int = SALES
) -> list[Figure]:
    """p50 and p99 of the lag, sales per second of all stores."""
    packages = modules()
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        home = Path(folder)
        peer = Peer(home / "pouchdb", packages)
        try:
            return [
                *lag(home / "lag", peer, rounds, one_by_one),
                crowd(home / "crowd", peer, rounds, stores, sales),
            ]
        finally:
            peer.close()


def lag(home: Path, peer: Peer, rounds: int, sales: int) -> list[Figure]:
    """From a commit until the centre shows it."""
    home.mkdir()
    peer.go_live()
    plain = OneByOne(peer)
    with a_till(home) as till:
        _, theirs = alternate(rounds, lambda: till.sell(sales), lambda: plain.sell(sales))
        mine = till.shown[1:]
    wrong = peer.check(LIVE_DB, sales * (rounds + 1))
    figures = []
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        ours, limit, ratio = ratio_of(mine, theirs, share)
        item = f"commit to HQ's projection, {name}, PouchDB"
        figures.append(Figure(item, ours, limit, "ms", ratio, LAG_TARGET, note=wrong))
    return figures


class OneByOne:
    """Sales put into the peer's store one at a time, with the pauses of `proof.bench.lag`."""

    def __init__(self, peer: Peer) -> None:
        self._peer, self._dice, self._goods, self._n = peer, random.Random(SEED), list(real_products()), 0

    def sell(self, sales: int) -> list[float]:
        """Milliseconds of each."""
        took = []
        for _ in range(sales):
            time.sleep(self._dice.uniform(*PAUSE_SECONDS))
            self._n += 1
            took.append(self._peer.lag(a_body("001", self._n, self._dice, self._goods)))
        return took


@contextmanager
def a_till(home: Path) -> Iterator[Till]:
    """The product's node with its sync service, and its HQ as a process."""
    with ExitStack() as ending:
        node, chain = enrolled(home, free_port())
        ending.callback(node.close)
        hq = chain.process()
        ending.callback(hq.stop)
        hq.start()
        till = Till(node, home / "hq" / DATABASE)
        ending.callback(till.close)
        yield till


def crowd(home: Path, peer: Peer, rounds: int, stores: int, sales: int) -> Figure:
    """Sales per second of all stores."""
    home.mkdir()
    chain = make_chain(home, stores, 1, lambda _: None)
    mine, theirs = [], []
    with ExitStack() as ending:
        hq = chain.process()
        ending.callback(hq.stop)
        hq.start()
        assert hq.process is not None
        both = Crowd(chain, hq.process.pid, 0, hq.process.pid)
        ending.callback(both.close)
        for _ in range(rounds + 1):
            bodies = both.bodies(sales)
            mine.append(both.upload(bodies).per_second)
            theirs.append(peer.upload_all(bodies).per_second)
        wanted = stores * sales * (rounds + 1)
        found = engine_readonly_value(chain.home / DATABASE, "SELECT COUNT(*) FROM sale")
        wrong = f"WRONG: {found} of {wanted} sales" if found != wanted else peer.check(CROWD_DB, wanted)
    return beside(
        f"{stores} stores at once, PouchDB", "sales/s", mine[1:], theirs[1:], target=CROWD_TARGET, at_least=True,
        note=wrong,
    )  # fmt: skip
