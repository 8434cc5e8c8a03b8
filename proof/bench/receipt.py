"""A receipt: made from the journal's body, and the time from the commit to its first byte at the printer.

Five lines in traditional characters for a Big5 printer, with the store's head and foot and a QR code. The node's own
devices and spool run in this process; the printer is the emulator behind a TCP port. Measured is the first byte of the
paper itself: what goes before it (the question whether the printer is ready, the greeting, the commit that says
SENDING) is part of the time. A cash sale waits for the drawer's pulse and its answer as well, because a drawer goes
before the paper.

The limit of all of it: the bytes of the same paper, ready, written to an open connection with a printer of the same
kind behind it, until the first one has arrived.
"""

from __future__ import annotations

import queue
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
from structlog.testing import capture_logs

from drivers.printer import commands
from drivers.printer.emulator import PrinterEmulator
from drivers.printer.emulator_servers import TcpPrinterServer
from drivers.printer.engine import Model
from drivers.printer.layout import render
from drivers.printer.protocol import PrinterCaps
from edge.journal.draft import Draft
from edge.node import Node
from edge.sales.actions import finish
from edge.spool.compose import receipt
from edge.spool.model import Job
from edge.till import repository
from edge.till.actions import scan
from edge.till.model import OpenBasket
from kit.context import Context
from proof.bench.measure import Figure, alternate, ratio_of
from proof.bench.shop import CODES, a_selling_node
from retail import basket as rules
from retail.tender import Tender, card, cash
from schemas.rows.registry import encode
from schemas.rows.stores import TerminalRow

RECEIPTS = 10
MAKE_MS_MAX, FIRST_BYTE_MS_MAX = 20.0, 150.0
SECONDS = 120.0
ENDED = ("DONE", "SENT_UNVERIFIED", "UNKNOWN", "CANCELLED")
GIVEN = 100_000
LANGUAGE = "zh-Hant"
CAPS = PrinterCaps(codec="cp950")
GREETING = commands.INIT + commands.ASB_ON
HEAD = {"zh-Hant": "香港九龍旺角彌敦道七百號地下\n電話 2345 6789"}
FOOT = {"zh-Hant": "多謝惠顧,歡迎再次光臨\n貨物出門七日內憑單退換"}


def measure(rounds: int, receipts: int = RECEIPTS) -> list[Figure]:
    """Making a paper; commit to first byte without and with a drawer."""
    with (
        tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder,
        capture_logs(),
        a_till(Path(folder)) as till,
    ):
        sold = [till.sell(n % 2 == 0) for n in range(receipts)]
        made = alternate(rounds, lambda: till.make(sold), lambda: till.send(receipts))
        carded = alternate(
            rounds, lambda: till.print(receipts, with_drawer=False), lambda: till.send(receipts)
        )
        cashed = alternate(
            rounds, lambda: till.print(receipts, with_drawer=True), lambda: till.send(receipts)
        )
        wrong = till.wrong
    figures = []
    for item, (mine, theirs), share, bound in (
        ("receipt composed and encoded, p50", made, 0.5, MAKE_MS_MAX),
        ("receipt composed and encoded, p99", made, 0.99, MAKE_MS_MAX),
        ("commit to the paper's first byte, p50", carded, 0.5, FIRST_BYTE_MS_MAX),
        ("commit to the paper's first byte, p99", carded, 0.99, FIRST_BYTE_MS_MAX),
        ("the same behind a drawer's pulse, p50", cashed, 0.5, FIRST_BYTE_MS_MAX),
    ):
        ours, limit, ratio = ratio_of(mine, theirs, share)
        figures.append(Figure(item, ours, limit, "ms", ratio, bound=bound, note=wrong))
    return figures


class Timed(PrinterEmulator):
    """A printer that notes when the first byte of a paper arrived: the first one behind the greeting."""

    def __init__(self, name: str) -> None:
        super().__init__(name, Model(characters="big5"))
        self.arm()

    def arm(self) -> None:
        """Wait for the next paper."""
        self.first = 0.0
        self._seen = b""

    def receive(self, data: bytes) -> None:
        """Bytes from the host."""
        if not self.first:
            at = time.perf_counter()
            self._seen += data
            _, greeting, body = self._seen.partition(GREETING)
            if greeting and body:
                self.first = at
        super().receive(data)


