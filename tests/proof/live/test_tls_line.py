"""A fate on a line with TLS: dealt to questions, not to the records of a handshake, and counted when it came true."""

from __future__ import annotations

import random
import ssl
from collections import Counter
from pathlib import Path

import pytest
import requests

from proof.live import fates
from proof.live.deck import Deck
from proof.live.fates import BEFORE_HQ, BLACK_HOLE, FATES, LATENCY, PASS, PORTAL, RESET, SWALLOWED
from proof.live.handshake import Handshake
from proof.live.line import HANDSHAKE, ON_TLS, BadLine
from tests.proof.live.tls_centre import BODY, TlsCentre

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fates, "LATENCY_SECONDS", (0.0, 0.01))
    monkeypatch.setattr(fates, "SILENCE_SECONDS", (0.0, 0.01))
    monkeypatch.setattr(fates, "QUIET_SECONDS", 0.01)


def asked(centre: TlsCentre, fate: str, *, handshake: str = PASS, times: int = 1) -> tuple[int, Counter[str]]:
    """Questions of one session, one of each in a fate; how many were answered, and what has struck."""
    struck: Counter[str] = Counter()
    decks = [Deck([card], random.Random(7)) for card in (fate, handshake)]
    line = BadLine(centre.address, decks[0], struck, handshakes=decks[1]).start()
    line.spoil()
    answered, patience = 0, (60, 0.2 if fate == BLACK_HOLE else 60)
    with requests.Session() as session:
        for _ in range(times):
            try:
                answer = session.post(line.url, data=BODY, verify=centre.authority, timeout=patience)
                answered += answer.content == b"a" * 3000
            except requests.RequestException:
                continue
    line.stop()
    return answered, struck


@pytest.mark.parametrize("newest", VERSIONS)
@pytest.mark.parametrize("fate", FATES)
def test_a_fate_that_needs_an_answer_strikes_when_hq_has_the_question_and_no_other_gets_that_far(
    tmp_path: Path, fate: str, newest: ssl.TLSVersion
) -> None:
    centre = TlsCentre(tmp_path, newest)

    answered, struck = asked(centre, fate)

    assert struck == {fate: 1, ON_TLS.format(fate): 1}
    assert answered == (fate == LATENCY)
    assert centre.stop() == (fate not in BEFORE_HQ)


@pytest.mark.parametrize("newest", VERSIONS)
def test_every_question_of_a_connection_is_dealt_one_fate_and_its_handshake_none(
    tmp_path: Path, newest: ssl.TLSVersion
) -> None:
    centre = TlsCentre(tmp_path, newest)

    answered, struck = asked(centre, PASS, times=5)

    assert answered == 5 == centre.stop()
    assert struck == {PASS: 5, ON_TLS.format(PASS): 5}


@pytest.mark.parametrize("fate", [SWALLOWED, PORTAL, RESET])
def test_a_harmed_handshake_is_counted_as_that_and_as_nothing_else(tmp_path: Path, fate: str) -> None:
    centre = TlsCentre(tmp_path)

    answered, struck = asked(centre, PASS, handshake=fate)

    assert answered == 0 == centre.stop()
    assert struck == {HANDSHAKE: 1}


def conversation(newest: ssl.TLSVersion, folder: Path) -> list[tuple[str, bytes, bool]]:
    """(who, bytes, is it past the handshake) of a handshake, a question and an answer between two real engines."""
    centre = TlsCentre(folder, newest)
    context = centre._context
    client_in, client_out, server_in, server_out = (ssl.MemoryBIO() for _ in range(4))
    client = ssl.create_default_context(cafile=centre.authority).wrap_bio(
        client_in, client_out, server_hostname="127.0.0.1"
    )
    server = context.wrap_bio(server_in, server_out, server_side=True)
    centre.stop()
    said: list[tuple[str, bytes, bool]] = []

    def carry(*, past: bool = False) -> None:
        for who, out, into in (("client", client_out, server_in), ("server", server_out, client_in)):
            if data := out.read():
                said.append((who, data, past))
                into.write(data)

    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            carry()
    client.write(b"question")
    carry(past=True)
    assert server.read() == b"question"
    server.write(b"answer")
    carry(past=True)
    assert client.read() == b"answer"
    return said


@pytest.mark.parametrize("newest", VERSIONS)
@pytest.mark.parametrize("step", [1, 3, 7, 65536])
def test_the_end_of_a_handshake_is_found_however_its_bytes_are_cut(
    tmp_path: Path, newest: ssl.TLSVersion, step: int
) -> None:
    handshake = Handshake()
    for who, data, past in conversation(newest, tmp_path):
        parts = [data[at : at + step] for at in range(0, len(data), step)]
        place = handshake.question_at if who == "client" else handshake.answer_at
        if past:
            assert place(parts[0]) == 0
        else:
            assert [place(part) for part in parts] == [len(part) for part in parts]
