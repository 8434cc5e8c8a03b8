"""A server with TLS on bad lines: who says nothing keeps nobody out, who breaks off is no failure."""

from __future__ import annotations

import select
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cheroot.makefile import StreamReader
from structlog.testing import capture_logs

from edge import lan
from kit import listener
from kit.clock import SystemClock
from kit.listener import HEARD_MAX, LEFT_MAX, LEFT_SECONDS, Listener, Tls
from tests.house.conftest import ROOT

WAIT_SECONDS = 60.0  # for an answer; a thread of a busy machine may stall for long
SILENT_SECONDS = 600  # for a client that says nothing: nobody kept out by one would be let in within the wait
THREADS = 3
HOST = "127.0.0.1"
QUESTION = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
App = Callable[[dict[str, Any], Callable[..., Any]], list[bytes]]


def hello(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """Answers with the scheme of the question."""
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [environ["wsgi.url_scheme"].encode()]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> lan.LanFiles:
    """An authority and a certificate for loopback."""
    return lan.ensure(tmp_path_factory.mktemp("tls"), [HOST], SystemClock().now_ms())


@contextmanager
def listening(files: lan.LanFiles | None, app: App, **settings: int) -> Iterator[Listener]:
    """A running server; at the end every connection has been served."""
    server = Listener((HOST, 0), app, **{"numthreads": THREADS, "timeout": SILENT_SECONDS, **settings})
    if files is not None:
        server.ssl_adapter = Tls(str(files.certificate), str(files.key))
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def ask(port: int, authority: Path) -> bytes:
    """One question over TLS."""
    context = ssl.create_default_context(cafile=str(authority))
    with (
        socket.create_connection((HOST, port), timeout=WAIT_SECONDS) as raw,
        context.wrap_socket(raw, server_hostname=HOST) as line,
    ):
        line.sendall(QUESTION)
        return b"".join(iter(lambda: line.recv(4096), b""))


def test_as_many_silent_clients_as_workers_keep_nobody_out(files: lan.LanFiles) -> None:
    """SC-15. Silent from the first, in the middle of the handshake, and after it."""
    context = ssl.create_default_context(cafile=str(files.authority))
    with listening(files, hello) as server, ExitStack() as silent:
        for said in (b"", b"\x16\x03\x01\x02\x00\x01half a greeting"):
            for _ in range(THREADS):
                silent.enter_context(socket.create_connection(server.bind_addr)).sendall(said)
        for _ in range(THREADS):
            raw = silent.enter_context(socket.create_connection(server.bind_addr, timeout=WAIT_SECONDS))
            silent.enter_context(context.wrap_socket(raw, server_hostname=HOST))

        answer = ask(server.bind_addr[1], files.authority)

    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"https")


