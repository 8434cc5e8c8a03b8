"""From the durable commit at the till until headquarters has the sale, and until its projection shows it.

Ours: a real node with its sync service (the commit nudges the thread, which pushes over a connection that is kept
open), and a real `lianpu-hq run` on loopback. *Stored* ends with HQ's signed receipt at the node, which HQ sends after
its commit; *shown* when a reader of HQ's database sees the row of the sale.
The limit: one row in a plain SQLite file, FULL, then one POST to the bare centre (`proof.bench.centre`) in a process of
its own behind the same web server; it ends with the answer.
One sale at a time, with a pause that no timer can learn.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from edge.journal.draft import Draft
from edge.node import Node
from edge.syncing import enrolment
from edge.syncing.identity import Identity
from edge.syncing.running import Sync
from hq.enrolment import actions as enrolling
from hq.headquarters import DATABASE
from kit import db as sqlite
from kit.clock import SystemClock
from kit.crypto import fingerprint
from proof.bench import centre as bare_centre
from proof.bench.measure import Figure, alternate, ratio_of
from proof.bench.sales import a_body, a_sale
from proof.bench.shop import SEED, real_products
from proof.fleet.chain import Chain
from proof.sim.parties import CASHIER, a_centre, open_node
from proof.sockets import free_port
from sync.calls import Answer, Request
from sync.transport import HttpTransport, Transport

SALES = 120
P50_MS, P99_MS = 4.0, 10.0
PAUSE_SECONDS = (0.005, 0.025)
LOOK_SECONDS = 0.0002
PATIENCE_SECONDS = 120.0


def measure(rounds: int, sales: int = SALES) -> list[Figure]:
    """p50 and p99 of both ends."""
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        home, port, bare_port = Path(folder), free_port(), free_port()
        node, chain = enrolled(home, port)
        hq, bare = chain.process(), bare_centre.process(home, bare_port)
        try:
            hq.start()
            bare.start()
            till, plain = Till(node, home / "hq" / DATABASE), PlainTill(home / "till.sqlite", bare_port)
            try:
                stored, limit = alternate(rounds, lambda: till.sell(sales), lambda: plain.sell(sales))
            finally:
                till.close()
                plain.close()
        finally:
            bare.stop()
            hq.stop()
            node.close()
    shown = till.shown[1:]
    figures = []
    for item, runs in (("commit to HQ's receipt", stored), ("commit to HQ's projection", shown)):
        for name, share, bound in (("p50", 0.5, P50_MS), ("p99", 0.99, P99_MS)):
            ours, theirs, ratio = ratio_of(runs, limit, share)
            figures.append(
                Figure(f"{item}, {name}, bare Python centre", ours, theirs, "ms", ratio, bound=bound)
            )
    return figures


def enrolled(home: Path, port: int) -> tuple[Node, Chain]:
    """A node that knows its HQ at this port, and that HQ, not running."""
    clock = SystemClock()
    centre = a_centre(home / "hq", clock, stores={"001": "A"}, url=None)
    try:
        node = open_node(home / "node", clock)
        code = enrolling.make_code(centre.context, "001", expected_fingerprint=fingerprint(node.key.public))
        enrolment.enrol(node, f"http://127.0.0.1:{port}", code, transport=centre.transport())
        return node, Chain(home / "hq", port, centre.hq.key.public, [], [])
    finally:
        centre.close()


class Line(HttpTransport):
    """HTTP that tells when a push was answered."""

    def __init__(self, base_url: str, pushed: Callable[[float], None]) -> None:
        super().__init__(base_url)
        self._pushed = pushed

    def send(self, request: Request) -> Answer:
        """The whole answer."""
        answer = super().send(request)
        if request.path == "/push" and answer.status == 200:
            self._pushed(time.perf_counter())
        return answer


class TimedSync(Sync):
    """The sync service on such a line."""

    def __init__(self, node: Node, pushed: Callable[[float], None]) -> None:
        super().__init__(node)
        self._pushed = pushed

    def _transport(self, identity: Identity) -> Transport:
        return Line(identity.hq_url, self._pushed)


class Till:
    """A node that sells, and somebody who looks at HQ."""

    def __init__(self, node: Node, hq_file: Path) -> None:
        self.shown: list[list[float]] = []
        self._node, self._dice, self._goods = node, random.Random(SEED), list(real_products())
        self._committed = self._answered = 0.0
        self._receipt = threading.Event()
        node.journal.on_commit(self._note)
        self._sync = TimedSync(node, self._push_answered)
        self._sync.start()
        self._hq = sqlite.dbapi.connect(f"file:{hq_file}?mode=ro", uri=True, isolation_level=None)

    def sell(self, sales: int) -> list[float]:
        """Milliseconds from each commit to HQ's receipt; those to the projection are kept in `shown`."""
        stored, shown = [], []
        for _ in range(sales):
            time.sleep(self._dice.uniform(*PAUSE_SECONDS))
            self._receipt.clear()
            with self._node.journal.changing(self._node.context(CASHIER, "01")) as draft:
                a_sale(self._node, draft, self._dice, self._goods)
            if not self._receipt.wait(PATIENCE_SECONDS):
                raise RuntimeError("HQ has not answered a push")
            id_ = draft.recorded[-1].id
            seen = self._wait_shown(id_)
            stored.append((self._answered - self._committed) * 1000)
            shown.append((seen - self._committed) * 1000)
        self.shown.append(shown)
        return stored

    def close(self) -> None:
        """End the threads."""
        self._hq.close()
        self._sync.stop()

    def _note(self, _draft: Draft) -> None:
        self._committed = time.perf_counter()

    def _push_answered(self, at: float) -> None:
        self._answered = at
        self._receipt.set()

    def _wait_shown(self, id_: str) -> float:
        until = time.perf_counter() + PATIENCE_SECONDS
        while (
            self._hq.execute("SELECT 1 FROM sale WHERE store = '001' AND id = ?", (id_,)).fetchone() is None
        ):
            if time.perf_counter() > until:
                raise RuntimeError("HQ's projection does not show a sale")
            time.sleep(LOOK_SECONDS)
        return time.perf_counter()


class PlainTill:
    """Bodies of sales, one row and one POST each."""

    def __init__(self, path: Path, port: int) -> None:
        self._db = sqlite.dbapi.connect(str(path), isolation_level=None)
        sqlite.apply_settings(self._db, sqlite.WRITER_SETTINGS, str(path))
        self._db.execute("CREATE TABLE body (n INTEGER PRIMARY KEY, body BLOB)")
        self._line = HttpTransport(f"http://127.0.0.1:{port}")
        self._dice, self._goods, self._n = random.Random(SEED), list(real_products()), 0

    def sell(self, sales: int) -> list[float]:
        """Milliseconds from each commit to the centre's answer."""
        took = []
        for _ in range(sales):
            time.sleep(self._dice.uniform(*PAUSE_SECONDS))
            self._n += 1
            body = a_body("001", self._n, self._dice, self._goods)
            self._db.execute("INSERT INTO body VALUES (?, ?)", (self._n, body))
            began = time.perf_counter()
            answer = self._line.send(Request("POST", bare_centre.TAKEN, bare_centre.pack([body])))
            took.append((time.perf_counter() - began) * 1000)
            if answer.body != b'{"taken":1}':
                raise RuntimeError(f"the bare centre said {answer.status} {answer.body!r}")
        return took

    def close(self) -> None:
        """Give file and line back."""
        self._line.close()
        self._db.close()
