"""Where on a TLS connection the handshake ends and the first question begins, seen from outside.

The head of a record says its kind in the clear. From TLS 1.3 on, what is said in secret during the handshake looks
like data too: the server's flight, the client's Finished, and the session tickets that the server sends once it has
that. A server that has spoken in secret before the client did speaks 1.3; then the client's first such record is its
Finished.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

HEAD_BYTES = 5  # kind, version, length (RFC 8446, section 5.1)
APPLICATION_DATA = 23
TICKETS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).num_tickets  # no server of ours changes it


class Records:
    """The beginnings of records in one direction, however the bytes are cut."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0

    def beginning(self, data: bytes) -> Iterator[tuple[int, int]]:
        """(offset, kind) of each record that begins in these bytes; to be read to the end, or never again."""
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
            else:
                if not self._head:
                    yield at, data[at]
                part = data[at : at + HEAD_BYTES - len(self._head)]
                self._head += part
                step = len(part)
                if len(self._head) == HEAD_BYTES:
                    self._left = int.from_bytes(self._head[3:], "big")
                    self._head.clear()
            at += step


class Handshake:
    """Of one connection. What the client says must be given here before it is handed on to the server."""

    def __init__(self) -> None:
        self._client, self._server = Records(), Records()
        self._in_secret = False  # the server's flight: TLS 1.3
        self._finished = False
        self._tickets = 0

    def question_at(self, data: bytes) -> int:
        """Where in these bytes of the client its first question begins; their length as long as it does not."""
        for at, kind in self._client.beginning(data):
            if kind != APPLICATION_DATA:
                continue
            if self._finished or not self._in_secret:
                self._finished = True
                return at
            self._tickets = TICKETS
            self._finished = True
        return len(data)

    def answer_at(self, data: bytes) -> int:
        """Where in these bytes of the server its first answer begins; their length as long as it does not."""
        for at, kind in self._server.beginning(data):
            if kind != APPLICATION_DATA:
                continue
            if not self._finished:
                self._in_secret = True
            elif self._tickets:
                self._tickets -= 1
            else:
                return at
        return len(data)
