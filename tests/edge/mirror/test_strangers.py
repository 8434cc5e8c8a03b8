"""Somebody else at the address of the other PC: what it says is bounded before anybody asks for a proof."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from edge.mirror.letters import BODY_BYTES_MAX
from edge.mirror.model import MirrorTrouble, Owner
from edge.mirror.remote import ANSWER_MS, Remote, over_http
from kit.clock import ManualClock
from tests.builders.http import serving

ZEROS, DRIPS = 100 << 20, 1 << 20


@contextmanager
def a_stranger(headers: dict[str, str], body: Callable[[BaseHTTPRequestHandler], object]) -> Iterator[str]:
    """The address of somebody who answers each question with this."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                body(self)
            except ConnectionError:  # the till has heard enough
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    with serving(Handler) as url:
        yield url


def refused(url: str, clock: ManualClock) -> tuple[MirrorTrouble, int]:
    """What the till makes of it, and the memory that it took."""
    place = Remote(url, "secret", Owner("001", "x"), over_http(url, clock))
    tracemalloc.start()
    try:
        with pytest.raises(MirrorTrouble) as trouble:
            place.standings()
        return trouble.value, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_packed_answer_is_refused_unread() -> None:
    """Once less than a mebibyte became as much memory as its sender liked."""
    bomb = gzip.compress(bytes(ZEROS), 1)
    headers = {"Content-Encoding": "gzip", "Content-Length": str(len(bomb))}

    with a_stranger(headers, lambda stranger: stranger.wfile.write(bomb)) as url:
        trouble, peak = refused(url, ManualClock())

    assert (trouble.state, peak < ZEROS // 10) == ("refused", True)


def test_an_answer_beyond_the_bounds_is_read_no_further() -> None:
    headers = {"Content-Length": str(ZEROS)}

    def flood(stranger: BaseHTTPRequestHandler) -> None:
        for _ in range(ZEROS >> 16):
            stranger.wfile.write(bytes(1 << 16))

    with a_stranger(headers, flood) as url:
        trouble, peak = refused(url, ManualClock())

    assert (trouble.state, peak < 4 * BODY_BYTES_MAX) == ("refused", True)


def test_an_answer_that_drips_ends_after_its_time() -> None:
    """Each byte came before the line was called dead, so it never was."""
    clock = ManualClock()

    def drip(stranger: BaseHTTPRequestHandler) -> None:
        for _ in range(DRIPS):
            clock.advance(ANSWER_MS // 3)
            stranger.wfile.write(b".")

    with a_stranger({"Content-Length": str(DRIPS)}, drip) as url:
        trouble, _ = refused(url, clock)

    assert (trouble.state, "TimeoutError" in str(trouble)) == ("unreachable", True)


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    with a_stranger({"Content-Length": "100"}, lambda stranger: stranger.wfile.write(b"half")) as url:
        trouble, _ = refused(url, ManualClock())

    assert trouble.state == "unreachable"
