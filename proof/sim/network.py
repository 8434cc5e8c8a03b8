"""The line between stores and HQ: it loses, delays, doubles, cuts, reorders and mangles, and says so in the counts.

A driver runs one link of one disk: at most one request is under way, and an answer that comes after the disk has
died or has given up is dropped. A request that was given up may still arrive: late, and behind newer ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from kit.db import OperationalError
from proof.sim.stage import Stage
from proof.sim.timeline import PartyClock
from retail.errors import NetworkError, Unavailable
from sync.calls import Answer, Request
from sync.runner import Link

REFUSED_MS = 300
GIVE_UP_MS = 4_000
AGAIN_MS = 5_000  # the runner's own wait after a mistake inside (sync.runner)
SNAPSHOT = "/snapshot/"
SNAPSHOT_SPAN = 40  # there are few of them, so more of them go wrong
QUIET_PATHS = ("/telemetry",)  # their bodies hold the real disk's free space


class Party(Protocol):
    """Who speaks on the line. `offline`: nothing goes out; `deaf`: what HQ answers does not arrive."""

    clock: PartyClock
    offline: bool
    deaf: bool

    def run(self, action: Callable[[], None]) -> None:
        """Do something in the party's own process, which may end in the middle of it."""


Hear = Callable[..., Answer | None]


class Driver:
    """One link of one disk."""

    def __init__(self, network: Network, disk: Party, link: Link, name: str) -> None:
        self.network = network
        self.disk = disk
        self.link = link
        self.name = name
        self.alive = True
        self.busy = False
        self.alarm_at: int | None = None
        self._asked = 0
        self._timer = 0

    def poke(self) -> None:
        """Look whether there is something to ask."""
        if self.alive and not self.busy:
            self._turn(self.link.wake)

    def _turn(self, step: Callable[[], Request | None]) -> None:
        """One step of the link in the disk's process; a full disk is met as the runner meets it."""

        def act() -> None:
            try:
                request = step()
            except (OperationalError, Unavailable) as error:
                if "full" not in str(error):
                    raise
                self.network.stage.struck("sync_on_full_disk")
                self._wait(AGAIN_MS)
                return
            self._take(request)

        self.disk.run(act)

    def _take(self, request: Request | None) -> None:
        if request is not None:
            self.busy = True
            self._asked += 1
            self.network.send(self, request, self._asked)
            return
        self._wait(max(50, self.link.due_ms - self.disk.clock.monotonic_ms()))

    def _wait(self, wait_ms: int) -> None:
        self.busy = False
        self.alarm_at = self.network.stage.timeline.now_ms + wait_ms
        self._timer += 1
        self.network.stage.timeline.after(wait_ms, partial(self._ring, self._timer))

    def _ring(self, timer: int) -> None:
        if timer == self._timer:  # a later look has set a later alarm
            self.poke()

    def answered(self, asked: int, answer: Answer) -> None:
        """The answer to request number `asked`, if anybody still waits for it."""
        if self.alive and self.busy and asked == self._asked:
            self._turn(partial(self.link.answered, answer))
            self.network.looked(self.disk)

    def failed(self, asked: int) -> None:
        """No answer came."""
        if self.alive and self.busy and asked == self._asked:
            self._turn(partial(self.link.failed, NetworkError("sim.line")))

    def kill(self) -> None:
        """The process is gone."""
        self.alive = False


@dataclass
class Rates:
    """How often each thing happens to a request, in per cent."""

    loss: float = 3
    cut: float = 4
    duplication: float = 4
    late: float = 2
    mangled_question: float = 1.5
    mangled_answer: float = 2
    delay_ms_max: int = 2_000


QUIET = Rates(0, 0, 0, 0, 0, 0, 40)


def rates_of(fates: frozenset[str]) -> Rates:
    """The usual rates of these fates, nothing of the others."""
    usual = Rates()
    return Rates(**{name: getattr(usual, name) if name in fates else 0 for name in FATES})


FATES = ("loss", "cut", "duplication", "late", "mangled_question", "mangled_answer")


class Network:
    """Every request of every disk passes here. `hear` is HQ's ear, `looked` hears that a disk took an answer."""

    def __init__(self, stage: Stage, rates: Rates, hear: Hear, looked: Callable[[Any], None]) -> None:
        self.stage = stage
        self.rates = rates
        self.hear = hear
        self.looked = looked
        self._rng = stage.stream("line")

    def send(self, driver: Driver, request: Request, asked: int) -> None:
        """Choose a fate and schedule it."""
        stage, timeline, rng = self.stage, self.stage.timeline, self._rng
        stage.saw(request.path.encode(), b"" if request.path in QUIET_PATHS else request.body)
        if stage.hq_down or driver.disk.offline:
            if driver.disk.offline:
                stage.struck("offline")
            timeline.after(REFUSED_MS, lambda: driver.failed(asked))
            return
        there, back = (int(rng.uniform(1, self.rates.delay_ms_max)) for _ in range(2))
        if there + back > 1_000:
            stage.struck("delay")
        fate = self._fate(SNAPSHOT_SPAN if request.path.startswith(SNAPSHOT) else 100)
        if fate is not None:
            stage.struck(fate)
        if fate == "loss":
            timeline.after(GIVE_UP_MS, lambda: driver.failed(asked))
            return
        if fate == "late":
            timeline.after(GIVE_UP_MS, lambda: driver.failed(asked))
            there = int(rng.uniform(GIVE_UP_MS, 90_000))
            timeline.after(there, lambda: self._ghost(driver, request))
            return
        if fate == "duplication":
            timeline.after(there + int(rng.uniform(500, 60_000)), lambda: self._ghost(driver, request))
        timeline.after(there, lambda: self._arrive(driver, request, asked, back, fate))

    def _fate(self, span: float) -> str | None:
        draw = self._rng.uniform(0, span)
        for name in FATES:
            draw -= getattr(self.rates, name)
            if draw < 0:
                return name
        return None

    def _arrive(self, driver: Driver, request: Request, asked: int, back: int, fate: str | None) -> None:
        timeline = self.stage.timeline
        if self.stage.hq_down:
            timeline.after(GIVE_UP_MS, lambda: driver.failed(asked))
            return
        mangled = fate == "mangled_question" and len(request.body) > 8
        if mangled:
            request = Request(request.method, request.path, request.body[:-5], request.headers)
        answer = self.hear(driver.disk, request, mangled=mangled)
        if fate == "cut" and request.path.startswith(SNAPSHOT):
            self.stage.struck("chunk_cut")
        if answer is None or fate == "cut":
            timeline.after(GIVE_UP_MS, lambda: driver.failed(asked))
            return
        if driver.disk.deaf:
            self.stage.struck("one_way")
            timeline.after(GIVE_UP_MS, lambda: driver.failed(asked))
            return
        if fate == "mangled_answer" and answer.body:
            answer = Answer(answer.status, answer.headers, self._mangled(request, answer.body))
        timeline.after(back, lambda: driver.answered(asked, answer))

    def _mangled(self, request: Request, body: bytes) -> bytes:
        """Half of an answer; of a snapshot's chunk at times the whole with a wrong bit."""
        if not request.path.startswith(SNAPSHOT):
            return body[: len(body) // 2]
        self.stage.struck("chunk_corrupt")
        if self._rng.random() < 0.5:
            return body[: len(body) // 2]
        return body[:-9] + bytes([body[-9] ^ 1]) + body[-8:]

    def _ghost(self, driver: Driver, request: Request) -> None:
        """A request that nobody waits for any more, long after; nobody hears the answer."""
        if not self.stage.hq_down:
            self.hear(driver.disk, request, mangled=False)
