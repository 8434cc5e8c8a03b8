"""The other PC stands in the store's network, where anybody may connect."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from pathlib import Path

from edge.mirror.server import THREADS, a_listener

WAIT_SECONDS = 60.0
SILENT_SECONDS = 600  # so long a server that gave each silent client a worker would keep the others waiting


def test_silent_connections_keep_no_question_out(tmp_path: Path) -> None:
    """SC-15."""
    server = a_listener("127.0.0.1:0", tmp_path, "the secret of the store")
    server.timeout = SILENT_SECONDS
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with ExitStack() as silent:
            for _ in range(2 * THREADS):
                silent.enter_context(socket.create_connection(server.bind_addr))
            with socket.create_connection(server.bind_addr, timeout=WAIT_SECONDS) as line:
                line.sendall(b"GET /nothing HTTP/1.1\r\nHost: another.name\r\n\r\n")

                assert line.recv(12) == b"HTTP/1.1 400", "heard at once, and not answered under that name"
    finally:
        server.stop()
        thread.join()
