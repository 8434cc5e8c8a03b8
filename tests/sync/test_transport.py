"""What a line to HQ may bring: whole answers within the bounds, and nothing that HTTP unpacks (SC-29)."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from retail.errors import NetworkError, ProtocolError
from sync import guard
from sync.calls import Request
from sync.transport import ANSWER_BYTES_MAX, HttpTransport
from tests.builders.http import serving

ZEROS = 200 * 1024 * 1024
ASK = Request("GET", "/log")


@contextmanager
def a_server(status: int, headers: dict[str, str], body: bytes) -> Iterator[tuple[str, list[str]]]:
    """An HQ that always says this; the second value are the Accept-Encodings that it was asked with."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Accept-Encoding"])
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:  # the node has heard enough
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    with serving(Handler) as url:
        yield url, asked


def bomb(times: int = 1) -> bytes:
    """Zeros, packed so many times over."""
    packed = gzip.compress(b"\0" * ZEROS, 1)
    for _ in range(times - 1):
        packed = gzip.compress(packed, 9)
    return packed


@pytest.fixture(scope="module")
def packed() -> bytes:
    return bomb(2)


@pytest.mark.parametrize(
    ("status", "coding"),
    [(200, "gzip"), (200, "gzip, gzip"), (200, "deflate"), (500, "gzip"), (301, "gzip"), (200, "br"), (503, "X-GZIP")],
)  # fmt: skip
def test_a_packed_answer_is_refused_unread(packed: bytes, status: int, coding: str) -> None:
    """SC-29: bombs in answers, errors and redirects, also packed twice; the node unpacks none of it."""
    with a_server(status, {"Content-Encoding": coding, "Location": "/sync/v1/bomb"}, packed) as (url, asked):
        line = HttpTransport(url)
        tracemalloc.start()
        try:
            with pytest.raises(NetworkError, match="sync.unreachable"):
                line.send(ASK)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            line.close()

    assert (asked, peak < guard.INFLATED_BYTES_MAX) == (["identity"], True)


def test_a_plain_answer_is_read_whole() -> None:
    with a_server(200, {"Content-Encoding": "identity"}, b"words") as (url, _):
        line = HttpTransport(url)
        assert (line.send(ASK).status, line.send(ASK).body) == (200, b"words")
        line.close()


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with a_server(302, {"Location": "http://127.0.0.1:1/elsewhere"}, b"") as (url, asked):
        line = HttpTransport(url)
        assert (line.send(ASK).status, len(asked)) == (302, 1)
        line.close()


def test_an_answer_without_end_is_cut_at_the_bound() -> None:
    """SC-29."""
    with a_server(200, {}, b"x" * (ANSWER_BYTES_MAX + 1)) as (url, _):
        line = HttpTransport(url)
        with pytest.raises(NetworkError, match="sync.answer_too_large"):
            line.send(ASK)
        line.close()


@pytest.mark.parametrize("times", [1, 2])
def test_a_bomb_inside_a_message_is_refused_within_the_bounds(times: int) -> None:
    """SC-29: what is packed inside a message grows to 8 MiB and a hundredfold at most."""
    small = gzip.compress(b"\0" * (4 * guard.INFLATED_BYTES_MAX), 9)
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="wire"):
            guard.inflate(small if times == 1 else guard.inflate(gzip.compress(small, 9)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 3 * guard.INFLATED_BYTES_MAX
