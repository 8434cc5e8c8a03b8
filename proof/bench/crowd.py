"""Fifty stores upload at once: sales per second until all are in HQ's projections, the slowest requests, HQ's memory.

Ours: light nodes of `proof.fleet` (the machine, requests, chain and signatures of a store over a log in memory) push
sales to one `lianpu-hq run` on loopback, each over a connection of its own, the next batch after the receipt.
The limit: the same bodies over the same connections to the bare centre (`proof.bench.centre`), batches of 500, behind
the same web server; it ends with the last answer.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hq.headquarters import DATABASE
from kit import db as sqlite
from proof.bench import centre as bare_centre
from proof.bench.measure import Figure, beside, percentile
from proof.bench.sales import a_body
from proof.bench.shop import SEED, real_products
from proof.fleet.chain import Chain, make_chain
from proof.fleet.line import Line
from proof.fleet.links import Up
from proof.fleet.meter import Meter, resident_mb
from proof.fleet.shop import Shop, Waiting
from proof.sockets import free_port
from sync.calls import Answer, Request
from sync.chain import body_hash, link_hash

STORES, SALES = 50, 200
P99_MS = 1000.0
FLAT, FLAT_ROUNDS = 1.1, 6  # of all rounds so many, however many are measured
LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 300.0


def measure(rounds: int, stores: int = STORES, sales: int = SALES) -> list[Figure]:
    """Rates, the 99th percentile of a request, and HQ's memory after the first and the sixth round.

    Where fewer rounds are asked for, those behind them are played for the memory alone: the longer HQ works, the more
    it might have taken, so the figure is always of the same work.
    """
    played = max(rounds + 1, FLAT_ROUNDS)
    ours, limit, memory = [], [], []
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        chain, bare_port = make_chain(Path(folder), stores, 1, lambda _: None), free_port()
        hq, bare = chain.process(), bare_centre.process(Path(folder), bare_port)
        try:
            hq.start()
            bare.start()
            assert hq.process is not None and bare.process is not None
            crowd = Crowd(chain, hq.process.pid, bare_port, bare.process.pid)
            try:
                for _ in range(played):
                    bodies = crowd.bodies(sales)
                    ours.append(crowd.upload(bodies))
                    limit.append(crowd.upload_bare(bodies))
                    memory.append(resident_mb(hq.process.pid))
                said = crowd.check(stores * sales * played)
            finally:
                crowd.close()
        finally:
            bare.stop()
            hq.stop()
    return figures(ours[1 : rounds + 1], limit[1 : rounds + 1], memory, said, stores)


@dataclass(frozen=True)
class Rush:
    """One upload of everybody: sales per second, milliseconds of each request."""

    per_second: float
    requests: list[float]


def figures(
    ours: Sequence[Rush], limit: Sequence[Rush], memory: list[float], said: str, stores: int
) -> list[Figure]:
    """Medians over the rounds; the requests of all rounds together, as their slowest are few."""
    rates = [[rush.per_second for rush in side] for side in (ours, limit)]
    mine, theirs = (percentile([ms for rush in side for ms in rush.requests], 0.99) for side in (ours, limit))
    first, last = memory[0], memory[FLAT_ROUNDS - 1]
    return [
        beside(f"{stores} stores at once, bare Python centre", "sales/s", *rates, note=said),
        Figure("a request among them, p99, bare Python centre", mine, theirs, "ms", mine / theirs, bound=P99_MS),
        Figure(f"HQ's memory after {FLAT_ROUNDS} rounds, after the first", last, first, "MB", last / first, FLAT),
    ]  # fmt: skip


class Pushes(Meter):
    """Keeps how long the answer to each batch took, and what was not answered as it should be."""

    def __init__(self, pid: int) -> None:
        super().__init__(pid)
        self.took: list[float] = []
        self.wrong: list[str] = []

    def asked(self, request: Request, began: float, answer: Answer | None) -> None:
        """A request is over."""
        super().asked(request, began, answer)
        if answer is None or answer.status not in (200, 204):
            self.wrong.append(f"{request.path}: {answer.status if answer else 'no answer'}")
        elif request.path in ("/push", bare_centre.TAKEN):
            self.took.append((time.monotonic() - began) * 1000)


class Crowd:
    """Stores with their logs, and both centres."""

    def __init__(self, chain: Chain, hq_pid: int, bare_port: int, bare_pid: int) -> None:
        self._chain, self._bare_port = chain, bare_port
        self._dice, self._goods, self._n = random.Random(SEED), list(real_products()), 0
        self._meters = (Pushes(hq_pid), Pushes(bare_pid))
        self._ups = [Up(shop, chain.hq_key, lambda _: None, lambda _: None) for shop in chain.shops]
        self._hq = sqlite.dbapi.connect(
            f"file:{chain.home / DATABASE}?mode=ro", uri=True, isolation_level=None
        )

    def bodies(self, sales: int) -> list[list[bytes]]:
        """New sales of each store."""
        first, self._n = self._n + 1, self._n + sales
        return [
            [a_body(shop.node, n, self._dice, self._goods) for n in range(first, self._n + 1)]
            for shop in self._chain.shops
        ]

    def upload(self, bodies: list[list[bytes]]) -> Rush:
        """All stores push what they have, and HQ carries it into its ledger."""
        for shop, own in zip(self._chain.shops, bodies, strict=True):
            for body in own:
                write(shop, body)
        meter = self._meters[0]
        rush = Runs(self._chain.port, meter, [partial(push, up) for up in self._ups])
        return rush.run(sum(map(len, bodies)), self._wait_applied)

    def upload_bare(self, bodies: list[list[bytes]]) -> Rush:
        """The same bodies to the bare centre."""
        rush = Runs(self._bare_port, self._meters[1], [partial(post, own) for own in bodies])
        return rush.run(sum(map(len, bodies)), lambda: None)

    def check(self, sales: int) -> str:
        """Has everything arrived, once, and was every request answered?"""
        found, parked = (
            self._hq.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in ("sale", "parked")
        )
        plain = asyncio.run(self._bare_sales())
        wrong = [why for meter in self._meters for why in meter.wrong]
        good = (found, parked, plain, wrong) == (sales, 0, sales, [])
        return "" if good else f"WRONG: {found} and {plain} of {sales} sales, {parked} parked, {wrong[:3]}"

    def close(self) -> None:
        """Give HQ's file back."""
        self._hq.close()

    async def _bare_sales(self) -> int:
        line = Line("127.0.0.1", self._bare_port, self._meters[1])
        try:
            return int((await line.send(Request("GET", "/"))).body)
        finally:
            line.close()

    def _wait_applied(self) -> None:
        wanted, until = sum(shop.seq for shop in self._chain.shops), time.monotonic() + PATIENCE_SECONDS
        while self._hq.execute("SELECT COALESCE(SUM(seq), 0) FROM applied").fetchone()[0] < wanted:
            if time.monotonic() > until:
                raise RuntimeError(f"HQ has not projected everything within {PATIENCE_SECONDS:.0f} s")
            time.sleep(LOOK_SECONDS)


