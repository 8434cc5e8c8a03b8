"""A real TLS server that answers every question and notes how many it had, whole."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path

from edge import lan
from kit.clock import SystemClock

HOST = "127.0.0.1"
BODY = b"b" * 3000
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + b"a" * 3000


class TlsCentre:
    """HQ as a line with TLS meets it; `newest` bounds the version that it speaks."""

    def __init__(self, folder: Path, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
        files = lan.ensure(folder, [HOST], SystemClock().now_ms())
        self.authority = str(files.authority)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.maximum_version = newest
        self._context.load_cert_chain(files.certificate, files.key)
        self._listener = socket.create_server((HOST, 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self._threads: list[threading.Thread] = []
        self.heard = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                side, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(side,), daemon=True)
                thread.start()
                self._threads.append(thread)

    def _serve(self, raw: socket.socket) -> None:
        with contextlib.suppress(OSError), self._context.wrap_socket(raw, server_side=True) as side:
            said = b""
            while data := side.recv(65536):
                said += data
                if said.endswith(BODY):
                    said = b""
                    self.heard += 1
                    side.sendall(ANSWER)

    def stop(self) -> int:
        """End, and say how many whole questions came."""
        self._listener.close()
        for thread in self._threads:
            thread.join(60)
        return self.heard
