"""Bitmaps for lines that a printer cannot spell."""

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.printer.raster import REAL_TIME, break_real_time, raster_image, raster_line
from drivers.printer.tokens import RealTimeListener, Tokenizer


def test_strips_are_small_enough_to_be_flushed_by_zeros() -> None:
    tokens = Tokenizer().feed(raster_line("𠮷野家", "gbk", 576, double=True))

    assert {token.name for token in tokens} == {"GS v"}
    assert max(len(token.data) for token in tokens) <= 6 + 24 * 72
    assert sum(int.from_bytes(token.data[4:6], "little") for token in tokens) == 60


@given(st.binary(max_size=400))
def test_no_real_time_command_survives(data: bytes) -> None:
    """SC-32."""
    broken = break_real_time(data)

    assert not any(pair in broken for pair in REAL_TIME)
    assert len(broken) == len(data)
    assert list(RealTimeListener().feed(broken)) == []


def test_a_picture_full_of_commands_is_harmless() -> None:
    picture = Image.frombytes("1", (576, 24), b"\x10\x14\x01\x00\x05\x10\x04\x01\x10\x05\x02" * 157 + b"\0")

    assert list(RealTimeListener().feed(raster_image(picture))) == []
