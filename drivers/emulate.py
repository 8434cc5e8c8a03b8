"""A bench of emulated hardware in this process: printers with drawers on TCP or serial, scanners on serial.

    bench = start({"printers": [{"name": "store-1", "port": 9101, "dots": 576, "characters": "gbk"}],
                   "scanners": [{"name": "scan-1", "path": "/tmp/scan-1"}],
                   "http": {"port": 8099}})
    bench.printer("store-1").set("paper_out", True)
    bench.scanner("scan-1").scan("6901234567892")
    bench.stop()

A printer needs "port" (0 chooses one) or "path"; `bench.address` tells what was chosen. "http" is optional.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from drivers.printer.emulator import PrinterEmulator
from drivers.printer.emulator_servers import PrinterServer, PtyPrinterServer, TcpPrinterServer
from drivers.printer.engine import Model
from drivers.scanner.emulator import ScannerEmulator
from retail.errors import Misconfigured

PRINTER_KEYS = {"name", "host", "port", "path", "dots", "characters", "maker", "model", "switches"}
SCANNER_KEYS = {"name", "path", "terminator", "encoding"}


class QuietHandler(WSGIRequestHandler):
    """A demo's console is for the demo, not for every picture that a browser fetches."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@dataclass
class Bench:
    """What was started; the operator's way to every device by name."""

    printers: dict[str, PrinterEmulator] = field(default_factory=dict)
    scanners: dict[str, ScannerEmulator] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    http_url: str | None = None
    _servers: list[PrinterServer] = field(default_factory=list)
    _http: BaseWSGIServer | None = None

    def printer(self, name: str) -> PrinterEmulator:
        """A printer by name."""
        return self.printers[name]

    def scanner(self, name: str) -> ScannerEmulator:
        """A scanner by name."""
        return self.scanners[name]

    def address(self, name: str) -> str:
        """host:port of a TCP printer, or the path of a serial device."""
        return self.addresses[name]

    def add_printer(self, wish: Mapping[str, Any]) -> PrinterEmulator:
        """Start one printer."""
        model = Model(
            dots=int(wish.get("dots", 576)),
            characters=wish.get("characters", "gbk"),
            maker=wish.get("maker", "LIANPU"),
            name=wish.get("model", "EMULATOR"),
        )
        emulator = PrinterEmulator(wish["name"], model)
        for switch, value in wish.get("switches", {}).items():
            emulator.set(switch, value)
        if "path" in wish:
            server: PrinterServer = PtyPrinterServer(emulator, Path(wish["path"]))
            self.addresses[emulator.name] = str(wish["path"])
        else:
            listening = TcpPrinterServer(emulator, wish.get("host", "127.0.0.1"), int(wish["port"]))
            self.addresses[emulator.name] = f"{listening.host}:{listening.port}"
            server = listening
        self._servers.append(server.start())
        self.printers[emulator.name] = emulator
        return emulator

    def add_scanner(self, wish: Mapping[str, Any]) -> ScannerEmulator:
        """Plug in one scanner."""
        settings = {key: wish[key] for key in ("terminator", "encoding") if key in wish}
        scanner = ScannerEmulator(wish["name"], Path(wish["path"]), **settings)
        self.scanners[scanner.name] = scanner
        self.addresses[scanner.name] = str(wish["path"])
        return scanner

    def serve_http(self, host: str, port: int) -> None:
        """Start the hardware bench page."""
        from drivers.bench import create_app

        self._http = make_server(host, port, create_app(self), threaded=True, request_handler=QuietHandler)
        self.http_url = f"http://{host}:{self._http.server_port}/"
        threading.Thread(target=self._http.serve_forever, name="hardware-bench", daemon=True).start()

    def stop(self) -> None:
        """Stop everything that was started."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
        for server in self._servers:
            server.stop()
        for scanner in self.scanners.values():
            scanner.stop()


def start(config: Mapping[str, Any]) -> Bench:
    """Start what the configuration names. Misconfigured lists every problem before anything starts."""
    problems = _problems(config)
    if problems:
        raise Misconfigured(problems)
    bench = Bench()
    for wish in config.get("printers", ()):
        bench.add_printer(wish)
    for wish in config.get("scanners", ()):
        bench.add_scanner(wish)
    http = config.get("http")
    if http is not None:
        bench.serve_http(http.get("host", "127.0.0.1"), int(http["port"]))
    return bench


def _problems(config: Mapping[str, Any]) -> list[str]:
    problems = [f"unknown key {key}" for key in config if key not in ("printers", "scanners", "http")]
    names: set[str] = set()
    for group, allowed in (("printers", PRINTER_KEYS), ("scanners", SCANNER_KEYS)):
        for wish in config.get(group, ()):
            name = str(wish.get("name") or "")
            problems += [f"{group} {name}: unknown key {key}" for key in wish if key not in allowed]
            if not name or name in names:
                problems.append(f"{group}: name {name!r} is missing or used twice")
            names.add(name)
            if "path" not in wish and (group == "scanners" or "port" not in wish):
                problems.append(
                    f"{group} {name}: needs a {'path' if group == 'scanners' else 'port or a path'}"
                )
    return problems
