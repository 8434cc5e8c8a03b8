"""A store whose till hangs on an emulated printer with a drawer; the spool and the devices really run.

Limits are generous, because a busy machine may stall any thread: a paper is judged by what the printer does, not by
how fast this machine is. Tests of silence shorten the one limit whose end they wait for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from drivers.printer.emulator import PrinterEmulator
from drivers.printer.emulator_servers import PrinterServer, PtyPrinterServer, TcpPrinterServer
from drivers.printer.engine import Model
from edge.sales.actions import finish
from edge.spool import queries, repository
from edge.spool.model import Job
from edge.till.actions import scan
from proof.sockets import free_port
from retail.tender import cash
from schemas.rows.stores import TerminalRow
from tests.builders.edge import Shop, a_shop, put

PATIENT = {"answer_ms": 60_000, "base_ms": 60_000, "look_ms": 10, "blocked_poll_ms": 200}
SILENT = {"answer_ms": 150}  # for a printer that never answers
UNPROVED = {"base_ms": 500}  # for a paper whose proof never comes
SECONDS = 120.0
WIRES = ("tcp", "pty")


def printer_row(where: int | str, **fields: Any) -> dict[str, Any]:
    """The profile that HQ sends for an emulated printer at a TCP port or at the path of a serial one."""
    tcp = {"transport": "tcp", "host": "127.0.0.1", "port": where}
    serial = {"transport": "serial", "path": where, "baudrate": 115200}
    wire = tcp if isinstance(where, int) else serial
    return wire | {"columns": 48, "codec": "gbk"} | PATIENT | fields


def a_server(emulator: PrinterEmulator, wire: str, folder: Path) -> tuple[PrinterServer, int | str]:
    """A running server of the emulator, and where it is."""
    if wire == "tcp":
        listening = TcpPrinterServer(emulator, port=free_port())
        return listening.start(), listening.port
    return PtyPrinterServer(emulator, folder / "printer").start(), str(folder / "printer")


def put_terminal(shop: Shop, code: str, devices: dict[str, Any]) -> None:
    """The row of a terminal as sync writes it."""
    row = TerminalRow(code=code, name=f"Lane {code}", devices=devices)
    put(shop.node, f"store:{shop.node.store}", "terminal", code, row)


@dataclass
class Rig:
    """The running store and the printer's operator side."""

    shop: Shop
    printer: PrinterEmulator
    moves: list[Job] = field(default_factory=list)
    _moved: threading.Condition = field(default_factory=threading.Condition)

    @property
    def node(self) -> Any:
        return self.shop.node

    def start(self) -> None:
        """Devices and spool as the server starts them."""
        self.node.spool.on_move(self._on_move)
        self.node.devices.start()
        self.node.spool.start()

    def stop(self) -> None:
        """As the server ends."""
        self.node.spool.stop()
        self.node.devices.stop()

    def patience(self, *switch: Any, **seconds: float) -> None:
        """From now on wait so long for the printer; one of its switches may be turned with that. Between two
        questions: none that was asked with more patience waits in vain.
        """
        owner = self.node.devices.printer("01")

        def change() -> None:
            owner.device._timing = replace(owner.device._timing, **seconds)
            if switch:
                self.printer.set(*switch)

        owner.call(change)

    def sell(self) -> str:
        """One cash sale; returns its document."""
        ctx = self.shop.at()
        scan(ctx, "2000000000015")
        return str(finish(ctx, basket=None, version=None, added=[cash(1000)])["sale"]["id"])

    def job(self, reference: str, kind: str = "receipt") -> Job:
        """A job by what it is for."""
        row = self.node.db.row(
            "SELECT id FROM print_job WHERE reference = ? AND kind = ? ORDER BY id DESC", (reference, kind)
        )
        with self.node.db.read() as tx:
            found = repository.job(tx, row["id"])
        assert found is not None
        return found

    def wait(self, reference: str, state: str, kind: str = "receipt") -> Job:
        """Wait until a job is in a state."""
        self.wait_for(lambda: self.job(reference, kind).state == state)
        return self.job(reference, kind)

    def wait_for(self, claim: Callable[[], bool]) -> None:
        """Wait until a claim holds; it is looked at after every move."""
        with self._moved:
            assert self._moved.wait_for(claim, SECONDS), [
                (job.kind, job.state, job.reason) for job in self.moves
            ]

    def history(self, reference: str, kind: str = "receipt") -> list[str]:
        """The states a job went through."""
        return [state for state, _ in queries.history(self.node.db, self.job(reference, kind).id)]

    def papers(self) -> list[str]:
        """The texts of the papers that were cut off."""
        return [paper.text() for paper in self.printer.papers()]

    def chip(self) -> dict[str, Any]:
        """The printer chip of terminal 01."""
        found: dict[str, Any] = self.node.chips("01")["printer"]
        return found

    def _on_move(self, job: Job) -> None:
        with self._moved:
            self.moves.append(job)
            self._moved.notify_all()


@contextmanager
def a_rig(
    folder: Path, *, drawer: bool | str = True, start: bool = True, wire: str = "tcp", **fields: Any
) -> Iterator[Rig]:
    """A store with an open shift and its printer on a wire, everything running unless `start` is False. A drawer
    given by name is told of in the printer's row.
    """
    emulator = PrinterEmulator("till-01", Model(characters="gbk"))
    server, where = a_server(emulator, wire, folder)
    shop = a_shop(folder / "node")
    devices: dict[str, Any] = {"printer": printer_row(where, **fields)}
    if isinstance(drawer, str):
        devices["printer"]["drawer"] = drawer
    elif drawer:
        devices["drawer"] = {"via": "printer", "sensor": "high_open"}
    put_terminal(shop, "01", devices)
    rig = Rig(shop, emulator)
    if start:
        rig.start()
    try:
        yield rig
    finally:
        rig.stop()
        shop.close()
        server.stop()
