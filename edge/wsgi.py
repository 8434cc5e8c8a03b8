"""The running server of a store node: cheroot, its services in order, and an orderly end on SIGTERM."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from edge import control, lan
from edge.app import create_app
from edge.node import Node
from edge.slice import Service
from edge.slices import SLICES
from kit.jobs import Job, Scheduler
from kit.listener import Listener, Tls
from kit.logs import logger
from retail.errors import Misconfigured

log = logger("lianpu.server")


class EdgeServer:
    """Everything that runs in the process `lianpu-edge run`."""

    def __init__(self, node: Node) -> None:
        self.node = node
        app = create_app(node)
        threads = node.config.threads
        self._servers = [Listener((node.config.host, node.config.port), app, numthreads=threads)]
        if node.config.lan:
            self._servers.append(self._lan_server(app))
        self._services: list[Service] = [make(node) for entry in SLICES for make in entry.services]
        jobs: list[Job] = [job for entry in SLICES if entry.jobs for job in entry.jobs(node)]
        self._scheduler = Scheduler(jobs)
        self._stopping = threading.Event()

    def _lan_server(self, app: Any) -> Listener:
        config = self.node.config
        if not config.host_names:
            raise Misconfigured(
                ["lan = true needs host_names: the names or addresses that other tills will type"]
            )
        with _in_words(self.node.home):
            files = lan.ensure(self.node.home / "keys", config.host_names, self.node.clock.now_ms())
        server = Listener(("0.0.0.0", config.lan_port), app, numthreads=config.threads)
        server.ssl_adapter = Tls(str(files.certificate), str(files.key))
        return server

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or `stop`. Raises `Misconfigured` when an address or a file cannot be had."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        try:
            self._bind()
            for service in self._services:
                service.start()
            self._scheduler.start()
            for server in self._servers:
                threading.Thread(target=server.serve, daemon=True).start()
            with _in_words(self.node.home):
                self.node.control_token = control.announce(self.node.home, self.node.config.port)
            log.info("server.ready", port=self.node.config.port, store=self.node.store)
            self._stopping.wait()
        finally:
            self._end()

    def _bind(self) -> None:
        for server in self._servers:
            try:
                server.prepare()
            except OSError as error:
                host, port = server.bind_addr
                raise Misconfigured([f"{host}:{port} cannot be used: {error}; is another Lianpu running?"])

    def stop(self) -> None:
        """Ask the server to end."""
        self._stopping.set()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()

    def _end(self) -> None:
        self.node.bus.close()
        self._scheduler.stop()
        for service in reversed(self._services):
            service.stop()
        for server in self._servers:
            server.stop()
        control.withdraw(self.node.home)
        self.node.close()
        log.info("server.ended")


@contextmanager
def _in_words(home: Path) -> Iterator[None]:
    """A file of the server that finds no room, or a disk that fails, is refused like an address that is taken."""
    try:
        yield
    except OSError as error:
        raise Misconfigured([f"{home}: {error}"]) from error
