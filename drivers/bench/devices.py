"""The devices of a bench: what was started, and the operator's way to each by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from drivers.printer.emulator import PrinterEmulator
from drivers.printer.emulator_servers import PrinterServer, PtyPrinterServer, TcpPrinterServer
from drivers.printer.engine import Model
from drivers.scanner.emulator import ScannerEmulator

LINE_STATES = ("pass", "refuse", "black hole")


class SwitchedLine(Protocol):
    """A network line that a person at the bench can cut: `state` is one of LINE_STATES."""

    state: str

    def cut(self, state: str) -> None:
        """Change the state."""
        ...


@dataclass
class Bench:
    """Emulated devices by name, and the lines that somebody else put on the bench. `at_stop` runs before they end."""

    printers: dict[str, PrinterEmulator] = field(default_factory=dict)
    scanners: dict[str, ScannerEmulator] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    lines: dict[str, SwitchedLine] = field(default_factory=dict)
    http_url: str | None = None
    at_stop: list[Callable[[], object]] = field(default_factory=list)
    _servers: list[PrinterServer] = field(default_factory=list)

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

    def stop(self) -> None:
        """Stop everything that was started."""
        for close in self.at_stop:
            close()
        for server in self._servers:
            server.stop()
        for scanner in self.scanners.values():
            scanner.stop()
