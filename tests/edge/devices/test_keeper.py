"""Devices follow HQ's rows, and their states reach the screens."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.drawer.printer_kick import PrinterKickDrawer
from drivers.errors import device_error
from drivers.printer.emulator import PrinterEmulator
from drivers.printer.emulator_servers import TcpPrinterServer
from drivers.printer.escpos import EscposPrinter
from drivers.printer.job_run import Timing
from drivers.transport.memory import MemoryTransport
from edge.devices.keeper import Devices
from tests.builders.edge import Shop
from tests.edge.spool.rig import WIRES, Rig, a_rig, printer_row, put_terminal


class Changes:
    """Waits for a claim, looked at after every change of a device."""

    def __init__(self, devices: Devices) -> None:
        self._condition = threading.Condition()
        self.seen: list[str] = []
        devices.on_change(self._on)

    def _on(self, terminal: str) -> None:
        with self._condition:
            self.seen.append(terminal)
            self._condition.notify_all()

    def wait_for(self, claim: Callable[[], bool]) -> None:
        with self._condition:
            assert self._condition.wait_for(claim, 120), self.seen


def in_memory(emulator: PrinterEmulator) -> Callable[[Any], dict[str, Any]]:
    """Builds the same devices on a pipe inside the process."""

    def build(_profiles: Any) -> dict[str, Any]:
        timing = Timing(answer=60.0, base=60.0, blocked_poll=0.2, look=0.01)
        printer = EscposPrinter("printer:01", MemoryTransport(emulator), timing=timing)
        return {"printer:01": printer, "drawer:01": PrinterKickDrawer("drawer:01", printer)}

    return build


def test_no_devices_is_a_state_of_its_own(shop: Shop) -> None:
    shop.node.devices.start()

    assert shop.node.chips("01")["printer"]["state"] == "none"
    assert shop.node.chips("01")["scanner"] == {"state": "none"}
    shop.node.devices.stop()


def test_a_device_in_memory_is_owned_by_a_thread(shop: Shop) -> None:
    emulator = PrinterEmulator("memory")
    devices = Devices(shop.node, in_memory(emulator))
    changes = Changes(devices)
    put_terminal(shop, "01", {"printer": printer_row(9100), "drawer": {"via": "printer"}})

    devices.start()
    changes.wait_for(lambda: devices.printer("01") is not None)
    owner = devices.drawer("01")
    assert owner is not None

    assert owner.call(lambda: owner.device.open_drawer("test", "1001")).result == "OPEN_VERIFIED"
    assert owner.call(lambda: threading.current_thread().name) == "device-printer:01"
    devices.stop()


class Locked(MemoryTransport):
    """A port that this user may not open, until its plug is put into another one."""

    def reopen(self) -> None:
        if not self.plugged:
            raise device_error("link.permission", address="memory")
        super().reopen()


def test_a_serial_printer_is_tried_again_when_a_port_comes_or_goes(shop: Shop) -> None:
    """Nothing else tries one without permission again, and one that was unplugged need not wait (HW-03)."""
    wire, here = Locked(PrinterEmulator("memory")), [frozenset({"/dev/ttyUSB0"})]
    wire.plugged = False
    devices = Devices(
        shop.node, lambda _: {"printer:01": EscposPrinter("printer:01", wire)}, ports=lambda: here[0]
    )
    changes = Changes(devices)
    put_terminal(shop, "01", {"printer": {"transport": "serial", "path": "/dev/ttyUSB0"}})

    def state() -> str:
        owner = devices.printer("01")
        return "" if owner is None else owner.health().state

    devices.start()
    changes.wait_for(lambda: state() == "LOST")
    wire.plugged = True
    here[0] = frozenset({"/dev/ttyUSB1"})

    changes.wait_for(lambda: state() == "READY")
    devices.stop()


def test_a_changed_row_builds_the_device_anew_and_leaves_the_others(tmp_path: Path) -> None:
    with a_rig(tmp_path) as rig:
        devices = rig.node.devices
        changes = Changes(devices)
        second = TcpPrinterServer(PrinterEmulator("till-02"))
        second.start()
        first = devices.printer("01")

        put_terminal(rig.shop, "02", {"printer": printer_row(second.port)})
        changes.wait_for(lambda: devices.printer("02") is not None)
        assert devices.printer("01") is first

        put_terminal(rig.shop, "02", {})
        changes.wait_for(lambda: devices.printer("02") is None)
        assert devices.printer("01") is first
        second.stop()


def test_a_wrong_profile_is_a_problem_with_words_and_the_rest_runs(tmp_path: Path) -> None:
    with a_rig(tmp_path) as rig:
        changes = Changes(rig.node.devices)

        put_terminal(rig.shop, "02", {"printer": {"transport": "pigeon"}})
        changes.wait_for(lambda: "02" in rig.node.devices.problems)

        assert "transport type must be tcp or serial" in rig.node.devices.problems["02"][0]
        assert rig.node.chips("02")["printer"]["state"] == "lost"
        assert rig.node.devices.printer("01") is not None


@pytest.mark.parametrize("wire", WIRES)
def test_a_drawer_left_open_is_a_word_on_the_screen_a_chip_and_a_row_of_the_audit(
    tmp_path: Path, wire: str
) -> None:
    """The pulse of a real sale, and nobody pushes the drawer in (HW-07)."""
    with a_rig(tmp_path, drawer=False, start=False, wire=wire) as rig:
        where = rig.node.reference.settings.terminals["01"].devices["printer"]
        drawer = {"via": "printer", "sensor": "high_open", "left_open_ms": 500}
        put_terminal(rig.shop, "01", {"printer": where, "drawer": drawer})
        rig.start()
        sale = rig.sell()

        told = next(data for data in frames(rig, "message"))

        assert told["code"] == "drawer.left_open"
        assert told["text"] == rig.node.texts.text("zh-Hant", "error.drawer.left_open")
        assert rig.chip()["drawer"] == "open"
        assert rig.printer.counts()["pulses"] == 1

        rig.printer.close_drawer()
        drawers = (data["printer"]["drawer"] for data in frames(rig, "chips"))
        assert "open" in drawers
        assert "ok" in drawers  # after that: each look takes what it has passed
        rig.wait(sale, "DONE", "drawer")
        rig.node.devices.drawer("01").call(lambda: None)  # its thread has written by then
        verbs = [
            row["verb"] for row in rig.node.db.rows("SELECT verb FROM audit WHERE subject = 'drawer:01'")
        ]
        assert sorted(verbs) == ["devices.drawer_left_open", "spool.drawer_pulsed"]


def frames(rig: Rig, wanted: str) -> Iterator[dict[str, Any]]:
    """The events of one kind that the screen of terminal 01 was told since its start, and then each new one."""
    for frame in rig.node.bus.stream("01", rig.node.bus.id_of(0)):
        for kind, data in re.findall(r"event: (\w+)\ndata: (.*)\n", frame):
            if kind == wanted:
                yield json.loads(data)


def until(rig: Rig, state: str) -> list[str]:
    """The printer states that the screen of terminal 01 was told, up to the first time of `state`."""
    seen: list[str] = []
    for data in frames(rig, "chips"):
        seen.append(data["printer"]["state"])
        if state in seen:
            return seen
    raise AssertionError(seen)


def test_an_idle_printer_that_changes_changes_the_chip(tmp_path: Path) -> None:
    """Without a paper on its way, too: out of paper, then gone (HW-02)."""
    with a_rig(tmp_path) as rig:
        until(rig, "ready")

        rig.printer.set("paper_out", True)
        assert until(rig, "paper_out")[-1] == "paper_out"
        rig.printer.set("offline", True)
        assert until(rig, "lost")[-1] == "lost"
