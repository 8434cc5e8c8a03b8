"""What speaks plain HTTP to an HQ that has only HTTPS: one store of the live world, and whoever asks for its health.

A connection has one thread for both ways, because the engine of TLS must not read and write at once.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from pathlib import Path

from proof.sockets import accept_each

CHUNK = 65536
CONNECT_SECONDS = 5.0
SEND_SECONDS = 30.0
HOST = "127.0.0.1"


class Unwrap:
    """A TCP proxy on loopback, plain before it and TLS behind it; HQ's certificate must be signed by `authority`."""

    def __init__(self, hq_port: int, authority: Path) -> None:
        self._hq = (HOST, hq_port)
        self._context = ssl.create_default_context(cafile=str(authority))
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> Unwrap:
        """Begin to accept."""
        accept_each(self._listener, self._serve, "unwrap")
        return self

    def stop(self) -> None:
        """Accept nobody any more; who waits in `accept` must be woken, or he takes one more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            raw = socket.create_connection(self._hq, timeout=CONNECT_SECONDS)
            with self._context.wrap_socket(raw, server_hostname=HOST) as server:
                _carry(client, server)


def _carry(client: socket.socket, server: ssl.SSLSocket) -> None:
    """Until either side ends."""
    while True:
        ready, _, _ = select.select([client, server], [], [])
        if client in ready:
            data = client.recv(CHUNK)
            if not data:
                return
            server.settimeout(SEND_SECONDS)
            server.sendall(data)
        if server in ready and not _answers(client, server):
            return


def _answers(client: socket.socket, server: ssl.SSLSocket) -> bool:
    """Hand on all that HQ has said; is there more to come? A record may hold nothing for the client."""
    server.settimeout(0)
    while True:
        try:
            data = server.recv(CHUNK)
        except ssl.SSLWantReadError:
            return True
        if not data:
            return False
        client.sendall(data)
