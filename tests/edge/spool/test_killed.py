"""The process dies without warning: what was sent is never sent again, what was not is printed once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.printer.emulator import PrinterEmulator
from drivers.printer.engine import Model
from tests.builders.edge import a_shop
from tests.edge.spool.child import open_again
from tests.edge.spool.rig import WIRES, Rig, a_server, printer_row, put_terminal

ROOT = Path(__file__).resolve().parents[3]
LONG_MS = 60_000


@dataclass
class Outliving:
    """A printer that outlives the node, and where it is."""

    emulator: PrinterEmulator
    where: int | str


@pytest.fixture(params=WIRES)
def printer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outliving]:
    """Over TCP and over a serial port."""
    emulator = PrinterEmulator("till-01", Model(characters="gbk"))
    server, where = a_server(emulator, request.param, tmp_path)
    yield Outliving(emulator, where)
    server.stop()


@contextmanager
def a_child(home: Path, what: str) -> Iterator[str]:
    """A node in its own process; killed without warning at the end. Yields the word it says."""
    command = [sys.executable, "-m", "tests.edge.spool.child", str(home), what]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip()
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()


def a_home(folder: Path, where: int | str, **fields: int) -> Path:
    """A store's home on disk, closed again."""
    shop = a_shop(folder / "node")
    put_terminal(shop, "01", {"printer": printer_row(where, **fields)})
    shop.close()
    return folder / "node"


@contextmanager
def reopened(home: Path, printer: PrinterEmulator) -> Iterator[Rig]:
    """The same store in this process, running."""
    rig = Rig(open_again(home), printer)
    rig.start()
    try:
        yield rig
    finally:
        rig.stop()
        rig.shop.close()


def test_killed_after_the_body_left_is_unknown_and_nothing_is_printed_again(
    printer: Outliving, tmp_path: Path
) -> None:
    emulator = printer.emulator
    emulator.set("no_gsh", True)  # the body is on paper, the proof never comes
    home = a_home(tmp_path, printer.where, base_ms=LONG_MS)
    with a_child(home, "sell") as sale:
        pass

    with a_child(home, "spool"):
        assert emulator.wait_for(lambda seen: "Check code" in seen.hanging().text(), 120)

    emulator.set("no_gsh", False)
    with reopened(home, emulator) as rig:
        assert rig.job(sale).state == "UNKNOWN"
        assert rig.job(sale).reason == "job.unknown"
        after = rig.sell()
        rig.wait(after, "DONE")
        number = rig.node.db.value("SELECT number FROM document WHERE id = ?", (sale,))
        assert (
            sum(paper.count(number) for paper in rig.papers()) <= 2
        )  # the number in words and in its QR code
        assert ["RESULT UNKNOWN" in paper for paper in rig.papers()] == [True, False]
        assert rig.job(sale).attempts == 1
        assert rig.job(sale).state == "UNKNOWN"


def test_killed_while_queued_is_printed_once(printer: Outliving, tmp_path: Path) -> None:
    emulator = printer.emulator
    home = a_home(tmp_path, printer.where)
    with a_child(home, "sell") as sale:
        pass

    with reopened(home, emulator) as rig:
        job = rig.wait(sale, "DONE")

        assert job.attempts == 1
        assert rig.history(sale) == ["SENDING", "CONFIRMED", "DONE"]
        assert len(rig.papers()) == 1


def test_killed_while_blocked_is_printed_once_when_the_cover_is_closed(
    printer: Outliving, tmp_path: Path
) -> None:
    emulator = printer.emulator
    emulator.set("cover_open", True)
    home = a_home(tmp_path, printer.where)
    with a_child(home, "sell") as sale:
        pass
    with a_child(home, "spool"):
        assert emulator.wait_for(lambda seen: seen.counts()["bytes"] > 0, 120)

    emulator.new_roll()
    with reopened(home, emulator) as rig:
        rig.wait(sale, "DONE")
        assert len(rig.papers()) == 1
