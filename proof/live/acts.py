"""What is done to the processes and printers of a live world, dealt from a seeded deck."""

from __future__ import annotations

from collections.abc import Callable

from proof.demo.processes import Child
from proof.live.deck import Deck
from proof.live.line import DOWN
from proof.live.world import LiveWorld, Shop, until

STILL_SECONDS = (0.3, 2.0)
DEAD_SECONDS = (0.0, 1.0)
REST_SECONDS = (0.1, 1.0)
STORM_SECONDS = (8.0, 12.0)
MET_SECONDS = 15.0  # for a paper to meet a trouble that stays
CLONED = "disk cloned"
TROUBLE = "printer trouble"
STORM = "storm of packets"
MET = (
    "SELECT count(*) FROM print_event e JOIN print_job j ON j.id = e.job"
    " WHERE j.kind = 'receipt' AND e.state IN ('BLOCKED', 'UNKNOWN') AND e.reason IN ('{}')"
)
PRINTER_TROUBLES = {  # and what the spool says of a paper that met them
    "paper_out": ("dev.paper_out",),
    "cover_open": ("dev.cover_open",),
    "offline": ("link.refused", "link.reset"),
}


class Acts:
    """One thing at a time, for as long as it lasts; `pause` waits without a process being harmed."""

    def __init__(self, world: LiveWorld, deck: Deck, pause: Callable[[float], object]) -> None:
        self._world, self._deck, self._pause = world, deck, pause

    def play(self, name: str) -> None:
        """Do it and count it."""
        (ACTS | PACKET_ACTS)[name](self)
        if name not in UNCOUNTED:
            self._world.struck[name] += 1
        self._pause(self._deck.between(*REST_SECONDS))

    def kill_store(self) -> None:
        """SIGKILL, as a power cut that leaves the disk alone."""
        shop = self._shop()
        shop.line.let_go()
        self._kill(shop.node)

    def kill_hq(self) -> None:
        """The same at HQ."""
        self._kill(self._world.hq)

    def stop_store(self) -> None:
        """SIGSTOP: the till hangs, its connections stay open."""
        self._hold(self._shop().node)

    def stop_hq(self) -> None:
        """The same at HQ: the stores wait for an answer that comes late."""
        self._hold(self._world.hq)

    def line_down(self) -> None:
        """Nobody at the other end for a while."""
        line = self._shop().line
        line.go_down()
        self._pause(self._deck.between(*STILL_SECONDS))
        line.come_back()

    def printer_trouble(self) -> None:
        """Paper out, cover open, or offline, until somebody has seen to it; the sale never waits for it.

        Counted when a receipt has met it: it was stopped before its first byte or in its middle, or is of unknown fate.
        """
        code = self._shop().code
        printer = self._world.bench.printer(code)
        trouble, reasons = list(PRINTER_TROUBLES.items())[self._deck.below(len(PRINTER_TROUBLES))]
        before = self._met(code, reasons)
        printer.set(trouble, True)
        self._pause(self._deck.between(*STILL_SECONDS))
        if until(lambda: self._met(code, reasons) > before, MET_SECONDS):
            self._world.struck[TROUBLE] += 1
        printer.set(trouble, False)

    def packet_storm(self) -> None:
        """For some seconds 30 % of the packets of one line are lost, and the others late."""
        wire = self._world.wires[self._deck.below(len(self._world.wires))]
        before = wire.lost_in_storm
        wire.storm()
        self._pause(self._deck.between(*STORM_SECONDS))
        wire.calm()
        self._world.struck[STORM] += wire.lost_in_storm > before

    def clone(self) -> None:
        """Once: the disk of one store, copied while it sells, runs beside the original."""
        if self._world.clone is None:
            codes = list(self._world.shops)
            self._world.clone_of(self._world.shops[codes[self._deck.below(len(codes))]])
            self._world.struck[CLONED] += 1

    def _shop(self) -> Shop:
        running = self._world.running
        return running[self._deck.below(len(running))]

    def _met(self, code: str, reasons: tuple[str, ...]) -> int:
        """How often a receipt was stopped at this store's printer, or lost from sight, for one of these reasons."""
        sql = MET.format("', '".join(reasons))
        return sum(shop.value(sql) for shop in self._world.running if shop.code == code)

    def _kill(self, child: Child) -> None:
        child.kill()
        self._pause(self._deck.between(*DEAD_SECONDS))
        child.start()

    def _hold(self, child: Child) -> None:
        child.pause()
        self._pause(self._deck.between(*STILL_SECONDS))
        child.resume()


ACTS: dict[str, Callable[[Acts], None]] = {
    "store killed": Acts.kill_store,
    "HQ killed": Acts.kill_hq,
    "store stands still": Acts.stop_store,
    "HQ stands still": Acts.stop_hq,
    DOWN: Acts.line_down,
    TROUBLE: Acts.printer_trouble,
    CLONED: Acts.clone,
}
PACKET_ACTS: dict[str, Callable[[Acts], None]] = {STORM: Acts.packet_storm}  # where there are packets
# They are counted where they strike, not whenever they are dealt.
UNCOUNTED = {DOWN, CLONED, TROUBLE, STORM}
