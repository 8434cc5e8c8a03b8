"""A black hole lasts as long as the store waits: nothing comes out of it, not even its end."""

from __future__ import annotations

import random
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from proof.live import line as lines
from proof.live.deck import Deck
from proof.live.fates import BLACK_HOLE, PASS
from proof.live.line import HANDSHAKE, OUTWAITED, BadLine
from proof.live.world import until
from retail.errors import NetworkError
from sync.calls import Request
from sync.transport import HttpTransport

SECONDS = 60.0


class AtOnce(Deck):
    """Whatever lasts for a time that is dealt is over at once."""

    def between(self, low: float, high: float) -> float:
        return 0.0


class Hole:
    """A line that is nothing else, before an HQ that hangs up when it is told to; `struck` is what it counts."""

    def __init__(self, *, tls: bool = False) -> None:
        self.struck: Counter[str] = Counter()
        self._hq = socket.create_server(("127.0.0.1", 0))
        deck = AtOnce([BLACK_HOLE], random.Random(1))
        self.line = BadLine(
            self._hq.getsockname(), deck, self.struck, handshakes=deck if tls else None
        ).start()
        self.line.spoil()

    def hq_hangs_up(self) -> None:
        side, _ = self._hq.accept()
        side.close()

    def stop(self) -> None:
        self.line.stop()
        self._hq.close()


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PATIENCE_SECONDS", 0.2)


@pytest.fixture
def hole() -> Iterator[Hole]:
    made = Hole()
    yield made
    made.stop()


def why_no_answer(line: BadLine) -> str:
    """What the store's own transport says of one question, with its own timeout made short."""
    transport = HttpTransport(line.url, verify=False)
    with pytest.raises(NetworkError) as found:
        transport.send(Request("POST", "/push", b"question", timeout_ms=300))
    transport.close()
    return str(found.value.facts["why"])


def test_the_store_ends_it_by_its_own_timeout_and_that_is_counted(hole: Hole) -> None:
    assert why_no_answer(hole.line) == "ReadTimeout"
    assert until(lambda: hole.struck[OUTWAITED] == 1, SECONDS)
    assert hole.struck[BLACK_HOLE] == 1


def test_hq_hanging_up_is_not_heard_in_it(hole: Hole) -> None:
    with socket.create_connection(("127.0.0.1", hole.line.port)) as side:
        side.sendall(b"question")
        assert until(lambda: hole.struck[BLACK_HOLE] == 1, SECONDS)

        hole.hq_hangs_up()

        side.settimeout(0.3)
        with pytest.raises(TimeoutError):
            side.recv(1)


def test_who_is_let_go_or_hangs_up_early_has_not_waited(hole: Hole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PATIENCE_SECONDS", 0.0)
    with socket.create_connection(("127.0.0.1", hole.line.port), timeout=SECONDS) as side:
        side.sendall(b"question")
        assert until(lambda: bool(hole.line._held), SECONDS)
        hole.line.let_go()
        assert side.recv(1) == b""
    monkeypatch.setattr(lines, "PATIENCE_SECONDS", SECONDS)
    with socket.create_connection(("127.0.0.1", hole.line.port)) as side:
        side.sendall(b"question")
        assert until(lambda: bool(hole.line._held), SECONDS)
    assert until(lambda: not hole.line._open, SECONDS)
    assert hole.struck == {BLACK_HOLE: 2}


def test_a_hole_in_a_handshake_is_no_question_that_was_outwaited() -> None:
    hole = Hole(tls=True)
    with socket.create_connection(("127.0.0.1", hole.line.port)) as side:
        side.sendall(b"\x16\x03\x01\x00\x04half")
        assert until(lambda: bool(hole.line._held), SECONDS)
    assert until(lambda: not hole.line._open, SECONDS)
    hole.stop()
    assert hole.struck == {HANDSHAKE: 1} and PASS not in hole.struck
