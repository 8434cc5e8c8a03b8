"""Keeps the running devices equal to what HQ's rows say; rebuilds only those whose profile changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from drivers import registry
from drivers.ports import serial_ports
from drivers.printer.escpos import EscposPrinter
from drivers.supervisor import Notice, Supervisor
from edge.devices import drawers
from edge.devices.answers import Answers
from edge.devices.owner import Owner, Watched
from edge.devices.profiles import Station, stations
from kit.logs import logger
from retail.errors import Misconfigured

log = logger("lianpu.devices")
Build = Callable[[Sequence[Any]], dict[str, Any]]
Listener = Callable[[str], None]
RETIRE_SECONDS = 6.0


class Devices:
    """The devices of one node. `start` returns at once; opening happens in the owners' threads."""

    def __init__(
        self,
        node: Any,
        build: Build = registry.build,
        *,
        ports: Callable[[], frozenset[str]] = serial_ports,
    ) -> None:
        self._node = node
        self._build = build
        self._ports = ports
        self._lock = threading.Lock()
        self._built: dict[str, tuple[Station, dict[str, Owner]]] = {}
        self._listeners: list[Listener] = []
        self._scan_listeners: list[Callable[[str, Any], None]] = []
        self._stale = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.problems: dict[str, list[str]] = {}
        node.reference.on_change(self._stale.set)

    # -- life ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Build what the rows say and watch for their change."""
        self.rebuild()
        self._thread = threading.Thread(target=self._keep, name="devices-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let go of every device."""
        self._stopping = True
        self._stale.set()
        if self._thread is not None:
            self._thread.join(5)
        with self._lock:
            gone, self._built = list(self._built.values()), {}
        for _, owners in gone:
            _retire(owners)

    def _keep(self) -> None:
        while True:
            self._stale.wait()
            self._stale.clear()
            if self._stopping:
                return
            try:
                self.rebuild()
            except Exception as error:  # noqa: BLE001 — the outermost loop of this thread
                log.error("devices.rebuild_failed", exc_info=error)

    def rebuild(self) -> None:
        """Build stations that are new, let go of those that are gone."""
        wanted = {station.key: station for station in stations(self._node.reference.settings.terminals)}
        with self._lock:
            gone = [self._built.pop(key) for key in list(self._built) if key not in wanted]
            missing = [station for key, station in wanted.items() if key not in self._built]
        problems: dict[str, list[str]] = {}
        for _, owners in gone:  # first: a port is claimed by one owner at a time
            _retire(owners)
        for station in missing:
            self._begin(station, problems)
        if problems != self.problems:
            log.error("devices.profiles_wrong", problems=problems)
        self.problems = problems
        touched = [station for station, _ in gone] + missing
        for terminal in sorted({code for station in touched for code in station.terminals}):
            self._changed(terminal)

    def _begin(self, station: Station, problems: dict[str, list[str]]) -> None:
        try:
            devices = self._build(station.profiles)
        except Misconfigured as error:
            for terminal in station.terminals:
                problems.setdefault(terminal, []).extend(error.problems)
            return
        first = devices[station.profiles[0]["id"]]

        def changed() -> None:
            for terminal in station.terminals:
                self._changed(terminal)

        def tell(notice: Notice) -> None:
            level = log.info if notice.kind == "ready" else log.warning
            level(f"device.{notice.kind}", device=notice.device_id, code=notice.code)
            changed()

        behind = [device for device in devices.values() if device is not first]
        watched = Watched(first, changed, behind)
        plugged = station.profiles[0]["transport"]["type"] == "serial"
        supervisor = Supervisor(watched, tell=tell, ports=self._ports if plugged else None)
        drawers.listen(self._node, behind)
        if first.kind == "scanner":
            first.subscribe(lambda scan: self._scanned(station.terminals[0], scan))
        owners = {name: Owner(device, supervisor, watched) for name, device in devices.items()}
        if isinstance(first, EscposPrinter):
            owners[first.id].answers = Answers(self._node, first, station.profiles[0])
        with self._lock:
            self._built[station.key] = (station, owners)
        supervisor.start()

    # -- access ----------------------------------------------------------------------------------------

    def printer(self, terminal: str) -> Owner | None:
        """The receipt printer of a terminal, which may be shared with another one."""
        with self._lock:
            for station, owners in self._built.values():
                first = str(station.profiles[0]["id"])
                if terminal in station.terminals and first.startswith("printer:"):
                    return owners[first]
        return None

    def drawer(self, terminal: str) -> Owner | None:
        """The drawer of a terminal."""
        return self._named(f"drawer:{terminal}")

    def scanner(self, terminal: str) -> Owner | None:
        """The serial scanner of a terminal."""
        return self._named(f"scanner:{terminal}")

    def all(self) -> dict[str, Owner]:
        """Every device by its id."""
        with self._lock:
            return {name: owner for _, owners in self._built.values() for name, owner in owners.items()}

    def _named(self, name: str) -> Owner | None:
        return self.all().get(name)

    # -- events ----------------------------------------------------------------------------------------

    def on_change(self, listener: Listener) -> None:
        """Call `listener(terminal)` when the state of one of its devices changes; it must be quick."""
        self._listeners.append(listener)

    def on_scan(self, listener: Callable[[str, Any], None]) -> None:
        """Call `listener(terminal, scan)` for each scan, in the scanner's thread."""
        self._scan_listeners.append(listener)

    def _changed(self, terminal: str) -> None:
        for listener in self._listeners:
            listener(terminal)

    def _scanned(self, terminal: str, scan: Any) -> None:
        for listener in self._scan_listeners:
            listener(terminal, scan)


def _retire(owners: dict[str, Owner]) -> None:
    """End the owner thread; a job that still waits after a few seconds is interrupted and becomes UNKNOWN."""
    for owner in owners.values():
        owner.retired = True
    supervisor = next(iter(owners.values())).supervisor
    stopping = threading.Thread(target=supervisor.stop, name="device-stopping", daemon=True)
    stopping.start()
    stopping.join(RETIRE_SECONDS)
    for owner in owners.values():
        if stopping.is_alive() and hasattr(owner.device, "interrupt"):
            owner.device.interrupt()
    stopping.join(RETIRE_SECONDS)
