"""A printer's answers, mixed and split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.answers import (
    Answer,
    AutoStatus,
    Block,
    Demultiplexer,
    ProcessId,
    QueuedStatus,
    RealTimeStatus,
)

SAMPLES: list[tuple[bytes, Answer]] = [
    (b"\x12", RealTimeStatus(0x12)),
    (b"\x1e", RealTimeStatus(0x1E)),
    (b"\x7e", RealTimeStatus(0x7E)),
    (b"\x14\x00\x00\x0f", AutoStatus(b"\x14\x00\x00\x0f")),
    (b"\x38\x08\x0f\x00", AutoStatus(b"\x38\x08\x0f\x00")),
    (b"\x0f", QueuedStatus(0x0F)),
    (b"\x37\x22abcd\x00", ProcessId(b"abcd")),
    (b"\x5fTM-T88V\x00", Block(0x5F, b"TM-T88V")),
]


@pytest.mark.parametrize(("sent", "answer"), SAMPLES)
def test_each_answer_is_known_by_its_first_byte(sent: bytes, answer: Answer) -> None:
    assert Demultiplexer().feed(sent) == [answer]


@given(st.lists(st.sampled_from(SAMPLES), max_size=12), st.lists(st.integers(1, 5), min_size=1))
def test_any_mixture_and_split_is_told_apart(chosen: list[tuple[bytes, Answer]], sizes: list[int]) -> None:
    stream = b"".join(sent for sent, _ in chosen)
    demultiplexer = Demultiplexer()
    answers: list[Answer] = []

    at = turn = 0
    while at < len(stream):
        answers += demultiplexer.feed(stream[at : at + sizes[turn % len(sizes)]])
        at, turn = at + sizes[turn % len(sizes)], turn + 1

    assert answers == [answer for _, answer in chosen]
    assert demultiplexer.skipped == 0


def test_flow_control_is_passed_over_and_noise_is_counted() -> None:
    demultiplexer = Demultiplexer()

    assert demultiplexer.feed(b"\x13\x11\x12\xff\x10\xff\x12") == [RealTimeStatus(0x12), RealTimeStatus(0x12)]
    assert demultiplexer.skipped == 3


@given(st.binary(max_size=600))
def test_noise_never_stops_the_reader(noise: bytes) -> None:
    demultiplexer = Demultiplexer()
    demultiplexer.feed(noise)

    answers = demultiplexer.feed(b"\x00" * 300 + b"\x12")

    assert answers[-1] == RealTimeStatus(0x12)
