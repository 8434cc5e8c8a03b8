"""The web server of both applications: cheroot, except for two things that a bad line does to it.

cheroot shakes hands in the one thread that accepts, so that a client that connects and says nothing keeps everybody
else out for ten seconds; here TLS begins in the worker that serves the connection. And whoever breaks off in the
middle of TLS is no failure of this program: it is noted in one line, without a traceback.
"""

from __future__ import annotations

import socket
import ssl
import sys

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

from kit.logs import logger

log = logger("lianpu.web")
BROKEN_OFF = (ConnectionError, TimeoutError, ssl.SSLError)


class Listener(Server):
    """A server whose own complaints go to the log."""

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """What cheroot would write to stderr; `level` is its own idea of how bad it is."""
        if isinstance(sys.exc_info()[1], BROKEN_OFF):
            log.info("web.broken_off", words=msg)
        elif traceback:
            log.error("web.failed", words=msg, exc_info=True)
        else:
            log.info("web.said", words=msg)


class Tls(BuiltinSSLAdapter):
    """TLS whose handshake waits for the first read of a worker."""

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """The socket, and what each request is told of it."""
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}
