"""What a fleet lives through: everybody at once, a steady day, a flood of prices, HQ dead, everybody back.

Judged are P4 (dropped clients come back spread out) and P5 (a saturated download does not stop uploads), and that HQ
holds every log to its last link. How fast it was is reported beside it and never fails a run.

P5 for every single store: whoever sold while all fetch prices has HQ's receipt within what a fair HQ may take. That is
a request's own patience and one round of everybody at the rate that HQ showed, each store with both its lines; where HQ
sent somebody away or a request failed, the longest pause before a try on top.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from proof.demo.processes import Child
from proof.fleet.chain import Chain
from proof.fleet.line import Line
from proof.fleet.links import Down, Surprise, Up, now_ms
from proof.fleet.meter import Meter, Phase
from proof.fleet.shop import Shop, Waiting
from proof.fleet.spread import LONGEST_MS, Drop, Spread
from retail.errors import NetworkError
from sync.moves import IllegalMove

STARVED_SECONDS = 15  # of a flood in which nothing at all is receipted; a request has no more than that
PATIENCE_SECONDS, LINES = 15.0, 2  # of a request; of a store
HQ_MB_MAX = 512  # of HQ's process, however many stores there are
DEAD, BACK, FLOOD = "HQ is dead", "all back", "flood of prices"
WAIT_MS_MIN, WAIT_MS_MAX = 20, 60_000
LOOK_SECONDS = 0.25
DRAIN_SECONDS_MAX = 600.0


@dataclass(frozen=True)
class Course:
    """How long each part is, and how often a store writes an event. Seconds."""

    steady: float = 60.0
    flood: float = 60.0
    outage: float = 60.0
    event_every: float = 30.0
    floods: int = 3


@dataclass
class Outcome:
    """The table, and what is wrong."""

    nodes: int
    events: int = 0
    rows: int = 0
    phases: list[dict[str, object]] = field(default_factory=list)
    back_seconds: float = 0.0
    said: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Fleet:
    """All nodes in one loop, HQ in its own process."""

    def __init__(self, chain: Chain, course: Course, told: Callable[[str], None], seed: int = 1) -> None:
        self.chain, self.course, self._told = chain, course, told
        self._chance = random.Random(seed)
        self._hq: Child = chain.process()
        self._nudges: dict[str, asyncio.Event] = {}
        self._heard: set[str] = (
            set()
        )  # who has HQ's word since the phase began: a store that sells greets seldom
        self._surprises: list[str] = []
        self.spread = Spread()
        self.outcome = Outcome(len(chain.shops))

    def run(self) -> Outcome:
        """The whole course."""
        self._hq.start()
        try:
            asyncio.run(self._live())
        finally:
            self._hq.stop()
        self._judge()
        return self.outcome

    # -- the course ------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        assert self._hq.process is not None
        self.meter = Meter(self._hq.process.pid)
        tasks = [asyncio.create_task(self._talk(shop)) for shop in self.chain.shops]
        helpers = [asyncio.create_task(self._look())]
        try:
            self._phase("all at once")
            await self._until(lambda: len(self._heard) == len(self.chain.shops))
            helpers.append(asyncio.create_task(self._sell()))
            self._phase("steady")
            await asyncio.sleep(self.course.steady)
            await self._flood()
            await self._outage()
            helpers.pop().cancel()
            self._phase("drained")
            await self._until(lambda: not any(shop.waiting for shop in self.chain.shops))
        finally:
            for task in [*tasks, *helpers]:
                task.cancel()
            await asyncio.gather(*tasks, *helpers, return_exceptions=True)
            self.meter.end()

    async def _flood(self) -> None:
        """All prices change, again and again, each time when every node has fetched all rows of the last."""
        self._phase(FLOOD)
        for n in range(1, self.course.floods + 1):
            newest = max(map(chain_version, self.chain.shops))
            await asyncio.to_thread(self.chain.publish_prices, 1000 + n)
            await asyncio.sleep(self.course.flood / self.course.floods)
            await self._until(partial(self._all_beyond, newest))
        for shop in self.chain.shops:
            if shop.waiting:
                self._waited(shop, shop.waiting[0], now_ms())

    def _all_beyond(self, version: int) -> bool:
        return min(map(chain_version, self.chain.shops)) > version

    async def _outage(self) -> None:
        """HQ is killed; the stores go on selling; HQ comes back and everybody with it."""
        self._phase(DEAD)
        await asyncio.to_thread(self._hq.kill)
        await asyncio.sleep(self.course.outage)
        self._heard.clear()
        self._phase(BACK)
        await asyncio.to_thread(self._hq.start)
        assert self._hq.process is not None
        self.meter.moved(self._hq.process.pid)
        began = time.monotonic()
        await self._until(lambda: len(self._heard) == len(self.chain.shops))
        self.outcome.back_seconds = round(time.monotonic() - began, 1)

    def _phase(self, name: str) -> None:
        self.meter.begin(name)
        self._told(f"{name} …")

    async def _until(self, done: Callable[[], bool]) -> None:
        until = time.monotonic() + DRAIN_SECONDS_MAX
        while not done() and not self._surprises:
            if time.monotonic() > until:
                self.outcome.wrong.append(
                    f"{self.meter.phase.name}: not done after {DRAIN_SECONDS_MAX:.0f} s"
                )
                return
            await asyncio.sleep(LOOK_SECONDS)

    # -- the nodes -------------------------------------------------------------------------------------------

    async def _talk(self, shop: Shop) -> None:
        nudge = self._nudges[shop.node] = asyncio.Event()
        wake_down = asyncio.Event()
        down = Down(shop, self.chain.hq_key, self._rows)

        def greeted(said: object) -> None:
            down.greeted(said)  # type: ignore[arg-type]
            wake_down.set()

        def receipted(covered: Sequence[Waiting]) -> None:
            self._heard.add(shop.node)
            self._receipted(shop, covered)

        up = Up(shop, self.chain.hq_key, receipted, greeted)
        try:
            await asyncio.gather(self._turn(up, nudge), self._turn(down, wake_down))
        except (Surprise, IllegalMove) as surprise:  # this node talks no more: nobody waits for it
            self._surprises.append(f"{shop.node}: {surprise}")

    async def _turn(self, link: Up | Down, nudge: asyncio.Event) -> None:
        """`sync.runner.Runner` without a thread."""
        line = Line("127.0.0.1", self.chain.port, self.meter)
        try:
            while True:
                nudge.clear()
                dropped = isinstance(link, Up) and link.dropped
                request, at = link.wake(), now_ms()
                asked = request is not None
                if dropped and asked:
                    self.spread.back(at)
                while request is not None:
                    try:
                        answer = await line.send(request)
                    except NetworkError:
                        at, request = now_ms(), link.failed()
                    else:
                        at, request = now_ms(), link.answered(answer)
                if asked and isinstance(link, Up) and link.dropped:
                    told = link.retry_after_ms
                    self.spread.drops.append(Drop(at, link.machine.tries, link.due_ms, told, link.busy))
                wait_ms = min(WAIT_MS_MAX, max(WAIT_MS_MIN, link.due_ms - now_ms()))
                try:
                    async with asyncio.timeout(wait_ms / 1000):
                        await nudge.wait()
                except TimeoutError:
                    continue
        finally:
            line.close()

    async def _sell(self) -> None:
        """Somewhere in the chain something happens, all stores equally often."""
        shops, began = self.chain.shops, time.monotonic()
        while True:
            due = int((time.monotonic() - began) * len(shops) / self.course.event_every)
            while self.outcome.events < due:
                shop = self._chance.choice(shops)
                shop.write(now_ms(), time.time_ns() // 1_000_000)
                self.outcome.events += 1
                self._nudges[shop.node].set()
            await asyncio.sleep(0.02)

    async def _look(self) -> None:
        while True:
            self.meter.look()
            await asyncio.sleep(LOOK_SECONDS)

    def _rows(self, count: int) -> None:
        self.outcome.rows += count

    def _receipted(self, shop: Shop, covered: Sequence[Waiting]) -> None:
        now = now_ms()
        phase = self.meter.phase
        phase.receipt_ms.extend(now - one.at_ms for one in covered)
        phase.receipted[int(time.monotonic() - phase.began)] += len(covered)
        if covered:
            self._waited(shop, covered[0], now)

    def _waited(self, shop: Shop, oldest: Waiting, now: int) -> None:
        """Of this phase alone: what lay there before it began is the phase's before."""
        phase = self.meter.phase
        phase.waits(shop.node, (now - max(oldest.at_ms, phase.began * 1000)) / 1000)

    # -- the verdict -----------------------------------------------------------------------------------------

    def _judge(self) -> None:
        nodes, wrong = len(self.chain.shops), self.outcome.wrong
        self.outcome.phases = [phase.figures(nodes) for phase in self.meter.phases if phase.requests]
        lost = missing(self.chain.shops, self.chain.stored())
        wrong += [f"HQ's log differs: {', '.join(lost[:5])} ({len(lost)} nodes)"] if lost else []
        wrong += [f"unexpected: {one}" for one in self._surprises[:5]]
        self.outcome.said = [
            self.spread.busiest(),
            *(longest_wait(p, nodes) for p in self.meter.phases if p.waited),
        ]
        wrong += self.spread.wrong()
        wrong += broken(self.meter.phases, nodes)


