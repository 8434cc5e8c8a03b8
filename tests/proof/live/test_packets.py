"""A wire of packets between two namespaces: TCP brings everything over it, whatever happens to the packets."""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from proof.live import packets
from proof.live.packets import PACKET_KINDS, PacketLine, why_not
from proof.live.world import until

pytestmark = pytest.mark.skipif(bool(why_not()), reason=f"not with namespaces: {why_not()}")
MUCH = random.Random(1).randbytes(1_000_000)
SECONDS = 60.0


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """Says what it hears, to one who asks."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        line, _ = listener.accept()
        with contextlib.suppress(OSError), line:  # who asked may go in the middle
            while data := line.recv(65536):
                line.sendall(data)

    thread = threading.Thread(target=answer)
    thread.start()
    yield listener.getsockname()
    thread.join(SECONDS)
    listener.close()


def said_back(wire: PacketLine) -> bytes:
    """Everything there and back again."""
    with wire.connect() as line:
        line.settimeout(SECONDS)
        sender = threading.Thread(target=line.sendall, args=(MUCH,))
        sender.start()
        found = b""
        while len(found) < len(MUCH):
            found += line.recv(65536)
        sender.join()
    return found


@pytest.mark.parametrize("bad", [True, False])
def test_all_bytes_come_whole_over_a_bad_wire_and_a_good_one_loses_no_packet(
    echo: tuple[str, int], bad: bool
) -> None:
    struck: Counter[str] = Counter()
    wire = PacketLine(echo, random.Random(3), struck).start()
    try:
        if bad:
            wire.spoil()
        assert said_back(wire) == MUCH
    finally:
        wire.stop()

    assert {kind for kind in PACKET_KINDS if struck[kind]} == (set(PACKET_KINDS) if bad else set())


def test_all_bytes_come_whole_after_a_storm_in_their_middle(echo: tuple[str, int]) -> None:
    wire = PacketLine(echo, random.Random(3), Counter()).start()
    try:
        wire.spoil()
        wire.storm()
        found: list[bytes] = []
        thread = threading.Thread(target=lambda: found.append(said_back(wire)))
        thread.start()
        assert until(lambda: wire.lost_in_storm >= 3, SECONDS)
        wire.heal()
        thread.join()
        assert found == [MUCH]
    finally:
        wire.stop()


def test_in_a_storm_three_of_ten_packets_are_lost_and_the_others_come_within_two_seconds() -> None:
    wire = PacketLine(("127.0.0.1", 1), random.Random(3), Counter()).start()
    try:
        wire.spoil()
        wire.storm()
        dice, began = random.Random(3), time.monotonic()
        arrivals = [wire._fates(dice) for _ in range(2000)]
        took = time.monotonic() - began
    finally:
        wire.stop()

    late = sorted(due - began for packet in arrivals for due in packet)
    assert 0.25 < sum(not packet for packet in arrivals) / 2000 < 0.35
    assert 0.8 < late[len(late) // 2] < 1.2 + took and late[-1] < 2.0 + took


def test_nothing_of_it_is_seen_outside_or_stays(echo: tuple[str, int]) -> None:
    before = Path("/proc/net/dev").read_text().count(":")
    wire = PacketLine(echo, random.Random(3), Counter()).start()
    try:
        assert said_back(wire) == MUCH
        assert Path("/proc/net/dev").read_text().count(":") == before
    finally:
        wire.stop()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("side-")] == []


def test_where_it_cannot_be_the_reason_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packets, "TUN", tmp_path / "none")
    assert "No such file" in why_not()
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert why_not() == "there is no command ip"