def test_a_greeting_in_pieces_is_understood(files: lan.LanFiles) -> None:
    context = ssl.create_default_context(cafile=str(files.authority))
    heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
    line = context.wrap_bio(heard, said, server_hostname=HOST)
    with pytest.raises(ssl.SSLWantReadError):
        line.do_handshake()
    with (
        listening(files, hello) as server,
        socket.create_connection(server.bind_addr, timeout=WAIT_SECONDS) as raw,
    ):
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while piece := said.read(50):
            raw.sendall(piece)
        while True:
            heard.write(raw.recv(4096))
            with suppress(ssl.SSLWantReadError):
                line.do_handshake()
                break
        line.write(QUESTION)
        raw.sendall(said.read())
        while answer := raw.recv(4096):
            heard.write(answer)

    assert line.read(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01half a greeting", b"\xff" * 64],
    ids=["nothing", "no TLS", "half a greeting", "noise"],
)
def test_who_breaks_off_in_the_handshake_is_no_failure(
    files: lan.LanFiles, said: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as logs, listening(files, hello) as server:
        with socket.create_connection(server.bind_addr) as line:
            line.sendall(said)
        assert ask(server.bind_addr[1], files.authority).endswith(b"https")

    assert [entry for entry in logs if entry["log_level"] == "error"] == []
    assert "Traceback" not in capsys.readouterr().err


def test_what_fails_in_this_program_is_an_error(files: lan.LanFiles) -> None:
    def broken(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        raise OSError(5, "the disk")

    with capture_logs() as logs, listening(files, broken) as server:
        assert ask(server.bind_addr[1], files.authority).startswith(b"HTTP/1.1 500")

    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["web.failed"]


class Gate:
    """Answers nobody until it is opened."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Semaphore(0), threading.Event()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        self.entered.release()
        self.open.wait(WAIT_SECONDS)
        return hello(environ, start)


def answer_of(line: socket.socket) -> bytes:
    """All that comes until it ends."""
    return b"".join(iter(lambda: line.recv(4096), b""))


def test_who_comes_to_a_full_house_is_told_so_at_once_and_who_waits_is_served() -> None:
    """One is answered, one waits; a third would only wait until its patience ends."""
    gate = Gate()
    with listening(None, gate, numthreads=1, waiting_max=1) as server, ExitStack() as stack:
        stack.callback(gate.open.set)

        def a_line() -> socket.socket:
            line = stack.enter_context(socket.create_connection(server.bind_addr, timeout=WAIT_SECONDS))
            line.sendall(QUESTION)
            return line

        first = a_line()
        assert gate.entered.acquire(timeout=WAIT_SECONDS)
        others = [a_line(), a_line()]
        refused, waiting = sorted(others, key=lambda line: _is_silent(line, others))
        assert answer_of(refused).startswith(b"HTTP/1.1 503")
        gate.open.set()
        assert answer_of(first).startswith(b"HTTP/1.1 200")
        assert answer_of(waiting).startswith(b"HTTP/1.1 200")


def _is_silent(line: socket.socket, lines: list[socket.socket]) -> bool:
    """Has it heard nothing when one of them has? Which of two comes first is not settled."""
    told, _, _ = select.select(lines, [], [], WAIT_SECONDS)
    return line not in told


def refuses(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """Answers without reading what was sent."""
    start(environ["PATH_INFO"][1:] + " Refused", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"words"]


def sent(line: socket.socket, status: int, size: int, declared: int = 0, wish: str = "keep-alive") -> None:
    """A question with a body."""
    head = f"POST /{status} HTTP/1.1\r\nHost: x\r\nConnection: {wish}\r\nContent-Length: {declared or size}"
    line.sendall(head.encode() + b"\r\n\r\n" + b"x" * size)


@pytest.mark.parametrize("status", [413, 302, 403])
@pytest.mark.parametrize("wish", ["keep-alive", "close"])
def test_who_sends_a_large_file_in_vain_hears_why(status: int, wish: str) -> None:
    """Behind 413 the line was reset under a browser that was still sending: it showed that and not our page."""
    with (
        listening(None, refuses) as server,
        socket.create_connection(server.bind_addr, timeout=WAIT_SECONDS) as line,
    ):
        sent(line, status, 20 * 1024 * 1024, wish=wish)
        line.shutdown(socket.SHUT_WR)
        answer = answer_of(line)

    assert answer.startswith(b"HTTP/1.1 %d" % status) and answer.endswith(b"words")


def test_a_line_goes_on_behind_a_body_that_nobody_read() -> None:
    with (
        listening(None, refuses) as server,
        socket.create_connection(server.bind_addr, timeout=WAIT_SECONDS) as line,
    ):
        sent(line, 403, 1024 * 1024)
        sent(line, 404, 10)
        line.shutdown(socket.SHUT_WR)
        answers = answer_of(line)

    assert (answers.count(b"HTTP/1.1 403"), answers.count(b"HTTP/1.1 404")) == (1, 1)


def test_a_body_without_end_is_not_waited_for() -> None:
    """cheroot took what nobody had read into memory at once, as much as was announced."""
    with (
        listening(None, refuses) as server,
        socket.create_connection(server.bind_addr, timeout=WAIT_SECONDS) as line,
    ):
        sent(line, 403, 10, declared=LEFT_MAX + 11)
        answer = answer_of(line)

    assert answer.startswith(b"HTTP/1.1 403") and b"\r\nConnection: close\r\n" in answer


def test_what_nobody_read_is_thrown_away_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    read = StreamReader.read1

    def noted(file: Any, size: int) -> bytes:
        asked.append(size)
        return bytes(read(file, size))

    monkeypatch.setattr(StreamReader, "read1", noted)
    with (
        listening(None, refuses) as server,
        socket.create_connection(server.bind_addr, timeout=WAIT_SECONDS) as line,
    ):
        sent(line, 403, 1024 * 1024)
        line.shutdown(socket.SHUT_WR)
        answer_of(line)

    assert max(asked) <= HEARD_MAX < sum(asked)


def test_a_body_that_comes_byte_by_byte_holds_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """SC-15: each byte would renew the patience of the line, for as long as somebody likes."""
    monkeypatch.setattr(listener, "time", SimpleNamespace(monotonic=count(step=LEFT_SECONDS * 0.6).__next__))
    with (
        listening(None, refuses) as server,
        socket.create_connection(server.bind_addr, timeout=WAIT_SECONDS) as line,
    ):
        sent(line, 403, 1, declared=60_000_000)
        answer = answer_of(line)

    assert answer.startswith(b"HTTP/1.1 403") and b"\r\nConnection: close\r\n" in answer


def test_a_server_may_hold_as_many_connections_as_may_wait() -> None:
    """Where the limit was the usual 1,024 and the machine allows more, in a process of its own."""
    program = """
import resource
from kit.listener import FILES_WANTED, make_room
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
assert make_room() == min(hard, FILES_WANTED) == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
assert make_room() == 300
print("room")
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "room\n"


def test_a_server_that_may_open_no_more_files_says_so_once_and_goes_on_when_some_have_gone() -> None:
    """SC-15. cheroot would try again at once and write a traceback each time; in a process of its own."""
    program = f"""
import resource, socket, threading
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from structlog.testing import capture_logs
from kit.listener import Listener
from tests.kit.test_listener import QUESTION, answer_of, hello

class Watched(Listener):
    full = threading.Event()
    def _wait_for_room(self):
        super()._wait_for_room()
        self.full.set()

with capture_logs() as logs:
    server = Watched(("127.0.0.1", 0), hello, numthreads=2, timeout={SILENT_SECONDS})
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    silent = []
    try:
        while not server.full.is_set():
            silent.append(socket.create_connection(server.bind_addr))
    except OSError:
        pass
    assert server.full.wait({WAIT_SECONDS})
    while silent:
        silent.pop().close()
    with socket.create_connection(server.bind_addr, timeout={WAIT_SECONDS}) as line:
        line.sendall(QUESTION)
        print(answer_of(line)[:12].decode())
    server.stop()
    thread.join()
print([entry["event"] for entry in logs if entry["log_level"] == "error"])
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert said.stdout.splitlines() == ["HTTP/1.1 200", "['web.no_room']"], said.stderr
