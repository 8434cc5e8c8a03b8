"""What every proxy of the proofs does with its sockets."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


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
