"""What the proofs do with sockets: a port for a server of ours, and the ways of every proxy."""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import threading
from collections.abc import Callable

HOST = "127.0.0.1"
PORTS = range(20_000, 32_000)  # below those that the kernel lends to clients


def free_port() -> int:
    """A port of loopback on which nobody listens, kept for this process until it ends.

    A port that was bound and given back may be anybody's a moment later: another test worker's, or the near end of
    some connection. Here no connection begins, and of our processes only one has the UDP port of the same number.
    """
    for n in range(len(PORTS)):
        port = PORTS[(os.getpid() * 97 + n) % len(PORTS)]
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((HOST, port))
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
        except OSError:
            claim.close()
            continue
        atexit.register(claim.close)
        return port
    raise RuntimeError(f"no port is free from {PORTS.start} to {PORTS.stop - 1}")


def accept_each(listener: socket.socket, serve: Callable[[socket.socket], None], name: str) -> None:
    """From now on give each client to `serve`, in a thread of its own, until the listener is closed."""

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True, name=name).start()


def close(side: socket.socket) -> None:
    """End it for both ways, also for a thread that waits in it."""
    with contextlib.suppress(OSError):
        side.shutdown(socket.SHUT_RDWR)
    side.close()


def reset(side: socket.socket) -> None:
    """Close with RST instead of FIN."""
    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    side.close()