class Till:
    """A selling node with its devices and spool at work, and a bare printer beside its own."""

    def __init__(self, node: Node, ctx: Context, printer: Timed, bare: Timed, line: socket.socket) -> None:
        self.node, self.printer, self.bare, self._line = node, printer, bare, line
        self.ctx = replace(ctx, actor=replace(ctx.actor, language=LANGUAGE))
        self.wrong = ""
        self._sold, self._took, self._committed = "", 0.0, 0.0
        self._papers: queue.Queue[Job] = queue.Queue()
        node.journal.on_commit(self._note_commit)  # before the spool begins to listen
        node.spool.on_move(self._ended)

    def sell(self, with_drawer: bool) -> str:
        """One sale of five products and its paper, cut off; its identity."""
        for code in CODES:
            scan(self.ctx, code)
        tender = cash(GIVEN) if with_drawer else self._card()
        self.printer.arm()
        self._sold = str(finish(self.ctx, basket=None, version=None, added=[tender])["sale"]["id"])
        job = self._papers.get(timeout=SECONDS)
        if (job.reference, job.state, self.printer.drawer_open) != (self._sold, "DONE", with_drawer):
            self.wrong = (
                f"WRONG: a paper ended {job.state} {job.reason}, drawer open {self.printer.drawer_open}"
            )
        self._took = (self.printer.first - self._committed) * 1000
        self.printer.close_drawer()
        return self._sold

    def print(self, receipts: int, *, with_drawer: bool) -> list[float]:
        """Milliseconds from each commit to the first byte of its paper."""
        took = []
        for _ in range(receipts):
            self.sell(with_drawer)
            took.append(self._took)
        return took

    def send(self, receipts: int) -> list[float]:
        """Milliseconds from the write to the first byte, with the bytes of the newest sale's paper."""
        body = self.made(self._sold)
        took = []
        for _ in range(receipts):
            papers = len(self.bare.papers())
            self.bare.arm()
            began = time.perf_counter()
            self._line.sendall(GREETING + body + commands.CUT_AFTER_FEED)
            found = self.bare.wait_for_papers(papers + 1, SECONDS)
            took.append((self.bare.first - began) * 1000)
        if found[-1].text() != self.printer.papers()[-1].text():
            self.wrong = "WRONG: the papers differ"
        return took

    def make(self, sold: list[str]) -> list[float]:
        """Milliseconds from the journal's body to the printer's bytes."""
        return [timed(partial(self.made, id_)) for id_ in sold]

    def made(self, id_: str) -> bytes:
        """The bytes of a receipt."""
        return render(receipt(self.node, id_, LANGUAGE), CAPS)

    def _card(self) -> Tender:
        row = repository.open_row(self.node.db, self.ctx.device)
        assert row is not None
        basket = OpenBasket.from_row(row).basket
        return card(rules.totals(basket, self.node.reference.settings.tax_policy).total)

    def _note_commit(self, draft: Draft) -> None:
        """A sale's commit, not those of the spool."""
        if draft.papers:
            self._committed = time.perf_counter()

    def _ended(self, job: Job) -> None:
        if job.kind == "receipt" and job.state in ENDED:
            self._papers.put(job)


def timed(act: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


@contextmanager
def a_till(folder: Path) -> Iterator[Till]:
    """A node whose printer and drawer are emulated, at work; a second printer with an open connection."""
    printer, bare = Timed("till"), Timed("bare")
    node, ctx = a_selling_node(folder / "node")
    with ExitStack() as ending:
        ending.callback(node.close)
        served, beside = TcpPrinterServer(printer), TcpPrinterServer(bare)
        for server in (served, beside):
            server.start()
            ending.callback(server.stop)
        line = ending.enter_context(socket.create_connection((beside.host, beside.port)))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        furnish(node, served.port)
        till = Till(node, ctx, printer, bare, line)
        node.devices.start()
        ending.callback(node.devices.stop)
        node.spool.start()
        ending.callback(node.spool.stop)
        yield till


def furnish(node: Node, port: int) -> None:
    """The rows of HQ that a paper needs: texts of the chain, a printer and a calibrated drawer at terminal 01.

    The drawer's second of rest between two pulses is left out; a customer takes longer.
    """
    settings = node.reference.settings
    devices: dict[str, dict[str, str | int | bool]] = {
        "printer": {
            "transport": "tcp",
            "host": "127.0.0.1",
            "port": port,
            "columns": 48,
            "codec": CAPS.codec,
        },
        "drawer": {"via": "printer", "sensor": "high_open", "cooldown_ms": 0},
    }
    chain = msgspec.structs.replace(settings.need_chain(), receipt_head=HEAD, receipt_foot=FOOT)
    terminal = TerminalRow(code="01", name="T01", devices=devices)
    with node.reference.db.write() as tx:
        for kind, key, row in (("settings", "chain", chain), ("terminal", "01", terminal)):
            tx.execute("UPDATE row SET bytes = ? WHERE kind = ? AND key = ?", (encode(row), kind, key))
    node.reference.changed()
