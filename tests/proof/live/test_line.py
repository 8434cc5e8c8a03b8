"""Each fate of the bad line as the store's end of a connection meets it, before a server that answers everything."""

from __future__ import annotations

import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from proof.live.deck import Deck
from proof.live.fates import (
    BLACK_HOLE,
    CUT_ANSWER,
    CUT_QUESTION,
    FATES,
    GARBAGE,
    LATENCY,
    MANGLED,
    PASS,
    PORTAL,
    RESET,
    SILENCE,
    SWALLOWED,
)
from proof.live.line import DOWN, BadLine

QUESTION, ANSWER = b"question " * 20, b"answer " * 30


class Centre:
    """Answers every question on every connection; remembers what it heard."""

    def __init__(self) -> None:
        self.heard = b""
        self.enough = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                side, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(side,), daemon=True).start()

    def _serve(self, side: socket.socket) -> None:
        with side:
            try:
                while data := side.recv(65536):
                    self.heard += data
                    side.sendall(ANSWER)
            except OSError:
                return
            finally:
                self.enough.set()

    def stop(self) -> None:
        self._listener.close()


@pytest.fixture
def centre() -> Iterator[Centre]:
    made = Centre()
    yield made
    made.stop()


def ask(line: BadLine) -> bytes:
    """One question on a connection of its own; all that comes back before it ends or the answer is whole."""
    found = b""
    try:
        with socket.create_connection(("127.0.0.1", line.port), timeout=60) as side:
            side.sendall(QUESTION)
            while len(found) < len(ANSWER) and (part := side.recv(65536)):
                found += part
    except ConnectionError:
        found += b"!"
    return found


def asked(centre: Centre, fate: str) -> tuple[bytes, Counter[str]]:
    struck: Counter[str] = Counter()
    line = BadLine(centre.address, Deck([fate], random.Random(7)), struck).start()
    line.spoil()
    try:
        return ask(line), struck
    finally:
        line.stop()


@pytest.mark.parametrize("fate", [PASS, LATENCY])
def test_a_good_or_slow_answer_comes_whole(centre: Centre, fate: str) -> None:
    assert asked(centre, fate) == (ANSWER, {fate: 1})
    assert centre.heard == QUESTION


@pytest.mark.parametrize("fate", [SILENCE, RESET])
def test_nothing_reaches_hq_and_nothing_comes_back(centre: Centre, fate: str) -> None:
    found, struck = asked(centre, fate)
    assert found.strip(b"!") == b"" and struck == {fate: 1}
    assert centre.heard == b""


def test_a_cut_question_reaches_hq_in_part(centre: Centre) -> None:
    asked(centre, CUT_QUESTION)
    assert centre.enough.wait(60)
    assert QUESTION.startswith(centre.heard) and centre.heard != QUESTION


def test_a_swallowed_answer_was_given(centre: Centre) -> None:
    found, _ = asked(centre, SWALLOWED)
    assert found.strip(b"!") == b"" and centre.heard == QUESTION


def test_an_answer_is_cut_short(centre: Centre) -> None:
    found, _ = asked(centre, CUT_ANSWER)
    assert ANSWER.startswith(found.strip(b"!")) and len(found) < len(ANSWER)


def test_garbage_is_nothing_of_the_answer_and_a_mangled_one_differs_in_a_bit(centre: Centre) -> None:
    garbage, _ = asked(centre, GARBAGE)
    assert len(garbage) == len(ANSWER) and garbage[:7] != ANSWER[:7]
    mangled, _ = asked(centre, MANGLED)
    different = [a ^ b for a, b in zip(mangled, ANSWER, strict=True) if a != b]
    assert len(different) == 1 and different[0].bit_count() == 1


def test_a_portal_says_200_and_a_page_without_hq(centre: Centre) -> None:
    found, _ = asked(centre, PORTAL)
    assert found.startswith(b"HTTP/1.1 200 OK\r\n") and b"<!doctype html>" in found
    assert centre.heard == b""


def test_a_line_that_is_down_breaks_and_refuses_until_it_comes_back(centre: Centre) -> None:
    struck: Counter[str] = Counter()
    line = BadLine(centre.address, Deck([RESET], random.Random(1)), struck).start()
    try:
        with socket.create_connection(("127.0.0.1", line.port), timeout=60) as side:
            side.sendall(QUESTION)
            assert side.recv(65536) == ANSWER
            line.go_down()
            assert side.recv(65536) == b""
        assert ask(line).strip(b"!") == b""
        line.come_back()
        assert ask(line) == ANSWER
        assert struck[DOWN] == 1
    finally:
        line.stop()


def test_a_healed_line_lets_go_of_a_black_hole_and_deals_no_more(centre: Centre) -> None:
    struck: Counter[str] = Counter()
    line = BadLine(centre.address, Deck([BLACK_HOLE], random.Random(1)), struck).start()
    line.spoil()
    try:
        asking = threading.Thread(target=lambda: ask(line))
        asking.start()
        line.heal()
        asking.join()
        assert not asking.is_alive()
        assert ask(line) == ANSWER
    finally:
        line.stop()


def test_every_card_is_dealt_before_one_comes_again_and_the_seed_says_the_order() -> None:
    def dealt(seed: int) -> list[str]:
        deck = Deck(FATES, random.Random(seed))
        return [deck.deal() for _ in range(2 * len(FATES))]

    first = dealt(3)
    assert sorted(first[: len(FATES)]) == sorted(FATES) == sorted(first[len(FATES) :])
    assert first == dealt(3) != dealt(4)
