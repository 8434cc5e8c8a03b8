"""From HQ's rows to what the registry builds."""

from __future__ import annotations

import pytest

from drivers.drawer.printer_kick import PrinterKickDrawer
from drivers.printer.escpos import EscposPrinter
from drivers.registry import build
from drivers.scanner.serial_scanner import SerialScanner
from edge.devices.profiles import stations
from retail.errors import Misconfigured
from schemas.rows.stores import TerminalRow

TCP = {"transport": "tcp", "host": "192.0.2.7", "port": 9100, "columns": 48, "codec": "gbk"}


def a_terminal(code: str, **devices: dict[str, str | int | bool]) -> tuple[str, TerminalRow]:
    return code, TerminalRow(code=code, name=code, devices=devices)


def test_a_whole_terminal_becomes_devices() -> None:
    scanner = {
        "transport": "serial",
        "port": "/dev/serial/by-id/scanner",
        "baudrate": 115200,
        "duplicate_ms": 0,
    }
    found = stations(dict([a_terminal("01", printer=TCP, drawer={"via": "printer"}, scanner=scanner)]))

    devices = {name: device for station in found for name, device in build(station.profiles).items()}

    printer, drawer, scanner_device = devices["printer:01"], devices["drawer:01"], devices["scanner:01"]
    assert isinstance(printer, EscposPrinter)
    assert (printer.caps.columns, printer.caps.dots, printer.caps.codec) == (48, 576, "gbk")
    assert isinstance(drawer, PrinterKickDrawer)
    assert drawer.caps.poll_seconds == 0.6  # not calibrated: the receipt does not wait two seconds
    assert isinstance(scanner_device, SerialScanner)


def test_the_console_may_name_a_drawer_in_the_printers_row_and_a_path_for_a_port() -> None:
    row = {"transport": "serial", "path": "/dev/ttyS0", "baudrate": 19200, "codec": "cp950", "drawer": True}

    (station,) = stations(dict([a_terminal("01", printer=row)]))

    assert [profile["id"] for profile in station.profiles] == ["printer:01", "drawer:01"]
    assert station.profiles[0]["transport"] == {"type": "serial", "path": "/dev/ttyS0", "baudrate": 19200}


@pytest.mark.parametrize("sensor", ["high_open", "low_open"])
def test_a_calibrated_drawer_in_the_printers_row_opens_without_paper(sensor: str) -> None:
    (station,) = stations(dict([a_terminal("01", printer={**TCP, "drawer": sensor})]))

    drawer = build(station.profiles)["drawer:01"]

    assert isinstance(drawer, PrinterKickDrawer)
    assert (drawer.caps.sensor, drawer.caps.realtime, drawer.caps.poll_seconds) == (sensor, True, 2.0)


def test_no_drawer_in_the_printers_row_is_no_drawer() -> None:
    (station,) = stations(dict([a_terminal("01", printer={**TCP, "drawer": False})]))

    assert [profile["id"] for profile in station.profiles] == ["printer:01"]


def test_two_terminals_at_one_address_share_one_printer_with_a_drawer_each() -> None:
    second = a_terminal("02", printer=TCP, drawer={"via": "printer", "channel": 1})

    (station,) = stations(dict([a_terminal("01", printer=TCP, drawer={"via": "printer"}), second]))

    assert station.terminals == ("01", "02")
    assert [profile["id"] for profile in station.profiles] == ["printer:01", "drawer:01", "drawer:02"]
    assert station.profiles[2]["via"] == "printer:01"


def test_no_devices_and_closed_terminals_build_nothing() -> None:
    closed = TerminalRow(code="02", name="02", devices={"printer": TCP}, active=False)

    assert stations({"01": TerminalRow(code="01", name="01", devices={}), "02": closed}) == []


def test_milliseconds_become_seconds() -> None:
    row = {**TCP, "answer_ms": 250, "blocked_poll_ms": 1000}

    (station,) = stations(dict([a_terminal("01", printer=row)]))

    assert station.profiles[0]["timing"] == {"answer": 0.25, "blocked_poll": 1.0}


@pytest.mark.parametrize(
    "row",
    [{**TCP, "colour": "red"}, {"transport": "tcp"}, {**TCP, "codec": "utf-7"}, {**TCP, "drawer": "ajar"}],
)
def test_a_wrong_profile_is_said_by_the_registry(row: dict[str, str | int | bool]) -> None:
    (station,) = stations(dict([a_terminal("01", printer=row)]))

    with pytest.raises(Misconfigured):
        build(station.profiles)
