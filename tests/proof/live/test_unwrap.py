"""The proxy that speaks plain HTTP for an HQ with TLS."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from edge import lan
from kit.clock import SystemClock
from proof.live.unwrap import HOST, Unwrap


def test_who_has_stopped_accepts_nobody(tmp_path: Path) -> None:
    files = lan.ensure(tmp_path, [HOST], SystemClock().now_ms())
    unwrap = Unwrap(1, files.authority).start()
    accepting = next(thread for thread in threading.enumerate() if thread.name == "unwrap")
    for _ in range(3):  # no HQ is there; by now `accept` waits for the next one
        with socket.create_connection((HOST, unwrap.port), timeout=60) as before:
            assert before.recv(1) == b""

    unwrap.stop()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, unwrap.port), timeout=60)
    accepting.join()
    assert not accepting.is_alive()
