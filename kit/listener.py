"""The web server of both applications: cheroot, except for four things that a bad line does to it, and a full house.

cheroot shakes hands in the one thread that accepts, so that a client that connects and says nothing keeps everybody
else out for ten seconds; and it gives a worker to whoever connects, so that as many silent clients as there are workers
do the same. Here a connection waits in cheroot's selector, where it costs no thread, until it says something, and again
between the steps of the handshake. And whoever breaks off in the middle of TLS is no failure of this program: it is
noted in one line, without a traceback. What nobody reads of a request is not taken into memory whole (`Question`).

Whoever comes when `WAITING_MAX` others wait for a worker is told 503 at once; before the end of a handshake nobody can
be told anything, and is left. In a longer line everybody's patience ends before their turn, and the workers answer only
those who have gone (ADR 22). And when the process may open no more files, it says so now and then and waits a moment,
where cheroot would try again at once and write a traceback each time.
"""

from __future__ import annotations

import errno
import queue
import resource
import socket
import ssl
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

from kit.logs import logger

log = logger("lianpu.web")
WAITING_MAX = 2_000
BACKLOG = 512  # of the kernel: with cheroot's 5, of many at once most would knock again after a second
FILES_WANTED = WAITING_MAX + BACKLOG + 512
NO_ROOM = (errno.EMFILE, errno.ENFILE)
NO_ROOM_SECONDS = 0.1
NO_ROOM_TOLD_EVERY = 600
HEARD_MAX = 64 * 1024
LEFT_MAX = 64 * 1024 * 1024
LEFT_SECONDS = 10
FULL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
BROKEN_OFF = (ConnectionError, TimeoutError, ssl.SSLError)


class Question(HTTPRequest):
    """One request. What an answer leaves unread of its body is thrown away in pieces before it goes out.

    cheroot would take all of it into memory at once, however much it is; and behind 413, or on a line that is to be
    closed, it would hang up on a browser that is still sending, which then shows a broken line and not the answer.
    """

    def send_headers(self) -> None:
        """Throw away what is left, then answer; whoever has too much to say, or says it too slowly, is hung up on."""
        left = getattr(self.rfile, "remaining", 0)
        until = time.monotonic() + LEFT_SECONDS
        while 0 < left <= LEFT_MAX and time.monotonic() < until:
            piece = self.rfile.rfile.read1(min(left, HEARD_MAX))  # what has come, not what is to come
            left = left - len(piece) if piece else 0
            self.rfile.remaining = left
        if left:
            self.rfile.remaining, self.close_connection = 0, True
        super().send_headers()


class Line(HTTPConnection):
    """A connection whose handshake, if it has one, never holds a worker."""

    RequestHandlerClass = Question
    _shaken = False

    @property
    def speaks(self) -> bool:
        """Can it be told anything yet? Before the handshake is done it cannot."""
        return self._shaken or not isinstance(self.socket, ssl.SSLSocket)

    def communicate(self) -> bool:
        """Take the next step of the handshake or answer one request; True keeps the connection."""
        if self.speaks:
            return bool(super().communicate())  # type: ignore[no-untyped-call]
        self.socket.settimeout(0)
        try:
            self.socket.do_handshake()
        except ssl.SSLWantReadError:
            return True
        except OSError as error:
            log.info("web.broken_off", words=str(error))
            return False
        self.socket.settimeout(self.server.timeout)
        self._shaken = True
        return True

    def send_away(self) -> None:
        """Say 503 and close, without waiting for anything."""
        if self.speaks:
            self.socket.settimeout(0)
            with suppress(OSError):  # closed with a question unread, the kernel would take the answer back
                self.socket.recv(HEARD_MAX)
            with suppress(OSError):
                self.socket.send(FULL)
        self.close()


class Listener(Server):
    """A server that lets silent connections wait, and whose own complaints go to the log."""

    ConnectionClass = Line

    def __init__(self, *args: Any, waiting_max: int = WAITING_MAX, **settings: Any) -> None:
        settings |= {
            "request_queue_size": BACKLOG, "accepted_queue_size": waiting_max, "accepted_queue_timeout": 0,
        }  # fmt: skip
        super().__init__(*args, **settings)
        self._without_room = 0
        self._moment = threading.Event()

    def prepare(self) -> None:
        """Bind and start the workers, with room for all who may wait."""
        files = make_room()
        if files < FILES_WANTED:
            log.warning("web.few_files", files=files, wanted=FILES_WANTED)
        super().prepare()

    def process_conn(self, conn: Line) -> None:
        """Hand a connection that has something to say to a worker; a new one waits until it has."""
        if conn.last_used is None:
            self.put_conn(conn)
            return
        try:
            self.requests.put(conn)
        except queue.Full:
            conn.send_away()

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """What cheroot would write to stderr; `level` is its own idea of how bad it is."""
        error = sys.exc_info()[1]
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            self._wait_for_room()
        elif isinstance(error, BROKEN_OFF):
            log.info("web.broken_off", words=msg)
        elif traceback:
            log.error("web.failed", words=msg, exc_info=True)
        else:
            log.info("web.said", words=msg)

    def _wait_for_room(self) -> None:
        """In the thread that accepts: nobody can be let in before somebody has gone."""
        if self._without_room % NO_ROOM_TOLD_EVERY == 0:
            log.error("web.no_room", files=resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        self._without_room += 1
        self._moment.wait(NO_ROOM_SECONDS)


def make_room() -> int:
    """Let this process hold as many connections as may wait, as far as the machine allows; how many files it may open.

    Many shells and services begin with 1,024. Beyond that nobody would be let in, not even to be told 503.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


class Tls(BuiltinSSLAdapter):
    """TLS whose handshake is left to `Line`."""

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """The socket, and what each request is told of it."""
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}
