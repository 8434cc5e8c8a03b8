"""Directed stories of the spool: the real lanes, printer and drawer on an emulated printer, without threads.

A process that dies is a `Killed` that nothing catches; the next one recovers and works on. What counts is what came
out of the printer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from drivers.drawer.printer_kick import PrinterKickDrawer
from drivers.drawer.protocol import DrawerCaps
from drivers.printer.emulator import PrinterEmulator
from drivers.printer.engine import Model
from drivers.printer.escpos import EscposPrinter
from drivers.printer.job_run import Timing
from drivers.printer.protocol import JobEvent, JobOutcome, PrintJob
from drivers.transport.memory import MemoryTransport
from edge.journal.model import PrintRequest
from edge.spool import compose
from edge.spool.lane import Lane
from edge.spool.model import PULSE_LIFE_MS, Job
from proof.sim.ablate.model import Scene
from proof.sim.ablate.quiet import Quiet, Store, a_chain, story
from proof.sim.parties import CASHIER
from retail.receipt_blocks import Document, Line

TIMING = Timing(answer=0.05, base=0.15, bytes_per_second=10**6, look=0.01)
TERMINAL = "01"


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Hand:
    """A device without a thread of its own."""

    device: Any
    dies: Callable[[], None] = lambda: None

    def call(self, work: Callable[[], Any], seconds: float | None = None) -> Any:
        """Work now."""
        found = work()
        self.dies()
        return found


class Mortal(EscposPrinter):
    """A printer whose process dies when so many papers have been proved, before anybody is told of the last."""

    papers = -1

    def run(self, job: PrintJob, on: Callable[[JobEvent], None]) -> JobOutcome:
        """Print."""

        def told(event: JobEvent) -> None:
            self.papers -= event.state == "CONFIRMED"
            if event.state == "CONFIRMED" and self.papers == 0:
                raise Killed
            on(event)

        return super().run(job, told)


def die() -> None:
    """End the process."""
    raise Killed


@dataclass
class Bench:
    """A store with an emulated printer and drawer on terminal 01."""

    chain: Quiet
    store: Store
    emulator: PrinterEmulator

    def owe(self, kind: str, n: int) -> None:
        """A paper or a pulse is owed."""
        node = self.store.node
        device = f"{'drawer' if kind == 'drawer' else 'printer'}:{TERMINAL}"
        request = PrintRequest(
            f"{kind}:{n}", device, kind, f"ref-{n}", TERMINAL, '{"why": "sale", "by": "1001"}'
        )
        with node.journal.changing(node.context(CASHIER, TERMINAL)) as draft:
            draft.paper(request)

    def work(
        self, *, papers: int = -1, dies_pulsing: bool = False, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """A process comes to life, settles what the last one left, and works until it dies or has nothing to do."""
        printer = Mortal("printer:01", MemoryTransport(self.emulator), timing=TIMING)
        printer.papers = papers
        drawer = PrinterKickDrawer("drawer:01", printer, DrawerCaps(sensor="high_open", cooldown_seconds=0.0))
        hands = Hand(printer), Hand(drawer, die) if dies_pulsing else Hand(drawer)
        spool, devices = self.store.node.spool, self.store.node.devices
        printer.open()
        with (
            patch.object(devices, "printer", lambda _terminal: hands[0]),
            patch.object(devices, "drawer", lambda _terminal: hands[1]),
            patch.object(compose, "document_of", _document),
        ):
            try:
                spool.recover()
                meanwhile()
                Lane(spool, TERMINAL).round()
            except Killed:
                return
            finally:
                printer.close()

    def states(self) -> dict[str, str]:
        """key → state."""
        return {
            row["key"]: row["state"] for row in self.store.node.db.rows("SELECT key, state FROM print_job")
        }

    def printed(self, n: int) -> int:
        """How often a paper came out, cut or hanging."""
        papers = [*self.emulator.papers(), self.emulator.hanging()]
        return sum(paper.text().count(f"PAPER {n} END") for paper in papers)


@contextmanager
def a_bench(seed: int) -> Iterator[Bench]:
    """Everything built and nothing running."""
    with a_chain() as chain:
        store = chain.store()
        store.node.journal.on_commit(store.node.spool.committed)
        yield Bench(chain, store, PrinterEmulator(f"till-{seed}", Model()))
        store.node.close()


def _document(_node: Any, job: Job) -> Document:
    return Document(blocks=(Line(f"PAPER {job.reference.removeprefix('ref-')} END"),), language="en")


def killed_while_printing(seed: int) -> list[str]:
    """The process dies after the body has left: its paper is of unknown fate and not printed again, the next one is."""
    rng = random.Random(seed)
    with a_bench(seed) as bench:
        for n in range(3):
            bench.owe("test", n)
        bench.work(papers=rng.randrange(1, 4))
        bench.work()
        times = [bench.printed(n) for n in range(3)]
        problems = [f"paper {n} came out {count} times" for n, count in enumerate(times) if count != 1]
        return story(seed, "printed-once", problems)


def killed_while_pulsing(seed: int) -> list[str]:
    """The process dies after the drawer was opened: it is not opened again by itself."""
    with a_bench(seed) as bench:
        bench.work(dies_pulsing=True, meanwhile=lambda: bench.owe("drawer", 0))
        bench.emulator.close_drawer()
        bench.work()
        pulses = bench.emulator.counts()["pulses"]
        return story(seed, "pulsed-once", [f"the drawer was opened {pulses} times"] if pulses != 1 else [])


def no_proof(seed: int) -> list[str]:
    """A printer that stops answering: what it was sent is of unknown fate, nobody calls it printed."""
    with a_bench(seed) as bench:
        bench.emulator.set("no_gsh", True)
        bench.owe("test", 0)
        bench.work()
        state = bench.states()["test:0"]
        return story(
            seed, "proof", [f"{state} without an answer of the printer"] if state != "UNKNOWN" else []
        )


def late_pulse(seed: int) -> list[str]:
    """A pulse that waited too long is given up: a drawer that opens by itself minutes later is a danger."""
    rng = random.Random(seed)
    with a_bench(seed) as bench:

        def owe_and_wait() -> None:
            bench.owe("drawer", 0)
            bench.chain.clock.advance(PULSE_LIFE_MS + rng.randrange(1, 600_000))

        bench.work(meanwhile=owe_and_wait)
        pulses = bench.emulator.counts()["pulses"]
        return story(seed, "pulsed-late", [f"the drawer was opened {pulses} times"] if pulses else [])


def owed_before(seed: int) -> list[str]:
    """The process dies before the drawer was opened: it does not open when the next one comes to life."""
    with a_bench(seed) as bench:
        bench.owe("drawer", 0)
        bench.work()
        pulses = bench.emulator.counts()["pulses"]
        return story(seed, "pulsed-late", [f"the drawer was opened {pulses} times"] if pulses else [])


KILLED_PRINTING = Scene("killed while printing", killed_while_printing)
KILLED_PULSING = Scene("killed while pulsing", killed_while_pulsing)
NO_PROOF = Scene("a printer falls silent", no_proof)
LATE_PULSE = Scene("a pulse that waited", late_pulse)
OWED_BEFORE = Scene("a pulse of an earlier process", owed_before)
