"""Stores, terminals and device profiles, and the rules for what may be typed."""

from __future__ import annotations

import re
from typing import Any

from kit.i18n import LANGUAGES
from retail.errors import Invalid

STORE_CODE = re.compile(r"[0-9A-Z]{1,8}", re.ASCII)
TERMINAL_CODE = re.compile(r"[0-9A-Z]{1,4}", re.ASCII)
ZONE_CODE = re.compile(r"[0-9A-Za-z_\-]{1,16}", re.ASCII)
ADDRESS = re.compile(r"[A-Za-z0-9.\-]{1,120}:[0-9]{2,5}", re.ASCII)
PORT = re.compile(r"(/[A-Za-z0-9/_.:\-]{1,200}|COM[0-9]{1,3}|auto)", re.ASCII)
PRINTER_TRANSPORTS = ("none", "tcp", "serial")
SCANNER_KINDS = ("keyboard", "serial")
CODECS = ("gbk", "big5")
COLUMNS = ("32", "48")
DRAWER_SENSORS = ("high_open", "low_open")  # calibrated: which level of the sensor means open


def checked_store_code(code: str) -> str:
    """Capital letters and digits, at most 8: it stands in every receipt number and account."""
    plain = code.strip().upper()
    if not STORE_CODE.fullmatch(plain) or plain == "HQ":
        raise Invalid("stores.code_unusable", value=code[:40])
    return plain


def checked_terminal_code(code: str) -> str:
    """Capital letters and digits, at most 4."""
    plain = code.strip().upper()
    if not TERMINAL_CODE.fullmatch(plain):
        raise Invalid("stores.terminal_code_unusable", value=code[:40])
    return plain


def checked_zone_code(code: str) -> str:
    """A short code, e.g. `A`."""
    plain = code.strip()
    if not ZONE_CODE.fullmatch(plain):
        raise Invalid("stores.zone_code_unusable", value=code[:40])
    return plain


def checked_devices(devices: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Printer and scanner profiles of a terminal; a kind without a device is left out.

    A printer is given by `address` ("host:port") or `path`; stored flat: transport, host and port or path and
    baudrate, codec, columns (48 = 80 mm paper, 32 = 58 mm), drawer. A serial scanner: transport, path, baudrate.
    """
    checked: dict[str, dict[str, Any]] = {}
    printer = devices.get("printer") or {"transport": "none"}
    if printer.get("transport") not in PRINTER_TRANSPORTS:
        raise Invalid("stores.printer_transport_unknown", value=str(printer.get("transport"))[:20])
    if printer["transport"] != "none":
        checked["printer"] = _printer(printer)
    scanner = devices.get("scanner") or {"kind": "keyboard"}
    if scanner.get("kind") not in SCANNER_KINDS:
        raise Invalid("stores.scanner_kind_unknown", value=str(scanner.get("kind"))[:20])
    if scanner["kind"] == "serial":
        checked["scanner"] = {"transport": "serial", **_serial(scanner, "scanner")}
    return checked


def _printer(printer: dict[str, Any]) -> dict[str, Any]:
    if printer["transport"] == "tcp":
        address = str(printer.get("address", ""))
        if not ADDRESS.fullmatch(address) or not 0 < int(address.rpartition(":")[2]) < 65536:
            raise Invalid("stores.address_unusable", value=address[:80])
        host, _, port = address.rpartition(":")
        where: dict[str, Any] = {"host": host, "port": int(port)}
    else:
        where = _serial(printer, "printer")
    codec, columns = printer.get("codec", "gbk"), str(printer.get("columns", 48))
    drawer = printer.get("drawer", True)
    if (
        codec not in CODECS
        or columns not in COLUMNS
        or not (isinstance(drawer, bool) or drawer in DRAWER_SENSORS)
    ):
        raise Invalid("stores.printer_profile_unknown")
    return {
        "transport": printer["transport"], **where, "codec": codec, "columns": int(columns),
        "drawer": drawer,
    }  # fmt: skip


def _serial(device: dict[str, Any], kind: str) -> dict[str, Any]:
    path = str(device.get("path", ""))
    if not PORT.fullmatch(path):
        raise Invalid("stores.port_unusable", device=kind, value=path[:80])
    return {"path": path, "baudrate": _baud(device.get("baudrate", 9600))}


def _baud(value: object) -> int:
    text = str(value)
    if text not in ("9600", "19200", "38400", "57600", "115200"):
        raise Invalid("stores.baud_unknown", value=text[:10])
    return int(text)


def checked_name(name: dict[str, str]) -> dict[str, str]:
    """A name in at least one language."""
    found = {code: text.strip() for code, text in name.items() if code in LANGUAGES and text.strip()}
    if not found or any(len(text) > 80 for text in found.values()):
        raise Invalid("stores.name_missing")
    return found
