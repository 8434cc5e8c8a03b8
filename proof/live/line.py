"""The line between one store and HQ: a TCP proxy on loopback that deals a fate to each question while it is bad."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from proof.live.deck import Deck
from proof.live.fates import BLACK_HOLE, PASS, Broken, Exchange, Hole
from proof.live.handshake import Handshake
from proof.sockets import accept_each, close, reset
from sync.calls import Request

CHUNK = 65536
DOWN = "line down"
OUTWAITED = "black hole until a timeout"
PATIENCE_SECONDS = Request.timeout_ms / 1000  # no request of a store waits for less
HANDSHAKE = "TLS handshake harmed"
ON_TLS = "{} (TLS)"  # the share of a fate that struck on lines with TLS


class BadLine:
    """A line may be spoiled, healed and down at any time; `struck` counts what came true on all lines that share it.

    With `handshakes`, a deck for these alone, the two ends speak TLS, and the line sees its records only. `connect` is
    another way to `target`.
    """

    def __init__(
        self, target: tuple[str, int], deck: Deck, struck: Counter[str], port: int = 0, *,
        handshakes: Deck | None = None, connect: Callable[[], socket.socket] | None = None,
    ) -> None:  # fmt: skip
        self._connect = connect or partial(socket.create_connection, target, timeout=5)
        self._deck, self._handshakes = deck, handshakes
        self._struck = struck
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._held: set[socket.socket] = set()
        self._healed = threading.Event()
        self._healed.set()
        self._down = False
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Where a store finds HQ behind this line."""
        return f"http{'s' * (self._handshakes is not None)}://127.0.0.1:{self.port}"

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
        self.let_go()

    def let_go(self) -> None:
        """End the black holes that are held now; whoever is about to be killed has not run out of patience."""
        with self._lock:
            held, self._held = self._held, set()
        for side in held:
            close(side)

    def go_down(self) -> None:
        """Break what is open, refuse what comes, until `come_back`."""
        self._down = True
        self._count(DOWN)
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
        self.let_go()
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
        handshake = Handshake() if self._handshakes else None
        talk = Talk(client, server, self._greeting(), self._question, handshake)
        threading.Thread(target=self._answers, args=(talk,), daemon=True).start()
        with contextlib.suppress(OSError, Broken):
            try:
                while data := client.recv(CHUNK):
                    talk.asked(data)
            except Hole:
                self._hold(talk)
        self._drop(client, server)

    def _hold(self, talk: Talk) -> None:
        """Swallow what comes until the store hangs up or the line lets go, and count who waited to the end."""
        began = time.monotonic()
        with self._lock:
            if self._healed.is_set():
                return
            self._held.add(talk.client)
        with contextlib.suppress(OSError):
            while talk.client.recv(CHUNK):
                continue
        with self._lock:
            hung_up = talk.client in self._held
            self._held.discard(talk.client)
        if hung_up and talk.begun and time.monotonic() - began >= PATIENCE_SECONDS:
            self._count(OUTWAITED)

    def _answers(self, talk: Talk) -> None:
        with contextlib.suppress(OSError, Broken):
            while data := talk.server.recv(CHUNK):
                talk.answered(data)
        self._drop(talk.server, *(() if talk.held else (talk.client,)))

    def _greeting(self) -> Exchange:
        """What comes before the first question: the handshake on a line with TLS, else nothing."""
        if self._handshakes is None:
            return Exchange(PASS, self._deck)
        fate = PASS if self._healed.is_set() else self._handshakes.deal()
        kinds = (HANDSHAKE,) if fate != PASS else ()
        return Exchange(fate, self._handshakes, partial(self._count, *kinds), healed=self._healed)

    def _question(self) -> Exchange:
        fate = PASS if self._healed.is_set() else self._deck.deal()
        kinds = (fate,) if self._handshakes is None else (fate, ON_TLS.format(fate))
        return Exchange(fate, self._deck, partial(self._count, *kinds), healed=self._healed)

    def _count(self, *kinds: str) -> None:
        with self._lock:
            self._struck.update(kinds)

    def _drop(self, *sides: socket.socket) -> None:
        with self._lock:
            self._open -= set(sides)
        for side in sides:
            close(side)


class Talk:
    """One connection: its greeting, then question after question, each under the fate that `deal` gives it."""

    def __init__(
        self, client: socket.socket, server: socket.socket, greeting: Exchange, deal: Callable[[], Exchange],
        handshake: Handshake | None,
    ) -> None:  # fmt: skip
        self.client, self.server = client, server
        self._greeting, self._deal = greeting, deal
        self._before_question = self._before_answer = handshake
        self._exchange: Exchange | None = None

    @property
    def begun(self) -> bool:
        """Is it past its greeting?"""
        return self._exchange is not None

    @property
    def held(self) -> bool:
        """Is it in a black hole, out of which nothing comes?"""
        return (self._exchange or self._greeting).fate == BLACK_HOLE

    def asked(self, data: bytes) -> None:
        """Bytes of the store's end; raises `Broken` or `Hole`."""
        if self._before_question:
            at = self._before_question.question_at(data)
            if at:
                self._greeting.question(data[:at], self.client, self.server)
            if at == len(data):
                return
            self._before_question, data = None, data[at:]
        if self._exchange is None or self._exchange.answered:
            self._exchange = self._deal()
        self._exchange.question(data, self.client, self.server)

    def answered(self, data: bytes) -> None:
        """Bytes of HQ's end; raises `Broken`."""
        if self._before_answer:
            at = self._before_answer.answer_at(data)
            if at:
                self._greeting.answer(data[:at], self.client)
            if at == len(data):
                return
            self._before_answer, data = None, data[at:]
        (self._exchange or self._greeting).answer(data, self.client)
