"""One basket sold in one of three ways: through the API, by the serial scanner, by a wedge in a real browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from drivers.printer.emulator import PrinterEmulator
from proof.demo.till import TillClient
from proof.demo.world import Shop, World

SAME_CODE_SECONDS = 0.5


class Basket(Protocol):
    """A planned basket of the oracle's data; see `proof/oracle`."""

    @property
    def scans(self) -> tuple[str, ...]: ...
    def tenders(self, total_minor: int) -> list[tuple[str, int]]: ...


def pay(client: TillClient, basket: Basket, state: dict[str, Any]) -> dict[str, Any]:
    """Tender by the rule and finish; the key is one for all tries."""
    add = [
        {"kind": kind, "given_minor": given}
        for kind, given in basket.tenders(state["basket"]["totals"]["total_minor"])
    ]
    body = {"basket": state["basket"]["id"], "version": state["version"], "add": add}
    sale: dict[str, Any] = client.post("/sale/finish", body)["sale"]
    return sale


def by_api(client: TillClient, basket: Basket) -> dict[str, Any]:
    """Every scan as the page would post it."""
    for code in basket.scans:
        client.post("/basket/scan", {"code": code, "source": "wedge"})
    return pay(client, basket, client.state)


def by_serial(world: World, shop: Shop, client: TillClient, basket: Basket) -> dict[str, Any]:
    """Every scan as bytes on the serial line of the emulated scanner; the node adds the lines itself."""
    scanner = world.bench.scanner(shop.scanner)
    previous = ""
    for n, code in enumerate(basket.scans, 1):
        if code == previous:
            time.sleep(SAME_CODE_SECONDS)  # a person's pace: faster is taken for one scan read twice
        scanner.scan(code)
        previous = code
        until_pieces(client, n, f"scan {n} of {code} at {shop.code}")
    return pay(client, basket, client.refresh())


def pieces(state: dict[str, Any]) -> int:
    """Pieces in the basket, red rows included."""
    return sum(int(line["quantity"]) for line in state["basket"]["lines"]) // 1000


def until_pieces(client: TillClient, count: int, what: str) -> None:
    """Wait until so many pieces are in the basket."""
    until(lambda: pieces(client.refresh()) >= count, what)


def until(condition: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.02)


class Attendant(threading.Thread):
    """Looks after something in a store ten times a second, until `end`."""

    def __init__(self, name: str) -> None:
        super().__init__(daemon=True, name=name)
        self._ended = threading.Event()

    def run(self) -> None:
        """Look, wait, look again."""
        while not self._ended.wait(0.1):
            self.look()

    def look(self) -> None:
        """One look."""
        raise NotImplementedError

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()


class Reviver(Attendant):
    """Starts a store's node again whenever it died, as the service manager of a store PC does."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(f"reviver-{shop.code}")
        self.shop = shop

    def look(self) -> None:
        """Is it dead?"""
        process = self.shop.node.process
        if process is not None and process.poll() is not None:
            self.shop.node.start()


class DrawerPusher(Attendant):
    """Pushes the drawer in after a person's while, so that the next pulse can open it."""

    def __init__(self, printer: PrinterEmulator) -> None:
        super().__init__(f"drawer-{printer.name}")
        self.printer = printer
        self._open_looks = 0

    def look(self) -> None:
        """Open for three looks: push it."""
        self._open_looks = self._open_looks + 1 if self.printer.drawer_open else 0
        if self._open_looks == 3:
            self.printer.close_drawer()
