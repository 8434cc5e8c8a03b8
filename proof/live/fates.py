"""What may happen to one question and its answer on the line between a store and HQ.

A question begins with the first bytes from the store after an answer; each is dealt one fate, and so is each handshake
of TLS. The line works on bytes and reads no HTTP: what it cuts may be a header or a body.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from proof.live.deck import Deck
from proof.sockets import reset

PASS = "passes"
LATENCY = "latency"
CUT_QUESTION = "question cut after n bytes"
CUT_ANSWER = "answer cut after n bytes"
SWALLOWED = "answer swallowed"
SILENCE = "silence, then closed"
BLACK_HOLE = "black hole"
GARBAGE = "garbage instead of the answer"
MANGLED = "answer mangled"
PORTAL = "200 with an HTML page"
RESET = "connection reset"
FATES = (LATENCY, CUT_QUESTION, CUT_ANSWER, SWALLOWED, SILENCE, BLACK_HOLE, GARBAGE, MANGLED, PORTAL, RESET)
# HQ never has the whole question; all others need its answer.
BEFORE_HQ = (CUT_QUESTION, SILENCE, BLACK_HOLE, PORTAL, RESET)

LATENCY_SECONDS = (0.05, 1.5)
SILENCE_SECONDS = (0.5, 3.0)
QUIET_SECONDS = 0.2  # of a question that has been sent to its end
PAGE = b"<!doctype html><title>Free WiFi</title><p>Please accept the terms of use."
PORTAL_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
    % (len(PAGE), PAGE)
)


class Broken(Exception):
    """This connection ends here, on both sides."""


class Hole(Exception):
    """From here on this connection swallows whatever comes and says nothing, not even that it has ended."""


@dataclass
class Exchange:
    """One question and its answer under one fate; `struck` is called once, when the fate has come true."""

    fate: str
    deck: Deck
    struck: Callable[[], object] = bool
    answered: bool = False
    healed: threading.Event = field(default_factory=threading.Event)

    def question(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        """Bytes of the question are here; raises `Broken` or `Hole`."""
        if self.fate in BEFORE_HQ:
            self.struck()
        if self.fate == RESET:
            reset(client)
            raise Broken
        if self.fate == CUT_QUESTION:
            server.sendall(data[: self.deck.below(len(data))])
            raise Broken
        if self.fate == SILENCE:
            self.healed.wait(self.deck.between(*SILENCE_SECONDS))
            raise Broken
        if self.fate == BLACK_HOLE:
            raise Hole
        if self.fate == PORTAL:
            read_to_its_end(client)
            client.sendall(PORTAL_ANSWER)
            raise Broken
        server.sendall(data)

    def answer(self, data: bytes, client: socket.socket) -> None:
        """Bytes of the answer are here; raises `Broken`."""
        first, self.answered = not self.answered, True
        if first and self.fate not in BEFORE_HQ:
            self.struck()
        if self.fate == LATENCY and first:
            self.healed.wait(self.deck.between(*LATENCY_SECONDS))
        if self.fate == SWALLOWED:
            raise Broken
        if self.fate == BLACK_HOLE:
            return
        if self.fate == CUT_ANSWER:
            client.sendall(data[: self.deck.below(len(data))])
            raise Broken
        if self.fate == GARBAGE:
            client.sendall(self.deck.noise(len(data)))
            raise Broken
        if self.fate == MANGLED:
            data = mangled(data, self.deck)
        client.sendall(data)


def mangled(data: bytes, deck: Deck) -> bytes:
    """One bit of the second half is another."""
    at = len(data) - 1 - deck.below((len(data) + 1) // 2)
    return data[:at] + bytes([data[at] ^ (1 << deck.below(8))]) + data[at + 1 :]


def read_to_its_end(client: socket.socket) -> None:
    """Whoever closes with something unread takes back what was said."""
    client.settimeout(QUIET_SECONDS)
    try:
        while client.recv(65536):
            continue
    except TimeoutError:
        client.settimeout(None)
