"""The demo's line breaks when it is told to, and not by itself."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from proof.demo.line import REFUSE, Line
from tests.patience import ENOUGH_SECONDS


def test_a_line_at_rest_stays_as_long_as_nobody_cuts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """HQ may take its time: what waits for an answer was broken off after the time for connecting."""
    made: list[socket.socket] = []
    connect = socket.create_connection

    def noted(*arguments: Any, **named: Any) -> socket.socket:
        made.append(connect(*arguments, **named))
        return made[-1]

    monkeypatch.setattr(socket, "create_connection", noted)
    with socket.create_server(("127.0.0.1", 0)) as hq:
        hq.settimeout(ENOUGH_SECONDS)
        line = Line(hq.getsockname()).start()
        with connect(("127.0.0.1", line.port), timeout=ENOUGH_SECONDS) as store:
            monkeypatch.setattr(socket, "create_connection", noted)
            store.sendall(b"a question")
            with hq.accept()[0] as ours:
                ours.settimeout(ENOUGH_SECONDS)
                assert ours.recv(64) == b"a question"
                assert [side.gettimeout() for side in made] == [None]
                ours.sendall(b"an answer")
                assert store.recv(64) == b"an answer"
                line.cut(REFUSE)
                assert (ours.recv(64), store.recv(64)) == (b"", b"")
        line.stop()
