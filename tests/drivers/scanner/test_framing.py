"""Codes out of a stream that may be split anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.framing import FRAME_MAX, Frame, Framer


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\n\n\r"])
def test_any_terminator_ends_a_code_once(end: bytes) -> None:
    framer = Framer()

    assert framer.feed(b"6901234567892" + end) == [Frame(b"6901234567892", "6901234567892", "utf-8")]
    assert not framer.pending


def test_silence_ends_a_code_and_an_empty_one_is_none() -> None:
    framer = Framer()

    assert framer.feed(b"96385074") == []
    assert framer.pending
    assert framer.end() == [Frame(b"96385074", "96385074", "utf-8")]
    assert framer.end() == []


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        ("苹果".encode(), "苹果", "utf-8"),
        ("苹果".encode("gb18030"), "苹果", "gb18030"),
        (b"\xff\xfe1", "\u00ff\u00fe1", "latin-1"),
        (b"]C10112345\x1d10AB", "]C10112345\x1d10AB", "utf-8"),
    ],
)
def test_bytes_become_text_by_the_first_encoding_that_fits(raw: bytes, text: str, encoding: str) -> None:
    (frame,) = Framer().feed(raw + b"\r")

    assert (frame.text, frame.encoding) == (text, encoding)


def test_an_overlong_code_is_dropped_whole_and_counted() -> None:
    framer = Framer()

    frames = framer.feed(b"1" * (FRAME_MAX + 50) + b"\r" + b"2" * FRAME_MAX + b"\r")

    assert [len(frame.raw) for frame in frames] == [FRAME_MAX]
    assert framer.overlong == 1


@given(
    st.lists(st.binary(min_size=1, max_size=30).filter(lambda code: b"\r" not in code and b"\n" not in code)),
    st.lists(st.integers(1, 7), min_size=1),
)
def test_any_split_gives_the_same_codes(codes: list[bytes], sizes: list[int]) -> None:
    stream = b"".join(code + b"\r\n" for code in codes)
    framer = Framer()
    frames: list[Frame] = []

    at = turn = 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        frames += framer.feed(stream[at : at + size])
        at, turn = at + size, turn + 1

    assert [frame.raw for frame in frames] == codes
