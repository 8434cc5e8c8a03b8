"""The tokenizer and the listener for real-time commands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.tokens import RealTime, RealTimeListener, Token, Tokenizer


@pytest.mark.parametrize(
    ("stream", "tokens"),
    [
        (b"ab\n", [Token("text", b"ab"), Token("LF")]),
        (b"\x1b@x", [Token("ESC @"), Token("text", b"x")]),
        (b"\x1bp\x00\x32\x64", [Token("ESC p", b"\x00\x32\x64")]),
        (b"\x1dV\x00\x1dVB\x05", [Token("GS V", b"\x00"), Token("GS V", b"B\x05")]),
        (b"\x1d(H\x06\x0000abcd", [Token("GS ( H", b"00abcd")]),
        (b"\x1dv0\x00\x01\x00\x02\x00\x1b\x40", [Token("GS v", b"0\x00\x01\x00\x02\x00\x1b\x40")]),
        (b"\x1b*\x21\x01\x00abc", [Token("ESC *", b"\x21\x01\x00abc")]),
        (b"\x1dk\x04AB\x00", [Token("GS k", b"\x04AB\x00")]),
        (b"\x1dkI\x03{BA", [Token("GS k", b"I\x03{BA")]),
        (b"\x1bD\x08\x10\x00", [Token("ESC D", b"\x08\x10\x00")]),
        (b"\x10\x04\x02x", [Token("DLE 04", b"\x02"), Token("text", b"x")]),
        (b"\x1b\xff\x00", [Token("unknown", b"\x1b\xff")]),
        (b"\x00\x00\x07", [Token("control", b"\x07")]),
    ],
)
def test_streams_become_tokens(stream: bytes, tokens: list[Token]) -> None:
    assert Tokenizer().feed(stream) == tokens


def test_a_command_cut_in_half_swallows_what_follows_until_it_is_full() -> None:
    tokenizer = Tokenizer()

    assert tokenizer.feed(b"\x1dv0\x00\x48\x00\x18\x00" + b"\xaa" * 300) == []
    assert tokenizer.feed(b"\x1b@receipt\n") == []
    assert tokenizer.waiting == 8 + 300 + 10

    tokens = tokenizer.feed(b"\x00" * 8192 + b"\x1b@")

    assert [token.name for token in tokens] == ["GS v", "ESC @"]


@given(st.binary(max_size=200), st.lists(st.integers(1, 9), min_size=1))
def test_any_split_gives_the_same_commands(stream: bytes, sizes: list[int]) -> None:
    pieces = Tokenizer()
    tokens: list[Token] = []
    at = turn = 0
    while at < len(stream):
        tokens += pieces.feed(stream[at : at + sizes[turn % len(sizes)]])
        at, turn = at + sizes[turn % len(sizes)], turn + 1

    assert _joined(tokens) == _joined(Tokenizer().feed(stream))


def _joined(tokens: list[Token]) -> list[Token]:
    """Adjacent texts as one: where a run is split does not matter."""
    out: list[Token] = []
    for token in tokens:
        if out and token.name == out[-1].name == "text":
            out[-1] = Token("text", out[-1].data + token.data)
        else:
            out.append(token)
    return out


@pytest.mark.parametrize(
    ("stream", "heard"),
    [
        (b"\x10\x04\x01", [RealTime("EOT", b"\x01")]),
        (b"abc\x10\x10\x04\x02", [RealTime("EOT", b"\x02")]),
        (b"\x1dv0\x00\x02\x00\x01\x00\x10\x14\x01\x00\x05", [RealTime("DC4", b"\x01\x00\x05")]),
        (b"\x10\x05\x02\x10\x04\x04", [RealTime("ENQ", b"\x02"), RealTime("EOT", b"\x04")]),
        (b"\x10\x41\x10", []),
    ],
)
def test_real_time_commands_are_heard_anywhere_and_in_any_split(stream: bytes, heard: list[RealTime]) -> None:
    whole, bytewise = RealTimeListener(), RealTimeListener()

    assert list(whole.feed(stream)) == heard
    assert [command for byte in stream for command in bytewise.feed(bytes([byte]))] == heard