def broken(phases: Sequence[Phase], nodes: int) -> list[str]:
    """Where P5 (uploads go on beside downloads) does not hold, or HQ grows."""
    found = []
    for phase in phases:
        if phase.name == FLOOD:
            found += starved(phase, nodes)
        if phase.hq_mb > HQ_MB_MAX:
            found.append(f"memory: HQ took {phase.hq_mb:.0f} MB in “{phase.name}”")
    return found


def starved(phase: Phase, nodes: int) -> list[str]:
    """Nothing at all was receipted for too long, or a store that sold waited longer than a fair HQ lets it."""
    silent = phase.without_receipt()
    if silent >= STARVED_SECONDS or not phase.waited:
        return [f"P5: no upload was receipted for {silent} s while prices were fetched"]
    longest = wait_seconds_max(phase, nodes)
    late = [node for node, seconds in phase.waited.items() if seconds > longest]
    if not late:
        return []
    worst = max(late, key=phase.waited.__getitem__)
    return [
        f"P5: {len(late)} of {len(phase.waited)} nodes that sold waited for a receipt longer than {longest:.0f} s,"
        f" {worst} for {phase.waited[worst]:.0f} s"
    ]


def longest_wait(phase: Phase, nodes: int) -> str:
    """What the store that waited longest waited, beside what P5 lets it wait in the flood."""
    bound = f" ({wait_seconds_max(phase, nodes):.0f} at most)" if phase.name == FLOOD else ""
    waited = max(phase.waited.values())
    return f"{phase.name}: {len(phase.waited)} nodes had a receipt to wait for, one of them {waited:.1f} s{bound}"


def wait_seconds_max(phase: Phase, nodes: int) -> float:
    """How long a store may wait for a receipt in this phase, at the rate that HQ showed in it."""
    pause = LONGEST_MS / 1000 if phase.failed or phase.sent_away else 0.0
    return PATIENCE_SECONDS + LINES * nodes / max(phase.per_second, 1.0) + pause


def missing(shops: Sequence[Shop], stored: Mapping[str, tuple[int, bytes]]) -> list[str]:
    """The nodes whose log HQ does not have to its last link."""
    return [shop.node for shop in shops if stored.get(shop.node) != (shop.seq, shop.head)]


def chain_version(shop: Shop) -> int:
    """Up to where a node has the rows of the whole chain."""
    cursor = shop.cursors.get("chain")
    return cursor.version if cursor else 0