class Runs:
    """What every store does, on a connection each, at the same time."""

    def __init__(self, port: int, meter: Pushes, each: Sequence[Callable[[Line], Awaitable[None]]]) -> None:
        self._port, self._meter, self._each = port, meter, each

    def run(self, sales: int, then: Callable[[], None]) -> Rush:
        """Until all are done, and `then`."""
        self._meter.took = []
        began = time.perf_counter()
        asyncio.run(self._all())
        then()
        return Rush(sales / (time.perf_counter() - began), self._meter.took)

    async def _all(self) -> None:
        lines = [Line("127.0.0.1", self._port, self._meter) for _ in self._each]
        try:
            await asyncio.gather(*(act(line) for act, line in zip(self._each, lines, strict=True)))
        finally:
            for line in lines:
                line.close()


def write(shop: Shop, body: bytes) -> None:
    """A sale at the end of a store's log."""
    hash_ = link_hash(shop.node, shop.inc, shop.seq + 1, shop.head, body_hash(body))
    shop.waiting.append(Waiting(body, hash_, int(time.monotonic() * 1000)))


async def push(up: Up, line: Line) -> None:
    """The conversation of a store until HQ has signed for its whole log."""
    while up.shop.waiting:
        request = up.wake()
        while request is not None:
            request = up.answered(await line.send(request))
        if up.shop.waiting:
            await asyncio.sleep(LOOK_SECONDS)  # told to wait, which `check` reports


async def post(bodies: list[bytes], line: Line) -> None:
    """All batches, each after the answer to the one before."""
    for packed in bare_centre.batches(bodies):
        await line.send(Request("POST", bare_centre.TAKEN, packed))
