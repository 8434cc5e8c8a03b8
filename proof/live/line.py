"""The line between one store and HQ: a TCP proxy on loopback that deals a fate to each question while it is bad."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

from proof.live.deck import Deck
from proof.live.fates import PASS, Broken, Exchange
from proof.sockets import accept_each, close, reset

CHUNK = 65536
DOWN = "line down"


class BadLine:
    """`bad` and `down` may change at any time; `struck` counts the fates of all lines that share it.

    With `tls` the two ends speak TLS; the line sees its bytes only. `connect` is another way to `target`.
    """

    def __init__(
        self, target: tuple[str, int], deck: Deck, struck: Counter[str], port: int = 0, *, tls: bool = False,
        connect: Callable[[], socket.socket] | None = None,
    ) -> None:  # fmt: skip
        self._connect = connect or partial(socket.create_connection, target, timeout=5)
        self.tls = tls
        self._deck = deck
        self._struck = struck
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._healed = threading.Event()
        self._healed.set()
        self._down = False
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Where a store finds HQ behind this line."""
        return f"http{'s' * self.tls}://127.0.0.1:{self.port}"

    def start(self) -> BadLine:
        """Begin to accept."""
        accept_each(self._listener, self._serve, f"line-{self.port}")
        return self

    def spoil(self) -> None:
        """From now on each question is dealt a fate."""
        self._healed.clear()

    def heal(self) -> None:
        """A good line again; whoever waits in a black hole is let go."""
        self._down = False
        self._healed.set()

    def go_down(self) -> None:
        """Break what is open, refuse what comes, until `come_back`."""
        self._down = True
        self._struck[DOWN] += 1
        self._break()

    def come_back(self) -> None:
        """Accept again."""
        self._down = False

    def stop(self) -> None:
        """Close everything."""
        self._down = True
        self._healed.set()
        self._listener.close()
        self._break()

    def _break(self) -> None:
        with self._lock:
            broken, self._open = self._open, set()
        for side in broken:
            close(side)

    def _serve(self, client: socket.socket) -> None:
        if self._down:
            reset(client)
            return
        try:
            server = self._connect()
        except OSError:
            close(client)
            return
        server.settimeout(None)
        with self._lock:
            self._open |= {client, server}
        exchange = [Exchange(PASS, self._deck, answered=True)]
        threading.Thread(target=self._answers, args=(client, server, exchange), daemon=True).start()
        with contextlib.suppress(OSError, Broken):
            while data := client.recv(CHUNK):
                if exchange[0].answered:
                    exchange[0] = self._dealt()
                exchange[0].question(data, client, server)
        self._drop(client, server)

    def _answers(self, client: socket.socket, server: socket.socket, exchange: list[Exchange]) -> None:
        with contextlib.suppress(OSError, Broken):
            while data := server.recv(CHUNK):
                exchange[0].answer(data, client)
        self._drop(client, server)

    def _dealt(self) -> Exchange:
        fate = PASS if self._healed.is_set() else self._deck.deal()
        with self._lock:
            self._struck[fate] += 1
        return Exchange(fate, self._deck, healed=self._healed)

    def _drop(self, *sides: socket.socket) -> None:
        with self._lock:
            self._open -= set(sides)
        for side in sides:
            close(side)
