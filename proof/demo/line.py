"""The line between a store and HQ as a real TCP proxy that can pass, refuse, or swallow everything (black hole)."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field

from proof.sockets import accept_each, close, reset

PASS, REFUSE, BLACK_HOLE = "pass", "refuse", "black hole"
CHUNK = 65536


@dataclass
class Line:
    """Listens on a loopback port and forwards to `target`; `state` may change at any time."""

    target: tuple[str, int]
    state: str = PASS
    port: int = 0
    accepted: int = 0
    refused: int = 0
    swallowed: int = 0
    _pairs: set[socket.socket] = field(default_factory=set)

    def start(self) -> Line:
        """Open the listening port."""
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        accept_each(self._listener, self._serve, f"line-{self.port}")
        return self

    def cut(self, state: str) -> None:
        """Change the state; anything but `pass` also breaks what is open."""
        self.state = state
        if state != PASS:
            with self._lock:
                broken, self._pairs = self._pairs, set()
            for side in broken:
                close(side)

    def stop(self) -> None:
        """Close everything."""
        self.cut(REFUSE)
        self._listener.close()

    def _serve(self, client: socket.socket) -> None:
        if self.state == REFUSE:
            with self._lock:
                self.refused += 1
            reset(client)
            return
        with self._lock:
            self._pairs.add(client)
        if self.state == BLACK_HOLE:
            self.swallowed += 1
            self._swallow(client)
            return
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            close(client)
            return
        server.settimeout(None)  # a line at rest is not broken: the doorbell waits for half a minute
        self.accepted += 1
        with self._lock:
            self._pairs.add(server)
        threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
        self._pump(client, server)

    def _swallow(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while client.recv(CHUNK):
                continue

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while self.state == PASS and (data := source.recv(CHUNK)):
                sink.sendall(data)
        except OSError:
            pass  # either side went away: the other is closed below
        for side in (source, sink):
            with self._lock:
                self._pairs.discard(side)
            close(side)
