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
PORT = re.compile(r"(/dev/[A-Za-z0-9/_.:\-]{1,120}|COM[0-9]{1,3}|auto)", re.ASCII)
PRINTER_TRANSPORTS = ("none", "tcp", "serial")
SCANNER_KINDS = ("keyboard", "serial")
ENCODINGS = ("gbk", "big5")
WIDTHS = (58, 80)


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
    """Printer and scanner profiles of a terminal; a kind without a device is left out."""
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
        if not PORT.fullmatch(str(scanner.get("port", ""))):
            raise Invalid("stores.port_unusable", device="scanner", value=str(scanner.get("port", ""))[:80])
        checked["scanner"] = {
            "transport": "serial", "port": scanner["port"], "baud": _baud(scanner.get("baud", 9600))
        }  # fmt: skip
    return checked


def _printer(printer: dict[str, Any]) -> dict[str, Any]:
    if printer["transport"] == "tcp":
        if not ADDRESS.fullmatch(str(printer.get("address", ""))):
            raise Invalid("stores.address_unusable", value=str(printer.get("address", ""))[:80])
        where: dict[str, Any] = {"address": printer["address"]}
    else:
        if not PORT.fullmatch(str(printer.get("port", ""))):
            raise Invalid("stores.port_unusable", device="printer", value=str(printer.get("port", ""))[:80])
        where = {"port": printer["port"], "baud": _baud(printer.get("baud", 9600))}
    if printer.get("encoding", "gbk") not in ENCODINGS or int(printer.get("width_mm", 80)) not in WIDTHS:
        raise Invalid("stores.printer_profile_unknown")
    return {
        "transport": printer["transport"], **where, "encoding": printer.get("encoding", "gbk"),
        "width_mm": int(printer.get("width_mm", 80)), "drawer": bool(printer.get("drawer", True)),
    }  # fmt: skip


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
