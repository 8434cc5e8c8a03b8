"""Devices follow HQ's rows, and their states reach the screens."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.drawer.printer_kick import PrinterKickDrawer
from drivers.printer.emulator import PrinterEmulator
from drivers.printer.emulator_servers import TcpPrinterServer
from drivers.printer.escpos import EscposPrinter
from drivers.printer.job_run import Timing
from drivers.transport.memory import MemoryTransport
from edge.devices.keeper import Devices
from tests.builders.edge import Shop
from tests.edge.spool.rig import PATIENT, Rig, a_rig, printer_row, put_terminal


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
            assert self._condition.wait_for(claim, 30), self.seen


def in_memory(emulator: PrinterEmulator) -> Callable[[Any], dict[str, Any]]:
    """Builds the same devices on a pipe inside the process."""

    def build(_profiles: Any) -> dict[str, Any]:
        timing = Timing(answer=5.0, base=20.0, blocked_poll=0.2, look=0.01)
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


def until(rig: Rig, state: str) -> list[str]:
    """The printer states that the screen of terminal 01 was told, up to the first time of `state`."""
    seen: list[str] = []
    for frame in rig.node.bus.stream("01", rig.node.bus.id_of(0)):
        for kind, data in re.findall(r"event: (\w+)\ndata: (.*)\n", frame):
            if kind == "chips":
                seen.append(json.loads(data)["printer"]["state"])
        if state in seen:
            return seen
    raise AssertionError(seen)


def test_an_idle_printer_that_changes_changes_the_chip(tmp_path: Path) -> None:
    """Without a paper on its way, too: out of paper, then gone (HW-02)."""
    with a_rig(tmp_path, start=False) as rig:
        rig.node.devices._idle_seconds = 0.05
        rig.start()
        until(rig, "ready")

        rig.printer.set("paper_out", True)
        assert until(rig, "paper_out")[-1] == "paper_out"
        rig.printer.set("offline", True)
        assert until(rig, "lost")[-1] == "lost"


def test_the_rigs_profiles_are_whole_numbers() -> None:
    assert all(isinstance(value, int) for value in PATIENT.values())
