"""Devices from profiles: plain dictionaries, as HQ sends them or a technician writes them.

    {"id": "printer-1", "kind": "printer", "driver": "escpos",
     "transport": {"type": "tcp", "host": "192.0.2.7", "port": 9100},
     "caps": {"dots": 576, "columns": 48, "codec": "gbk", "fence": "gs_h"}, "timing": {"base": 8.0}}
    {"id": "drawer-1", "kind": "drawer", "driver": "printer-kick", "via": "printer-1",
     "caps": {"channel": 0, "sensor": "high_open"}}
    {"id": "scanner-1", "kind": "scanner", "driver": "serial",
     "transport": {"type": "serial", "path": "/dev/serial/by-id/...", "baudrate": 9600}, "duplicate_ms": 400}

Everything wrong with all profiles is reported at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar, cast, get_args, get_type_hints

from drivers.drawer.printer_kick import PrinterKickDrawer
from drivers.drawer.protocol import CashDrawer, DrawerCaps
from drivers.printer.escpos import EscposPrinter
from drivers.printer.job_run import Timing
from drivers.printer.protocol import PrinterCaps, ReceiptPrinter
from drivers.scanner.protocol import Scanner
from drivers.scanner.serial_scanner import SerialScanner
from drivers.transport.base import Transport
from drivers.transport.serial_port import SerialTransport
from drivers.transport.tcp import TcpTransport
from retail.errors import Misconfigured

AnyDevice = ReceiptPrinter | CashDrawer | Scanner
Profile = Mapping[str, Any]
Record = TypeVar("Record")

KEYS = {
    ("printer", "escpos"): {"transport", "caps", "timing"},
    ("drawer", "printer-kick"): {"via", "caps"},
    ("scanner", "serial"): {"transport", "duplicate_ms"},
}
SERIAL_KEYS = {"path", "baudrate", "bytesize", "parity", "stopbits", "rtscts", "xonxoff"}
# Widths of common paper; a profile that names only one of dots and columns gets the other.
COLUMN_DOTS = 12


class WrongProfile(Exception):
    """One thing wrong with one profile."""


def build(profiles: Sequence[Profile]) -> dict[str, AnyDevice]:
    """The devices by id, none of them opened. Misconfigured lists every problem."""
    devices: dict[str, AnyDevice] = {}
    problems: list[str] = []
    # Drawers hang on printers, whatever the order of the profiles.
    for profile in sorted(profiles, key=lambda profile: profile.get("kind") == "drawer"):
        name = str(profile.get("id") or "a device without id")
        try:
            device = _device(profile, devices)
        except WrongProfile as problem:
            problems.append(f"{name}: {problem}")
            continue
        if name in devices:
            problems.append(f"{name}: this id is used twice")
        devices[name] = device
    if problems:
        raise Misconfigured(problems)
    return devices


def _device(profile: Profile, devices: Mapping[str, AnyDevice]) -> AnyDevice:
    kind, driver = str(profile.get("kind")), str(profile.get("driver"))
    if (kind, driver) not in KEYS:
        known = ", ".join(f"{kind}/{driver}" for kind, driver in KEYS)
        raise WrongProfile(f"no driver {kind}/{driver}; known are {known}")
    if not isinstance(profile.get("id"), str) or not profile["id"]:
        raise WrongProfile("id must be a text")
    _only(profile, KEYS[kind, driver] | {"id", "kind", "driver", "label"}, "profile")
    makers: dict[str, Callable[[], AnyDevice]] = {
        "printer": lambda: _printer(profile),
        "drawer": lambda: _drawer(profile, devices),
        "scanner": lambda: _scanner(profile),
    }
    return makers[kind]()


def _printer(profile: Profile) -> EscposPrinter:
    wished = dict(profile.get("caps") or {})
    columns, dots = wished.get("columns"), wished.get("dots")
    if isinstance(columns, int) and dots is None:
        wished["dots"] = columns * COLUMN_DOTS
    elif isinstance(dots, int) and columns is None:
        wished["columns"] = dots // COLUMN_DOTS
    caps = _record(PrinterCaps, wished, "caps")
    if caps.columns * COLUMN_DOTS > caps.dots:
        raise WrongProfile(f"caps: {caps.columns} columns need {caps.columns * COLUMN_DOTS} dots")
    timing = _record(Timing, profile.get("timing") or {}, "timing")
    if timing.bytes_per_second <= 0:
        raise WrongProfile("timing.bytes_per_second must be above 0")
    return EscposPrinter(profile["id"], _transport(profile), caps, timing=timing)


def _drawer(profile: Profile, devices: Mapping[str, AnyDevice]) -> PrinterKickDrawer:
    printer = devices.get(str(profile.get("via")))
    if not isinstance(printer, EscposPrinter):
        raise WrongProfile(f"via must be the id of a printer, not {profile.get('via')!r}")
    return PrinterKickDrawer(profile["id"], printer, _record(DrawerCaps, profile.get("caps") or {}, "caps"))


def _scanner(profile: Profile) -> SerialScanner:
    milliseconds = profile.get("duplicate_ms", 400)
    if not isinstance(milliseconds, int) or not 0 <= milliseconds <= 1500:
        raise WrongProfile("duplicate_ms must be from 0 to 1500")
    return SerialScanner(profile["id"], _transport(profile), duplicate_seconds=milliseconds / 1000)


def _transport(profile: Profile) -> Transport:
    wished = profile.get("transport")
    if not isinstance(wished, Mapping):
        raise WrongProfile("transport is missing")
    settings = {key: value for key, value in wished.items() if key != "type"}
    if wished.get("type") == "tcp":
        _only(settings, {"host", "port"}, "transport")
        host, port = settings.get("host"), settings.get("port", 9100)
        if not isinstance(host, str) or not isinstance(port, int) or not 0 < port < 65536:
            raise WrongProfile("transport: tcp needs a host and a port")
        return TcpTransport(host, port)
    if wished.get("type") == "serial":
        _only(settings, SERIAL_KEYS, "transport")
        path = settings.pop("path", None)
        if not isinstance(path, str) or not path:
            raise WrongProfile("transport: serial needs a path")
        if type(settings.get("baudrate", 9600)) is not int or settings.get("baudrate", 9600) <= 0:
            raise WrongProfile(f"transport: baudrate must be a whole number, not {settings['baudrate']!r}")
        return SerialTransport(path, **settings)
    raise WrongProfile(f"transport type must be tcp or serial, not {wished.get('type')!r}")


def _record(shape: type[Record], wished: Mapping[str, Any], where: str) -> Record:
    """A frozen record from a dictionary: known keys, right simple types, allowed words."""
    hints = get_type_hints(shape)
    _only(wished, {field.name for field in fields(cast(Any, shape))}, where)
    for key, value in wished.items():
        words = [word for word in get_args(hints[key]) if isinstance(word, str)]
        if words and value not in words:
            raise WrongProfile(f"{where}.{key} must be one of {', '.join(words)}, not {value!r}")
        if hints[key] in (int, bool) and type(value) is not hints[key]:
            raise WrongProfile(
                f"{where}.{key} must be {'a whole number' if hints[key] is int else 'true or false'}"
            )
        if hints[key] is float and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise WrongProfile(f"{where}.{key} must be a number")
    return shape(**wished)


def _only(given: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = sorted(set(given) - allowed)
    if unknown:
        raise WrongProfile(f"{where} has unknown keys: {', '.join(unknown)}")
