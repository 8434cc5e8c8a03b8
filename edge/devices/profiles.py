"""From a terminal's row to what `drivers.registry` builds.

    {"printer": {"transport": "tcp", "host": "192.0.2.7", "port": 9100, "columns": 48, "codec": "gbk"},
     "drawer":  {"via": "printer", "sensor": "high_open"},
     "scanner": {"transport": "serial", "path": "/dev/serial/by-id/...", "baudrate": 9600}}

A printer row with `"drawer": true` has a plain drawer behind it without a row of its own; with `"drawer": "high_open"`
or `"low_open"` a calibrated one, whose sensor is believed and which opens without paper too. Rows hold flat profiles
of texts, whole numbers and switches; seconds are given as `<name>_ms`. Two terminals whose printer is at the same
address share one printer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from drivers.printer.job_run import Timing
from drivers.printer.protocol import PrinterCaps
from schemas.rows.stores import TerminalRow

Profile = dict[str, Any]
PRINTER_CAPS = {field.name for field in fields(PrinterCaps)}
TIMING = {field.name for field in fields(Timing)}
NOT_CALIBRATED_POLL_MS = 600  # a drawer of unknown wiring may have no sensor: do not hold the receipt up


@dataclass(frozen=True)
class Station:
    """Devices that are built together: a printer with the drawers behind it, or one scanner."""

    profiles: tuple[Profile, ...]
    terminals: tuple[str, ...]

    @property
    def key(self) -> str:
        """Equal when nothing has to be built anew."""
        return repr(self)


def stations(terminals: Mapping[str, TerminalRow]) -> list[Station]:
    """What has to be built for the active terminals."""
    printers: dict[str, tuple[Profile, list[str]]] = {}
    drawers: dict[str, list[Profile]] = {}
    found: list[Station] = []
    for code in sorted(terminals):
        row = terminals[code]
        if not row.active:
            continue
        if "printer" in row.devices:
            profile = printer(code, row.devices["printer"])
            address = repr(profile["transport"])
            printers.setdefault(address, (profile, []))[1].append(code)
            behind = row.devices.get("drawer", _behind(row.devices["printer"].get("drawer")))
            if behind is not None:
                via = printers[address][0]["id"]
                drawers.setdefault(address, []).append(drawer(code, behind, via))
        if "scanner" in row.devices:
            found.append(Station((scanner(code, row.devices["scanner"]),), (code,)))
    for address, (profile, codes) in printers.items():
        found.append(Station((profile, *drawers.get(address, ())), tuple(codes)))
    return found


def _behind(told: str | int | bool | None) -> dict[str, str | int | bool] | None:
    """The drawer that a printer's row tells of in one word."""
    if isinstance(told, str) and told:
        return {"sensor": told, "realtime": True}
    return {} if told else None


def printer(terminal: str, row: Mapping[str, Any]) -> Profile:
    """The profile of a receipt printer."""
    caps, timing, rest = {}, {}, {}
    for name, value in row.items():
        if name in PRINTER_CAPS:
            caps[name] = value
        elif name.endswith("_ms") and name[:-3] in TIMING:
            timing[name[:-3]] = value / 1000 if isinstance(value, int) else value
        elif name not in ("driver", "label", "drawer"):
            rest[name] = value
    made: Profile = {
        "id": f"printer:{terminal}",
        "kind": "printer",
        "driver": row.get("driver", "escpos"),
        "transport": _transport(rest),
    }
    return made | ({"caps": caps} if caps else {}) | ({"timing": timing} if timing else {})


def drawer(terminal: str, row: Mapping[str, Any], via: str) -> Profile:
    """The profile of a drawer behind a printer."""
    caps: dict[str, Any] = {}
    if row.get("sensor", "unknown") == "unknown":
        caps["poll_seconds"] = NOT_CALIBRATED_POLL_MS / 1000
    for name, value in row.items():
        if name in ("poll_ms", "cooldown_ms", "left_open_ms"):
            caps[name[:-3] + "_seconds"] = value / 1000 if isinstance(value, int) else value
        elif name not in ("via", "driver", "label"):
            caps[name] = value
    known = row.get("via", "printer") in ("printer", via)
    return {
        "id": f"drawer:{terminal}",
        "kind": "drawer",
        "driver": row.get("driver", "printer-kick"),
        "via": via if known else row["via"],
        **({"caps": caps} if caps else {}),
    }


def scanner(terminal: str, row: Mapping[str, Any]) -> Profile:
    """The profile of a scanner on a serial port of this PC."""
    rest = {name: value for name, value in row.items() if name not in ("driver", "label", "duplicate_ms")}
    made: Profile = {
        "id": f"scanner:{terminal}",
        "kind": "scanner",
        "driver": row.get("driver", "serial"),
        "transport": _transport(rest),
    }
    return made | ({"duplicate_ms": row["duplicate_ms"]} if "duplicate_ms" in row else {})


def _transport(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row says `port` for both a TCP port and a serial device; the registry calls the latter `path`."""
    settings = {name: value for name, value in row.items() if name != "transport"}
    kind = row.get("transport", "tcp")
    if kind == "serial" and "port" in settings:
        settings["path"] = settings.pop("port")
    return {"type": kind, **settings}
