"""Text for printers: allow-listed bytes only, columns by encoded bytes (hostile texts: tests/proof/fuzz)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.encode import TextEncoder
from drivers.printer.protocol import Codec
from drivers.printer.tokens import Tokenizer

CODECS: tuple[Codec, ...] = ("gbk", "gb18030", "cp950", "big5", "none")


@pytest.mark.parametrize(
    ("text", "codec", "expected"),
    [
        ("中国", "gbk", "d6d0b9fa"),
        ("合计¥12", "gbk", "bacfbcc6a3a43132"),
        ("合计￥12", "gb18030", "bacfbcc6a3a43132"),
        ("café咖啡", "gbk", "636166a8a6bfa7b7c8"),
        ("臺灣發票", "cp950", "bb4fc657b56fb2bc"),
        ("：（）", "gbk", "a3baa3a8a3a9"),
        ("a\u00a0b–c−d", "gbk", "6120622d632d64"),
        ("5€", "cp950", "35a3e1"),
        ("5€", "none", "35455552"),
    ],
)
def test_known_texts_become_known_bytes(text: str, codec: Codec, expected: str) -> None:
    encoder = TextEncoder(codec)

    encoded = encoder.encode(encoder.clean(text))

    assert encoded is not None
    assert encoded.hex() == expected


@pytest.mark.parametrize(
    ("text", "codec"), [("𠮷", "gbk"), ("𠮷", "gb18030"), ("鿫", "cp950"), ("中", "none")]
)
def test_a_character_without_a_pair_is_unprintable(text: str, codec: Codec) -> None:
    encoder = TextEncoder(codec)

    assert encoder.encode(text) is None
    assert encoder.unprintable("a" + text + text) == [text]


def test_controls_never_survive_cleaning() -> None:
    hostile = "a\x1bp\x00\x32\x32b\x10\x14\x01\x00\x05\x7f\x9bc\u202e\u200bd"

    assert TextEncoder("gbk").clean(hostile) == "ap22bcd"


def test_width_is_the_number_of_encoded_bytes() -> None:
    encoder = TextEncoder("gbk")

    assert encoder.width("合计 12") == 7
    assert encoder.width("café") == 5
    assert TextEncoder("none").width("合计") == 4


def test_wrapping_never_splits_a_pair_and_prefers_spaces() -> None:
    encoder = TextEncoder("gbk")

    assert encoder.wrap("测试测试a测", 5) == ["测试", "测试a", "测"]
    assert encoder.wrap("Hong Kong Island", 10) == ["Hong Kong", "Island"]
    assert encoder.wrap("", 10) == [""]


# Hardly one of Unicode's characters is in a printer's page, so a good part of the text is of what shops print.
SHOP = st.sampled_from("中国臺灣發票龍门￥¥€é咖啡：（）おア　Жα🛒א́")
TEXTS = st.text(st.one_of(st.characters(codec="utf-8"), SHOP, st.sampled_from("aZ 09.-")), max_size=60)


@given(TEXTS, st.sampled_from(CODECS), st.sampled_from([32, 48]))
def test_wrapped_lines_fit_and_encode_back(text: str, codec: Codec, columns: int) -> None:
    """Whatever text in whatever code page: the width is kept, and the bytes of a line are its text again (HW-06)."""
    encoder = TextEncoder(codec)
    clean = encoder.clean(text)

    lines = encoder.wrap(clean, columns)

    assert all(encoder.width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == clean.replace(" ", "")
    for line in lines:
        encoded = encoder.encode(line)
        assert (encoded is None) == bool(encoder.unprintable(line))  # such a line becomes a picture
        if encoded is not None:
            assert encoded.decode("ascii" if codec == "none" else codec) == line
            assert encoder.width(line) == len(encoded)


@pytest.mark.parametrize("codec", CODECS)
def test_every_pair_of_a_code_page_is_read_back(codec: Codec) -> None:
    """All of what a printer has, found by decoding, not by encoding; nothing else is said to be in it (HW-06)."""
    encoder, page = TextEncoder(codec), "ascii" if codec == "none" else codec
    pairs = [
        bytes([lead, trail])
        for lead in range(0x81, 0xFF)
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFF))
    ]
    chars = [found for raw in pairs if len(found := raw.decode(page, errors="ignore")) == 1]

    printed = {char: encoder.encode(char) for char in chars}

    read = {char: raw.decode(page) for char, raw in printed.items() if raw is not None}
    assert {char: back for char, back in read.items() if back != char} == {}
    assert len(read) > (0 if codec == "none" else 13_000)


@given(st.text(max_size=40), st.sampled_from(CODECS))
def test_no_text_makes_a_command(text: str, codec: Codec) -> None:
    encoder = TextEncoder(codec)

    encoded = encoder.encode(encoder.clean(text))

    assert encoded is None or [token.name for token in Tokenizer().feed(encoded)] in ([], ["text"])
