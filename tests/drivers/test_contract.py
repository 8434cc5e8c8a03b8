"""One contract for every driver: the real device against its emulator, over each transport it has."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.device import Device
from drivers.drawer.printer_kick import PrinterKickDrawer
from drivers.errors import FAILURES
from drivers.printer.emulator import PrinterEmulator
from drivers.scanner.emulator import ScannerEmulator
from drivers.scanner.serial_scanner import SerialScanner
from drivers.transport.serial_port import SerialTransport
from retail.errors import DeviceError
from tests.drivers.printer.bench import a_rig


@dataclass
class Pair:
    """A device, a switch that takes its other end away, and what must not have moved."""

    device: Device
    away: Callable[[bool], None]
    moved: Callable[[], int]
    use: Callable[[], object]


def printer_like(wire: str, folder: Path, kind: str) -> Iterator[Pair]:
    with a_rig(wire, folder) as rig:
        emulator: PrinterEmulator = rig.emulator
        device: Device = rig.printer if kind == "printer" else PrinterKickDrawer("drawer-1", rig.printer)

        def away(gone: bool) -> None:
            emulator.set("offline", gone)
            rig.wait_for_wire("gone" if gone else "up")

        yield Pair(
            device,
            away,
            lambda: emulator.counts()["pulses"] + len(emulator.hanging().rows) + len(emulator.papers()),
            rig.printer.preflight,
        )


def scanner(wire: str, folder: Path, kind: str) -> Iterator[Pair]:
    emulator = ScannerEmulator("scan", folder / "scanner")
    device = SerialScanner("scanner-1", SerialTransport(str(folder / "scanner")))
    yield Pair(device, lambda gone: emulator.set("unplugged", gone), lambda: 0, lambda: device.turn(0.01))
    device.close()
    emulator.stop()


CASES = [
    (printer_like, "memory", "printer"),
    (printer_like, "tcp", "printer"),
    (printer_like, "pty", "printer"),
    (printer_like, "tcp", "drawer"),
    (printer_like, "pty", "drawer"),
    (scanner, "pty", "scanner"),
]
WIRED = [case for case in CASES if case[1] != "memory"]


def name(case: tuple[object, str, str]) -> str:
    return f"{case[2]}-{case[1]}"


@pytest.fixture
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    make, wire, kind = request.param
    yield from make(wire, tmp_path, kind)


def failure(work: Callable[[], object]) -> str | None:
    """The code with which something fails, or None."""
    try:
        work()
    except DeviceError as problem:
        return problem.code
    return None


@pytest.mark.parametrize("pair", CASES, indirect=True, ids=name)
def test_opening_and_closing_twice_is_harmless_and_shown(pair: Pair) -> None:
    assert pair.device.health().state == "CONFIGURED"

    pair.device.open()
    pair.device.open()
    opened = pair.device.health()
    pair.device.close()
    pair.device.close()

    assert opened.state == "READY"
    assert opened.last_error is None
    assert "losses" in opened.counters or pair.device.kind == "drawer"


@pytest.mark.parametrize("pair", CASES, indirect=True, ids=name)
def test_a_passive_self_test_passes_and_moves_nothing(pair: Pair) -> None:
    pair.device.open()

    checks = pair.device.self_test("passive")

    assert checks
    assert all(check.passed for check in checks), checks
    assert pair.moved() == 0


@pytest.mark.parametrize("pair", WIRED, indirect=True, ids=name)
def test_an_absent_device_is_a_named_link_failure(pair: Pair) -> None:
    pair.away(True)

    code = failure(pair.device.open)

    assert code is not None
    assert code.startswith("link.")
    assert code in FAILURES


@pytest.mark.parametrize("pair", WIRED, indirect=True, ids=name)
def test_a_device_that_comes_back_works_again(pair: Pair) -> None:
    pair.device.open()
    pair.away(True)
    assert failure(pair.use) is not None

    pair.away(False)
    assert (failure(pair.device.open), failure(pair.use)) == (None, None)

    assert pair.device.health().state == "READY"
    assert all(check.passed for check in pair.device.self_test("passive"))
