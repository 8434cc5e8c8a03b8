"""Device profiles: what is right is built, everything wrong is said at once."""

import pytest

from drivers.drawer.printer_kick import PrinterKickDrawer
from drivers.printer.escpos import EscposPrinter
from drivers.registry import build
from drivers.scanner.serial_scanner import SerialScanner
from retail.errors import Misconfigured

PRINTER = {
    "id": "printer-1",
    "kind": "printer",
    "driver": "escpos",
    "transport": {"type": "tcp", "host": "127.0.0.1", "port": 9100},
    "caps": {"columns": 32, "codec": "cp950", "fence": "gs_r"},
    "timing": {"base": 3},
}
DRAWER = {
    "id": "drawer-1",
    "kind": "drawer",
    "driver": "printer-kick",
    "via": "printer-1",
    "caps": {"channel": 1},
}
SCANNER = {
    "id": "scanner-1",
    "kind": "scanner",
    "driver": "serial",
    "transport": {"type": "serial", "path": "/dev/serial/by-id/scanner", "baudrate": 115200},
    "duplicate_ms": 0,
}


def test_profiles_become_devices_whatever_their_order() -> None:
    devices = build([DRAWER, SCANNER, PRINTER])

    printer, drawer = devices["printer-1"], devices["drawer-1"]
    assert isinstance(printer, EscposPrinter)
    assert (printer.caps.dots, printer.caps.columns, printer.caps.codec) == (384, 32, "cp950")
    assert isinstance(drawer, PrinterKickDrawer)
    assert drawer.caps.channel == 1
    assert isinstance(devices["scanner-1"], SerialScanner)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"driver": "laser"}, "no driver printer/laser"),
        ({"colour": "red"}, "profile has unknown keys: colour"),
        ({"transport": {"type": "tcp"}}, "tcp needs a host and a port"),
        ({"transport": {"type": "serial"}}, "serial needs a path"),
        ({"transport": {"type": "carrier pigeon"}}, "transport type must be tcp or serial"),
        ({"transport": None}, "transport is missing"),
        ({"caps": {"codec": "utf-7"}}, "caps.codec must be one of gbk"),
        ({"caps": {"dots": "576"}}, "caps.dots must be a whole number"),
        ({"caps": {"asb": 1}}, "caps.asb must be true or false"),
        ({"caps": {"columns": 48, "dots": 384}}, "48 columns need 576 dots"),
        ({"timing": {"base": "long"}}, "timing.base must be a number"),
        ({"timing": {"bytes_per_second": 0}}, "timing.bytes_per_second must be above 0"),
        (
            {"transport": {"type": "serial", "path": "/dev/x", "baudrate": "fast"}},
            "baudrate must be a whole number",
        ),
        (
            {"transport": {"type": "serial", "path": "/dev/x", "baudrate": 0}},
            "baudrate must be a whole number",
        ),
        ({"id": ""}, "id must be a text"),
    ],
)
def test_each_mistake_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(Misconfigured) as wrong:
        build([{**PRINTER, **change}])

    assert said in wrong.value.problems[0]


def test_all_problems_are_reported_together() -> None:
    with pytest.raises(Misconfigured) as wrong:
        build([{**PRINTER, "driver": "x"}, DRAWER, {**SCANNER, "duplicate_ms": 5000}, SCANNER, SCANNER])

    assert [problem.split(":")[0] for problem in wrong.value.problems] == [
        "printer-1",
        "scanner-1",
        "scanner-1",
        "drawer-1",
    ]
